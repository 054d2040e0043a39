#include "runtime/internal/reply_addresses.hpp"

#include <cstring>

namespace studio::runtime {

std::size_t ReplyAddresses::set_of(const UdpAddress& peer) {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::memcpy(&low, peer.ip.data(), sizeof(low));
    std::memcpy(&high, peer.ip.data() + sizeof(low), sizeof(high));
    // Multiplicative hashing (Knuth, TAOCP 3, 6.4) with 2^64 divided by the golden ratio.
    constexpr std::uint64_t factor = 0x9E3779B97F4A7C15U;
    const std::uint64_t mixed = ((low * factor) ^ high ^ peer.port) * factor;
    return static_cast<std::size_t>(mixed >> 56U);
}

void ReplyAddresses::learn(const UdpAddress& peer, const LocalIp& local) {
    if (!local.known) {
        return;
    }
    Set& set = table_[set_of(peer)];
    for (Entry& entry : set.entries) {
        if (entry.peer == peer) {
            entry.local = local;
            return;
        }
    }
    set.entries[set.next] = {peer, local};
    set.next = static_cast<std::uint8_t>((set.next + 1U) % ways);
}

const LocalIp* ReplyAddresses::find(const UdpAddress& peer) const {
    for (const Entry& entry : table_[set_of(peer)].entries) {
        if (entry.peer == peer && entry.local.known) {
            return &entry.local;
        }
    }
    return nullptr;
}

}  // namespace studio::runtime
