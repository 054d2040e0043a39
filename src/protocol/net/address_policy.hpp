#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "protocol/net/address.hpp"

namespace studio::net {

/// Where a connection may go whose URL somebody else than the operator wrote. It is asked with the
/// address that a name was resolved to, when the connection is made: what a URL says is not enough,
/// because a name may mean one address when it is checked and another when it is used. An immutable
/// value once it is filled; any thread.
class AddressPolicy {
public:
    /// Everything is allowed: for connections that only the operator's configuration causes.
    [[nodiscard]] static AddressPolicy everything();
    /// Addresses of the public Internet, and what allow() adds.
    [[nodiscard]] static AddressPolicy public_only() { return {}; }

    /// Adds an address (`127.0.0.1`, `::1`), a network (`10.0.0.0/8`, `fd00::/8`) or a host name as
    /// URLs write it (`models.internal`); each may end in a port that alone is meant
    /// (`127.0.0.1:8090`, `[::1]:8000`, `10.0.0.0/8:443`). On failure one line for people.
    [[nodiscard]] Result<bool, std::string> allow(std::string_view entry);

    /// Whether a connection to `address`, its port included, is allowed. `host` is the host of the
    /// URL, without brackets.
    [[nodiscard]] bool allows(const Address& address, std::string_view host) const;
    [[nodiscard]] bool allows_everything() const { return allows_everything_; }

private:
    /// Either a network or a name.
    struct Entry {
        Address network;
        unsigned prefix_bits = 0;
        std::string name;
        /// 0 is every port.
        std::uint16_t port = 0;
    };

    AddressPolicy() = default;

    bool allows_everything_ = false;
    std::vector<Entry> entries_;
};

}  // namespace studio::net
