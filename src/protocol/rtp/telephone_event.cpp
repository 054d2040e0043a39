#include "protocol/rtp/telephone_event.hpp"

#include <string_view>

namespace studio::rtp {
namespace {

// RFC 4733, section 3.2: the position is the event number.
constexpr std::string_view keys = "0123456789*#ABCD";

}  // namespace

std::optional<TelephoneEvent> parse_telephone_event(ByteView payload) {
    ByteReader reader(payload);
    TelephoneEvent event;
    event.event = reader.u8();
    const std::uint8_t flags = reader.u8();
    event.end = (flags & 0x80U) != 0;
    event.volume = flags & 0x3FU;
    event.duration = reader.u16();
    return reader.ok() ? std::optional(event) : std::nullopt;
}

std::array<std::uint8_t, telephone_event_bytes> serialize_telephone_event(
    const TelephoneEvent& event) {
    return {event.event,
            static_cast<std::uint8_t>((event.end ? 0x80U : 0U) | (event.volume & 0x3FU)),
            static_cast<std::uint8_t>(event.duration >> 8U),
            static_cast<std::uint8_t>(event.duration & 0xFFU)};
}

std::optional<char> digit_of_event(std::uint8_t event) {
    return event < keys.size() ? std::optional(keys[event]) : std::nullopt;
}

std::optional<std::uint8_t> event_of_digit(char digit) {
    const std::size_t index = keys.find(digit);
    return index == std::string_view::npos ? std::nullopt
                                           : std::optional(static_cast<std::uint8_t>(index));
}

std::optional<char> TelephoneEventReceiver::handle_packet(const Packet& packet) {
    const auto event = parse_telephone_event(packet.payload);
    if (!event) {
        return std::nullopt;
    }
    // A packet from before the last event is late, not new; half the range decides (RFC 1982).
    if (last_timestamp_ && static_cast<std::int32_t>(packet.timestamp - *last_timestamp_) <= 0) {
        return std::nullopt;
    }
    last_timestamp_ = packet.timestamp;
    return digit_of_event(event->event);
}

}  // namespace studio::rtp
