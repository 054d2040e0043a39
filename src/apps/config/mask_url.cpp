#include <algorithm>
#include <cctype>

#include "apps/config/option_set.hpp"

namespace studio::apps {
namespace {

constexpr const char* hidden = "***";

bool has_only(std::string_view text, std::string_view more) {
    return std::all_of(text.begin(), text.end(), [more](char letter) {
        return std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
               more.find(letter) != std::string_view::npos;
    });
}

/// `name`, `name:5432` or `[::1]:5432`.
bool is_host(std::string_view host) {
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        if (end == std::string_view::npos || !has_only(host.substr(1, end - 1), ":.")) {
            return false;
        }
        host.remove_prefix(end + 1);
    } else {
        const std::string_view name = host.substr(0, std::min(host.find(':'), host.size()));
        if (!has_only(name, ".-_%")) {
            return false;
        }
        host.remove_prefix(name.size());
    }
    const auto is_digit = [](unsigned char letter) { return std::isdigit(letter) != 0; };
    return host.empty() ||
           (host.front() == ':' && std::all_of(host.begin() + 1, host.end(), is_digit));
}

/// PostgreSQL takes several, with commas between.
bool are_hosts(std::string_view hosts) {
    while (!hosts.empty()) {
        const std::size_t comma = std::min(hosts.find(','), hosts.size());
        if (!is_host(hosts.substr(0, comma))) {
            return false;
        }
        hosts.remove_prefix(std::min(comma + 1, hosts.size()));
    }
    return true;
}

}  // namespace

std::string mask_url(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (url.empty() || scheme == std::string_view::npos) {
        // Not a URL: nobody knows which part of it is secret.
        return url.empty() ? "" : hidden;
    }
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(url.find_first_of("/?", begin), url.size());
    const std::string_view authority = url.substr(begin, end - begin);
    const std::string_view rest = url.substr(end);
    const std::size_t at = authority.rfind('@');
    const std::string_view user = at == std::string_view::npos ? "" : authority.substr(0, at);
    const std::string_view hosts =
        at == std::string_view::npos ? authority : authority.substr(at + 1);
    const std::string_view path = rest.substr(0, std::min(rest.find('?'), rest.size()));
    // A mark of the user's end after this means that the password went on beyond it.
    if (!are_hosts(hosts) || rest.find('@') != std::string_view::npos ||
        !has_only(path, "/.-_~%:")) {
        return hidden;
    }
    std::string text(url.substr(0, begin));
    if (at != std::string_view::npos) {
        const std::size_t colon = user.find(':');
        const std::string_view name = user.substr(0, std::min(colon, user.size()));
        // What stands there for a web server is mostly a token.
        const bool is_web = url.starts_with("http") || url.starts_with("ws");
        text += !is_web && has_only(name, ".-_%") ? std::string(name) : hidden;
        text += colon == std::string_view::npos ? "@" : std::string(":") + hidden + '@';
    }
    text += hosts;
    text += path;
    return path.size() < rest.size() ? text + "?***" : text;
}

}  // namespace studio::apps
