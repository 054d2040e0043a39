#pragma once

#include "protocol/net/address.hpp"

namespace studio::net {

/// Whether `address` is one of the public Internet, which a request made on behalf of a tenant may
/// reach. Private, shared, loopback, link-local, unspecified, documentation, benchmark, multicast
/// and reserved ranges are not (IANA's IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890),
/// and so neither are the metadata services of clouds, which live in them. Of an IPv6 address that
/// stands for an IPv4 one (mapped, NAT64) the latter counts. An empty address is not public.
[[nodiscard]] bool is_public_address(const Address& address);

}  // namespace studio::net
