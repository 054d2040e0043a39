#pragma once

#include <boost/asio/ip/address.hpp>

namespace studio::adapters::http {

/// Whether an address cannot come from the public Internet: loopback, link-local, private use (RFC
/// 1918, RFC 4193) and shared space (RFC 6598).
[[nodiscard]] bool is_internal_address(boost::asio::ip::address address);

}  // namespace studio::adapters::http
