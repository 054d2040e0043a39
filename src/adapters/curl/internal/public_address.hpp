#pragma once

#include <sys/socket.h>

namespace studio::adapters {

/// Whether `address` is one of the public Internet, which a request made on behalf of a tenant may
/// reach. Private, shared, loopback, link-local, unspecified, documentation, benchmark, multicast
/// and reserved ranges are not (IANA's IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890),
/// and so neither are the metadata services of clouds, which live in them. Of an IPv6 address that
/// stands for an IPv4 one (mapped, NAT64) the latter counts. Any family but IPv4 and IPv6 is not
/// public. `address` is as large as its family says.
[[nodiscard]] bool is_public_address(const sockaddr& address);

}  // namespace studio::adapters
