#include "core/webhook/webhook_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace studio::core {

namespace {

constexpr const char* form =
    "must be http:// or https://, a host name or IPv4 address, perhaps a port and a path; without "
    "user name and fragment";

bool is_letter_or_digit(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
}

bool is_host(std::string_view host) {
    return !host.empty() && is_letter_or_digit(host.front()) && is_letter_or_digit(host.back()) &&
           std::all_of(host.begin(), host.end(), [](char letter) {
               return is_letter_or_digit(letter) || letter == '.' || letter == '-';
           });
}

/// Nothing where it is no port: without leading zeros, 1 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || stop != end || port == 0 || text.front() == '0') {
        return std::nullopt;
    }
    return port;
}

struct Parts {
    std::uint16_t port = 0;
    std::string_view authority;
    std::string_view rest;
};

std::optional<Parts> split(std::string_view url) {
    Parts parts;
    for (const auto& [scheme, port] :
         {std::pair<std::string_view, std::uint16_t>{"http://", 80}, {"https://", 443}}) {
        if (url.starts_with(scheme)) {
            parts.port = port;
            parts.authority = url.substr(scheme.size());
        }
    }
    if (parts.port == 0) {
        return std::nullopt;
    }
    const std::size_t end = std::min(parts.authority.find('/'), parts.authority.size());
    parts.rest = parts.authority.substr(end);
    parts.authority = parts.authority.substr(0, end);
    if (const std::size_t colon = parts.authority.find(':'); colon != std::string_view::npos) {
        const auto port = parse_port(parts.authority.substr(colon + 1));
        if (!port) {
            return std::nullopt;
        }
        parts.port = *port;
        parts.authority = parts.authority.substr(0, colon);
    }
    return parts;
}

}  // namespace

std::string wrong_in_webhook_url(std::string_view url) {
    if (url.size() > webhook_url_bytes_max) {
        return "must be at most " + std::to_string(webhook_url_bytes_max) + " characters";
    }
    const auto parts = split(url);
    if (!parts || !is_host(parts->authority)) {
        return form;
    }
    const bool is_printable = std::all_of(parts->rest.begin(), parts->rest.end(), [](char letter) {
        return letter > ' ' && letter < '\x7F' && letter != '#';
    });
    return is_printable ? "" : form;
}

WebhookPlace place_of_webhook_url(std::string_view url) {
    const auto parts = split(url);
    return parts ? WebhookPlace{std::string(parts->authority), parts->port} : WebhookPlace{};
}

}  // namespace studio::core
