#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/udp_socket.hpp"

namespace studio::runtime {

/// An address of this machine as 16 bytes in network order; IPv4 ones are mapped (::ffff:a.b.c.d).
struct LocalIp {
    std::array<std::uint8_t, 16> bytes{};
    bool known = false;
};

/// Which address of ours a peer wrote to last: a table of fixed size that forgets the one of four
/// which was learned longest ago, so that strangers can fill it but not make it grow. A peer that
/// is pushed out is back with its next datagram. No allocation after construction.
class ReplyAddresses {
public:
    /// One for each value of the eight bits of the hash that choose.
    static constexpr std::size_t sets = 256;
    static constexpr std::size_t ways = 4;

    /// An unknown `local` is ignored.
    void learn(const UdpAddress& peer, const LocalIp& local);
    /// Null where nothing is known; valid until the next learn().
    [[nodiscard]] const LocalIp* find(const UdpAddress& peer) const;

private:
    struct Entry {
        UdpAddress peer;
        LocalIp local;
    };
    struct Set {
        std::array<Entry, ways> entries;
        std::uint8_t next = 0;
    };

    [[nodiscard]] static std::size_t set_of(const UdpAddress& peer);

    std::array<Set, sets> table_{};
};

}  // namespace studio::runtime
