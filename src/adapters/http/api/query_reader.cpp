#include "adapters/http/api/query_reader.hpp"

#include <algorithm>
#include <charconv>

#include "base/rfc3339.hpp"
#include "base/utf8.hpp"

namespace studio::adapters {

namespace {

constexpr std::uint32_t limit_default = 50;
constexpr std::uint32_t limit_max = 200;
constexpr std::uint32_t offset_max = 0x7FFFFFFF;

}  // namespace

std::optional<std::string_view> QueryReader::find(std::string_view name) {
    known_.emplace(name);
    std::optional<std::string_view> value;
    for (const auto& [field, text] : fields_) {
        if (field != name) {
            continue;
        }
        if (value) {
            report(name, "is given more than once");
        }
        value = text;
    }
    return value;
}

std::uint32_t QueryReader::read_number(std::string_view name, std::uint32_t otherwise,
                                       std::uint32_t least, std::uint32_t most) {
    const auto text = find(name);
    if (!text) {
        return otherwise;
    }
    std::uint32_t number = 0;
    const char* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc{} || stop != end || number < least || number > most) {
        report(name, "must be a whole number from " + std::to_string(least) + " to " +
                         std::to_string(most));
        return otherwise;
    }
    return number;
}

std::uint32_t QueryReader::read_limit() {
    return read_number("limit", limit_default, 1, limit_max);
}

PageRequest QueryReader::read_page() {
    return {.limit = read_limit(), .offset = read_number("offset", 0, 0, offset_max)};
}

std::optional<bool> QueryReader::read_boolean(std::string_view name) {
    const auto text = find(name);
    if (!text) {
        return std::nullopt;
    }
    if (*text == "true") {
        return true;
    }
    if (*text != "false") {
        report(name, "must be true or false");
    }
    return false;
}

std::string QueryReader::read_text(std::string_view name, std::size_t length_max) {
    const auto text = find(name);
    if (!text) {
        return {};
    }
    if (count_characters(*text) > length_max) {
        report(name, "must be at most " + std::to_string(length_max) + " characters");
        return {};
    }
    return std::string(*text);
}

std::string QueryReader::read_word(std::string_view name,
                                   const std::vector<std::string_view>& words) {
    const auto text = find(name);
    if (!text) {
        return {};
    }
    if (std::find(words.begin(), words.end(), *text) == words.end()) {
        std::string known;
        for (const std::string_view word : words) {
            known += (known.empty() ? "" : ", ") + std::string(word);
        }
        report(name, "must be one of " + known);
        return {};
    }
    return std::string(*text);
}

std::optional<WallTime> QueryReader::read_time(std::string_view name) {
    const auto text = find(name);
    if (!text) {
        return std::nullopt;
    }
    const auto time = parse_rfc3339(*text);
    if (!time) {
        report(name, "must be a moment such as 2026-11-28T10:30:00Z, or a date");
    }
    return time;
}

void QueryReader::report(std::string_view name, std::string message) {
    errors_.push_back({std::string(name), std::move(message)});
}

std::vector<core::FieldError> QueryReader::finish() {
    for (const auto& [field, text] : fields_) {
        if (!known_.contains(field)) {
            report(field.substr(0, 64), "is not a query field of this route");
        }
    }
    return std::move(errors_);
}

}  // namespace studio::adapters
