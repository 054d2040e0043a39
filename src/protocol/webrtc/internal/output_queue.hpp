#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/net/address.hpp"
#include "protocol/webrtc/peer_output.hpp"

namespace studio::webrtc {

/// The outputs of one peer, first in first out, with their bytes in one buffer that keeps its
/// capacity: in steady state nothing is allocated. Bounded: past the limits packets and audio are
/// dropped and counted, as a network would; the few events of the connection itself never are.
class OutputQueue {
public:
    /// A driver drains after every call, so more only comes about where it does not.
    static constexpr std::size_t outputs_max = 512;
    static constexpr std::size_t bytes_max = 1U << 20U;

    void transmit(const net::Address& destination, ByteView bytes);
    void audio(const AudioReceived& audio, ByteView payload);
    void message(std::string_view label, ByteView data, bool is_text);
    void channel_opened(std::string_view label);
    void digit(char digit);
    /// An event of the connection: never dropped, so there must be few of them.
    void event(const PeerOutput& output);

    /// Views in it are valid until the next call to this queue.
    [[nodiscard]] std::optional<PeerOutput> poll();
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

private:
    struct Entry {
        PeerOutput output;
        std::size_t offset = 0;
        std::size_t label_size = 0;
        std::size_t size = 0;
    };

    void push(const PeerOutput& output, std::string_view label, ByteView bytes);

    std::vector<Entry> entries_;
    std::size_t next_ = 0;
    Bytes bytes_;
    std::uint64_t dropped_ = 0;
};

}  // namespace studio::webrtc
