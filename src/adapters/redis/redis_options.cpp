#include "adapters/redis/redis_options.hpp"

#include <charconv>
#include <optional>

namespace studio::adapters {
namespace {

constexpr std::size_t url_bytes_max = 2'048;

std::optional<std::string> unescape(std::string_view text) {
    std::string plain;
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (text[index] != '%') {
            plain += text[index];
            continue;
        }
        unsigned value = 0;
        const char* const first = text.data() + index + 1;
        if (text.size() - index < 3 ||
            std::from_chars(first, first + 2, value, 16).ptr != first + 2) {
            return std::nullopt;
        }
        plain += static_cast<char>(value);
        index += 2;
    }
    return plain;
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t max) {
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
        value > max) {
        return std::nullopt;
    }
    return value;
}

/// Cuts `text` at the last `mark`: what was before it, and `text` keeps the rest.
std::optional<std::string_view> cut_before(std::string_view& text, char mark) {
    const std::size_t at = text.rfind(mark);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view before = text.substr(0, at);
    text.remove_prefix(at + 1);
    return before;
}

bool read_user(std::string_view user, RedisOptions& options) {
    const std::size_t colon = user.find(':');
    const auto name = unescape(user.substr(0, colon));
    const auto password =
        unescape(colon == std::string_view::npos ? std::string_view() : user.substr(colon + 1));
    if (!name || !password) {
        return false;
    }
    options.username = *name;
    options.password = Secret<std::string>(*password);
    return true;
}

bool read_address(std::string_view address, RedisOptions& options) {
    std::string_view port;
    if (address.starts_with('[')) {
        const std::size_t end = address.find(']');
        if (end == std::string_view::npos) {
            return false;
        }
        port = address.substr(end + 1);
        address = address.substr(1, end - 1);
    } else if (const std::size_t colon = address.find(':'); colon != std::string_view::npos) {
        port = address.substr(colon);
        address = address.substr(0, colon);
    }
    if (address.empty() || address.find_first_of("[]@ \r\n\t\0") != std::string_view::npos) {
        return false;
    }
    options.host = std::string(address);
    if (port.empty()) {
        return true;
    }
    const auto value = number(port.substr(1), 65'535);
    if (port.front() != ':' || !value || *value == 0) {
        return false;
    }
    options.port = static_cast<std::uint16_t>(*value);
    return true;
}

}  // namespace

Result<RedisOptions, std::string> parse_redis_url(std::string_view url) {
    constexpr std::string_view scheme = "redis://";
    if (url.starts_with("rediss://")) {
        return fail(std::string("TLS to Redis (rediss://) is not supported"));
    }
    if (url.size() > url_bytes_max || !url.starts_with(scheme)) {
        return fail(std::string("the URL of Redis does not begin with redis://"));
    }
    url.remove_prefix(scheme.size());
    RedisOptions options;
    if (const auto user = cut_before(url, '@'); user && !read_user(*user, options)) {
        return fail(std::string("the user or password in the URL of Redis is not escaped well"));
    }
    if (const std::size_t slash = url.find('/'); slash != std::string_view::npos) {
        const std::string_view path = url.substr(slash + 1);
        const auto database = number(path, 65'535);
        if (!path.empty() && !database) {
            return fail(std::string("the database in the URL of Redis is not a number"));
        }
        options.database = database.value_or(0);
        url = url.substr(0, slash);
    }
    if (!read_address(url, options)) {
        return fail(std::string("the URL of Redis has no valid host and port"));
    }
    return options;
}

}  // namespace studio::adapters
