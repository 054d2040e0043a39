#include "audio/jitter_buffer.hpp"
#include "audio/voice_receiver.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"

// Bytes become a walk of packets and pops, through the whole hearing side.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    ByteReader reader(ByteView(data, size));
    const auto codec = static_cast<audio::VoiceCodec>(reader.u8() % 3);
    audio::VoiceReceiver receiver(codec);
    Instant now{seconds(1)};
    while (reader.remaining() > 0) {
        const std::uint8_t command = reader.u8();
        if (command < 0x80) {
            audio::VoicePacket packet{
                .sequence = reader.u16(), .timestamp = reader.u32(), .payload = {}, .arrival = now};
            packet.payload = reader.bytes(std::min<std::size_t>(command, reader.remaining()));
            static_cast<void>(receiver.push(packet));
        } else {
            now += milliseconds(command - 0x80);
            static_cast<void>(receiver.pop(now));
        }
    }
    const audio::JitterStats stats = receiver.stats();
    STUDIO_CHECK(stats.received >= stats.duplicates + stats.late + stats.refused + stats.dropped,
                 "each packet is counted at most once as not played");
    return 0;
}
