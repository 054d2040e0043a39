#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "protocol/rtp/packet.hpp"

namespace studio::rtp {

/// One telephone event as a packet carries it (RFC 4733, section 2.3).
struct TelephoneEvent {
    /// 0-15 are the DTMF keys 0-9 * # A-D; others exist.
    std::uint8_t event = 0;
    /// The key was released; the duration is final.
    bool end = false;
    /// Power below 0 dBm0, 0..63 dB.
    std::uint8_t volume = 10;
    /// In RTP clock units since the packet's timestamp.
    std::uint16_t duration = 0;

    bool operator==(const TelephoneEvent&) const = default;
};

inline constexpr std::size_t telephone_event_bytes = 4;

/// Nothing where the payload is shorter than one event. What follows the first event is not read.
[[nodiscard]] std::optional<TelephoneEvent> parse_telephone_event(ByteView payload);
[[nodiscard]] std::array<std::uint8_t, telephone_event_bytes> serialize_telephone_event(
    const TelephoneEvent& event);

/// The key of an event number and back: 0-9, *, #, A-D.
[[nodiscard]] std::optional<char> digit_of_event(std::uint8_t event);
[[nodiscard]] std::optional<std::uint8_t> event_of_digit(char digit);

/// Turns the many packets of each key press into one digit. An event is known by its RTP timestamp;
/// its updates and the three end packets repeat it. The digit comes with the first packet seen of
/// an event, so that losing any others changes nothing. Thread-compatible.
class TelephoneEventReceiver {
public:
    /// `packet` has the payload type negotiated for telephone-event.
    [[nodiscard]] std::optional<char> handle_packet(const Packet& packet);

private:
    std::optional<std::uint32_t> last_timestamp_;
};

}  // namespace studio::rtp
