#include "apps/config/value_check.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <numeric>
#include <utility>

namespace studio::apps {
namespace {

std::string to_lower(std::string_view text) {
    std::string lower(text);
    for (char& letter : lower) {
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    return lower;
}

bool is_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

/// `a, b or c`.
std::string enumerate(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t index = 0; index < words.size(); ++index) {
        const bool is_last = index + 1 == words.size();
        text += (index == 0 ? "" : is_last ? " or " : ", ") + words[index];
    }
    return text;
}

bool has_host(std::string_view url, const std::vector<std::string>& schemes) {
    return std::any_of(schemes.begin(), schemes.end(), [url](const std::string& scheme) {
        const std::string start = scheme + "://";
        return url.starts_with(start) && url.size() > start.size() && url[start.size()] != '/' &&
               url.find_first_of(" \t\r\n") == std::string_view::npos;
    });
}

/// How many letters must be added, taken away or exchanged (Levenshtein).
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t line = 0; line < left.size(); ++line) {
        std::size_t diagonal = std::exchange(row[0], line + 1);
        for (std::size_t column = 0; column < right.size(); ++column) {
            const std::size_t exchanged = diagonal + (left[line] == right[column] ? 0 : 1);
            diagonal = row[column + 1];
            row[column + 1] = std::min({exchanged, row[column] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

ValueCheck number_check(std::uint64_t min, std::uint64_t max) {
    return [min, max](const std::string& value) {
        std::uint64_t number = 0;
        const char* const end = value.data() + value.size();
        const auto [stopped, error] = std::from_chars(value.data(), end, number);
        const bool is_right = error == std::errc{} && stopped == end && !value.empty() &&
                              number >= min && number <= max;
        return is_right ? std::string()
                        : "must be a whole number from " + std::to_string(min) + " to " +
                              std::to_string(max);
    };
}

ValueCheck truth_check() {
    return [](const std::string& value) {
        constexpr std::array<std::string_view, 8> words{"true", "false", "1",   "0",
                                                        "on",   "off",   "yes", "no"};
        const bool is_right = std::find(words.begin(), words.end(), to_lower(value)) != words.end();
        return std::string(is_right ? "" : "must be true or false");
    };
}

ValueCheck choice_check(std::vector<std::string> choices) {
    return [choices = std::move(choices)](const std::string& value) {
        const bool is_right =
            std::find(choices.begin(), choices.end(), to_lower(value)) != choices.end();
        return is_right ? std::string() : "must be " + enumerate(choices);
    };
}

ValueCheck address_check() {
    return [](const std::string& value) {
        return std::string(
            is_address(value) ? "" : "must be an IP address in figures, such as 127.0.0.1 or ::1");
    };
}

ValueCheck address_list_check() {
    return [](const std::string& value) {
        const auto addresses = split_list(value);
        const bool are_right = std::all_of(addresses.begin(), addresses.end(), is_address);
        return std::string(are_right ? ""
                                     : "must be IP addresses in figures, with commas between, such "
                                       "as 203.0.113.7,2001:db8::7");
    };
}

ValueCheck url_check(std::vector<std::string> schemes) {
    return [schemes = std::move(schemes)](const std::string& value) {
        std::vector<std::string> starts;
        for (const std::string& scheme : schemes) {
            starts.push_back(scheme + "://");
        }
        return has_host(value, schemes)
                   ? std::string()
                   : "must be a URL that begins with " + enumerate(starts) + " and names a host";
    };
}

ValueCheck optional_url_check(std::vector<std::string> schemes) {
    return [check = url_check(std::move(schemes))](const std::string& value) {
        return value.empty() ? std::string() : check(value);
    };
}

ValueCheck text_check() {
    return [](const std::string& value) {
        return std::string(value.empty() ? "must not be empty" : "");
    };
}

std::vector<std::string> split_list(std::string_view list) {
    std::vector<std::string> items;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        const std::string_view item = list.substr(0, comma);
        const std::size_t begin = item.find_first_not_of(' ');
        if (begin != std::string_view::npos) {
            items.emplace_back(item.substr(begin, item.find_last_not_of(' ') - begin + 1));
        }
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return items;
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& names) {
    // Two slips of the hand, fewer in a short word.
    const std::size_t limit = std::min<std::size_t>(2, name.size() / 3 + 1);
    std::string nearest;
    std::size_t least = limit + 1;
    for (const std::string& each : names) {
        const std::size_t apart = distance(name, each);
        if (apart < least) {
            least = apart;
            nearest = each;
        }
    }
    return nearest;
}

}  // namespace studio::apps
