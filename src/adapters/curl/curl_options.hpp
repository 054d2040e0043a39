#pragma once

#include <string>

#include "base/time.hpp"
#include "protocol/net/address_policy.hpp"

namespace studio::adapters {

/// How one loop's HTTP connections behave.
struct CurlOptions {
    /// Name resolution, TCP and TLS together.
    milliseconds connect_timeout{5'000};
    /// Connections that wait for their next request: one for each call that streams at the same
    /// time.
    long idle_connections_max = 256;
    /// PEM file of trusted authorities; empty means the system's.
    std::string ca_file;
    /// `http://host:port` of a proxy; empty means none, whatever the environment says.
    std::string proxy;
    std::string user_agent = "agent-studio";
    /// Where requests may go whose URL is not the operator's (HttpRequest::is_operator_url),
    /// whatever their host's name says: tenants' URLs must not lead into the operator's network.
    /// Each address is looked at when its socket is made, and again before a request goes out on a
    /// connection that was open already. A proxy resolves names itself, so with one it is the
    /// proxy's address that is looked at, and the proxy has to do the rest.
    net::AddressPolicy addresses = net::AddressPolicy::everything();
    /// The option by which the operator allows an address, for the log line of a refusal.
    std::string address_option = "";
};

}  // namespace studio::adapters
