#pragma once

#include <string>

#include "base/time.hpp"

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
    /// Whether connections go to addresses of the public Internet only, whatever the name says:
    /// for URLs that tenants write, which must not lead into the operator's network. The address is
    /// looked at when its socket is made. A proxy resolves names itself, so with one it is the
    /// proxy's address that is looked at, and the proxy has to do the rest.
    bool public_addresses_only = false;
};

}  // namespace studio::adapters
