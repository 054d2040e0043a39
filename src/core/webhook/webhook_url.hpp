#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace studio::core {

inline constexpr std::size_t webhook_url_bytes_max = 2048;

/// What is wrong with a URL of an endpoint, as a sentence without its subject; empty where it can
/// be used: `http` or `https`, a host name or IPv4 address, a port, a path with a query, in
/// printable ASCII, of at most webhook_url_bytes_max; no user name (the API shows URLs) and no
/// fragment. The contract's pattern says the same.
[[nodiscard]] std::string wrong_in_webhook_url(std::string_view url);

/// Its host, and its port where it names one, else that of the scheme. Precondition: nothing is
/// wrong with it.
struct WebhookPlace {
    std::string host;
    std::uint16_t port = 0;
};
[[nodiscard]] WebhookPlace place_of_webhook_url(std::string_view url);

}  // namespace studio::core
