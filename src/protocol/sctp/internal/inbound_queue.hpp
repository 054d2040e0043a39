#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "base/bytes.hpp"

namespace studio::sctp {

/// A user message, whole.
struct Message {
    std::uint16_t stream = 0;
    /// Payload protocol identifier.
    std::uint32_t protocol = 0;
    bool unordered = false;
    Bytes data;
};

/// A DATA chunk's fields.
struct Fragment {
    std::uint16_t stream = 0;
    std::uint16_t sequence = 0;
    std::uint32_t protocol = 0;
    bool unordered = false;
    bool begins = false;
    bool ends = false;
    Bytes data;
};

/// Puts received fragments together and messages in order (RFC 9260, sections 6.5, 6.6, 6.9), in
/// bounded memory: what exceeds the window is dropped and, not being acknowledged, comes again.
class InboundQueue {
public:
    InboundQueue(std::size_t window_bytes, std::size_t message_bytes_max)
        : window_bytes_(window_bytes), message_bytes_max_(message_bytes_max) {}

    void start(std::uint32_t first_tsn);
    /// False where the peer broke a limit (message too long, stream beyond streams_max).
    [[nodiscard]] bool handle_fragment(std::uint32_t tsn, Fragment fragment);
    /// RFC 3758: the peer gave up on everything up to `tsn`; `streams` are pairs of stream and its
    /// last sequence number given up.
    void skip_to(std::uint32_t tsn,
                 const std::vector<std::pair<std::uint16_t, std::uint16_t>>& streams);

    [[nodiscard]] std::uint32_t cumulative_tsn() const {
        return static_cast<std::uint32_t>(cumulative_);
    }
    [[nodiscard]] std::uint32_t free_bytes() const;
    /// The blocks received beyond the cumulative TSN, as offsets from it; at most `blocks_max`.
    [[nodiscard]] std::vector<std::pair<std::uint16_t, std::uint16_t>> gap_blocks(
        std::size_t blocks_max) const;

    /// Messages ready for the user, oldest first; the owner takes them.
    std::deque<Message> ready;

    static constexpr std::uint16_t streams_max = 1024;

private:
    using Fragments = std::map<std::uint64_t, Fragment>;
    struct Stream {
        std::uint16_t expected = 0;
        // Whole messages that wait for an earlier one.
        std::map<std::uint16_t, Message> waiting;
    };

    [[nodiscard]] std::uint64_t extend(std::uint32_t tsn) const;
    void note_received(std::uint64_t tsn);
    [[nodiscard]] bool assemble(Fragments::iterator inserted);
    void deliver(Message message, std::uint16_t sequence);
    void release(Stream& stream);

    std::size_t window_bytes_;
    std::size_t message_bytes_max_;
    std::size_t buffered_bytes_ = 0;
    // TSNs without wraps; they start above zero so that none before the first is negative.
    std::uint64_t cumulative_ = 0;
    std::set<std::uint64_t> beyond_;
    Fragments fragments_;
    std::map<std::uint16_t, Stream> streams_;
};

}  // namespace studio::sctp
