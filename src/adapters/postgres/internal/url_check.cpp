#include "adapters/postgres/internal/url_check.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string_view>

namespace studio::adapters::postgres {
namespace {

constexpr std::size_t url_bytes_max = 4'096;

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

/// Names, addresses, paths of sockets, and several of them with commas between.
bool is_host(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](unsigned char letter) {
        return std::isalnum(letter) != 0 ||
               std::string_view(".-_:/,%").find(static_cast<char>(letter)) !=
                   std::string_view::npos;
    });
}

bool is_port(std::string_view port) {
    return std::all_of(port.begin(), port.end(), [](unsigned char letter) {
        return std::isdigit(letter) != 0 || letter == ',';
    });
}

using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

/// Null where libpq cannot read it.
Options take_apart(const std::string& url) {
    char* error = nullptr;
    Options options(PQconninfoParse(url.c_str(), &error));
    PQfreemem(error);
    return options;
}

bool means_what_it_says(const std::string& url) {
    // A password with a raw `/` or `?` ends the authority before its `@`.
    const std::size_t begin = url.find("://") + 3;
    const std::size_t end = std::min(url.find_first_of("/?", begin), url.size());
    const std::size_t query = std::min(url.find('?', end), url.size());
    if (url.substr(end, query - end).find('@') != std::string::npos) {
        return false;
    }
    const Options options = take_apart(url);
    if (options == nullptr) {
        return false;
    }
    for (const PQconninfoOption* each = options.get(); each->keyword != nullptr; ++each) {
        const std::string_view name = each->keyword;
        const std::string_view value = each->val == nullptr ? "" : each->val;
        if (((name == "host" || name == "hostaddr") && !is_host(value)) ||
            (name == "port" && !is_port(value))) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string check_url(const std::string& url) {
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) {
        return "database URL does not start with postgresql://";
    }
    if (url.size() > url_bytes_max) {
        return "database URL is longer than 4096 bytes";
    }
    return means_what_it_says(url)
               ? ""
               : "database URL cannot be read: is it postgresql://user:password@host:port/name, "
                 "with every : / ? # [ ] @ % and blank of user and password written as %XX (%40 "
                 "for @, %2F for /)?";
}

bool has_several_hosts(const std::string& url) {
    const Options options = take_apart(url);
    for (const PQconninfoOption* each = options.get(); each != nullptr && each->keyword != nullptr;
         ++each) {
        const std::string_view name = each->keyword;
        if ((name == "host" || name == "hostaddr") && each->val != nullptr &&
            std::string_view(each->val).find(',') != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

}  // namespace studio::adapters::postgres
