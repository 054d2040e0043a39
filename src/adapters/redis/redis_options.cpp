#include "adapters/redis/redis_options.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "adapters/redis/internal/redis_sentinel.hpp"
#include "adapters/redis/internal/redis_stream.hpp"

namespace studio::adapters {
namespace {

constexpr std::size_t url_bytes_max = 2'048;
constexpr std::size_t sentinels_max = 16;
constexpr std::uint16_t sentinel_port = 26'379;

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

std::optional<RedisAddress> read_address(std::string_view address, std::uint16_t default_port) {
    std::string_view port;
    if (address.starts_with('[')) {
        const std::size_t end = address.find(']');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        port = address.substr(end + 1);
        address = address.substr(1, end - 1);
    } else if (const std::size_t colon = address.find(':'); colon != std::string_view::npos) {
        port = address.substr(colon);
        address = address.substr(0, colon);
    }
    if (!is_redis_host(address)) {
        return std::nullopt;
    }
    if (port.empty()) {
        return RedisAddress{std::string(address), default_port};
    }
    const auto value = number(port.substr(1), 65'535);
    if (port.front() != ':' || !value || *value == 0) {
        return std::nullopt;
    }
    return RedisAddress{std::string(address), static_cast<std::uint16_t>(*value)};
}

bool read_sentinels(std::string_view hosts, RedisOptions& options) {
    while (true) {
        const std::size_t comma = std::min(hosts.find(','), hosts.size());
        const auto address = read_address(hosts.substr(0, comma), sentinel_port);
        if (!address || options.sentinels.size() == sentinels_max) {
            return false;
        }
        options.sentinels.push_back(*address);
        if (comma == hosts.size()) {
            return true;
        }
        hosts.remove_prefix(comma + 1);
    }
}

/// Cuts `text` at the first `mark`: what is behind it, empty where there is none; `text` keeps what
/// was before it.
std::string_view cut_behind(std::string_view& text, char mark) {
    const std::size_t at = std::min(text.find(mark), text.size());
    const std::string_view behind = text.substr(std::min(at + 1, text.size()));
    text = text.substr(0, at);
    return behind;
}

}  // namespace

Result<RedisOptions, std::string> parse_redis_url(std::string_view url) {
    RedisOptions options;
    const std::size_t scheme_end = url.find("://");
    options.is_encrypted = url.starts_with("rediss");
    const bool asks_sentinels =
        url.starts_with("redis+sentinel://") || url.starts_with("rediss+sentinel://");
    if (url.size() > url_bytes_max ||
        (!asks_sentinels && !url.starts_with("redis://") && !url.starts_with("rediss://"))) {
        return fail(
            std::string("the URL of Redis does not begin with redis:// or rediss://, or "
                        "with redis+sentinel:// or rediss+sentinel://"));
    }
    url.remove_prefix(scheme_end + 3);
    if (const auto user = cut_before(url, '@'); user && !read_user(*user, options)) {
        return fail(std::string("the user or password in the URL of Redis is not escaped well"));
    }
    std::string_view path = cut_behind(url, '/');
    if (asks_sentinels) {
        const std::string_view rest = cut_behind(path, '/');
        const auto master = unescape(path);
        if (!master || master->empty()) {
            return fail(
                std::string("the URL of Redis names no master: "
                            "redis+sentinel://host,host/master"));
        }
        options.master = *master;
        path = rest;
    }
    const auto database = number(path, 65'535);
    if (!path.empty() && !database) {
        return fail(std::string("the database in the URL of Redis is not a number"));
    }
    options.database = database.value_or(0);
    if (asks_sentinels) {
        if (!read_sentinels(url, options)) {
            return fail(std::string("the URL of Redis has no valid hosts and ports"));
        }
        return options;
    }
    const auto address = read_address(url, options.port);
    if (!address) {
        return fail(std::string("the URL of Redis has no valid host and port"));
    }
    options.host = address->host;
    options.port = address->port;
    return options;
}

std::string validate(const RedisOptions& options) {
    std::string wrong;
    static_cast<void>(make_tls_context(options, wrong));
    return wrong;
}

}  // namespace studio::adapters
