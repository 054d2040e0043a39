#include "adapters/http/server/internal/header_fields.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>

namespace studio::adapters::http {

namespace {

using boost::beast::iequals;

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool equals_without_case(std::string_view left, std::string_view right) {
    return iequals({left.data(), left.size()}, {right.data(), right.size()});
}

}  // namespace

std::string read_field(const RequestMessage& message, std::string_view name) {
    const auto value = message[{name.data(), name.size()}];
    return {value.data(), value.size()};
}

std::string read_list_field(const RequestMessage& message, std::string_view name) {
    std::string list;
    const auto [first, last] = message.equal_range({name.data(), name.size()});
    for (auto field = first; field != last; ++field) {
        list += list.empty() ? "" : ", ";
        list.append(field->value().data(), field->value().size());
    }
    return list;
}

bool is_idempotency_key(std::string_view text) {
    return text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char letter) {
               return letter >= ' ' && letter <= '~';
           });
}

bool is_request_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 &&
           std::all_of(text.begin(), text.end(), [](char letter) {
               return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                      (letter >= 'A' && letter <= 'Z') || letter == '.' || letter == '_' ||
                      letter == '-';
           });
}

std::optional<Secret<std::string>> read_api_key(const RequestMessage& message) {
    if (message.count("Authorization") > 1 || message.count("X-API-Key") > 1) {
        return std::nullopt;
    }
    constexpr std::string_view scheme = "Bearer ";
    const std::string authorization = read_field(message, "Authorization");
    if (authorization.size() > scheme.size() &&
        equals_without_case(std::string_view(authorization).substr(0, scheme.size()), scheme)) {
        return Secret<std::string>(
            std::string(trim(std::string_view(authorization).substr(scheme.size()))));
    }
    const std::string key = read_field(message, "X-API-Key");
    if (!authorization.empty() || key.empty()) {
        return std::nullopt;
    }
    return Secret<std::string>(key);
}

bool is_media_type(std::string_view field, std::string_view wanted) {
    return equals_without_case(trim(field.substr(0, field.find(';'))), wanted);
}

bool wants_continue(const RequestMessage& message) {
    return message.version() >= 11 &&
           equals_without_case(read_field(message, "Expect"), "100-continue");
}

std::string find_framing_error(const RequestMessage& message) {
    if (message.version() >= 11 && message.count("Host") != 1) {
        return "HTTP/1.1 needs exactly one Host field";
    }
    if (message.count("Content-Length") > 1) {
        return "Content-Length is given more than once";
    }
    if (message.count("Transfer-Encoding") == 0) {
        return {};
    }
    if (message.count("Content-Length") > 0) {
        return "Content-Length and Transfer-Encoding exclude each other";
    }
    if (message.version() < 11 || message.count("Transfer-Encoding") > 1 ||
        !equals_without_case(trim(read_field(message, "Transfer-Encoding")), "chunked")) {
        return "the only transfer encoding is chunked, in HTTP/1.1";
    }
    return {};
}

}  // namespace studio::adapters::http
