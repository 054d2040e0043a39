#include <algorithm>
#include <array>

#include "audio/opus_codec.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"

// Packets of hostile content, decoded in a row, each by every way into the decoder.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    ByteReader reader(ByteView(data, size));
    audio::OpusDecoder decoder;
    std::array<std::int16_t, audio::opus_packet_samples_max> samples{};
    while (reader.remaining() > 0) {
        const std::uint16_t length = reader.u16();
        const ByteView packet = reader.bytes(std::min<std::size_t>(length, reader.remaining()));
        const auto ticks = audio::opus_packet_ticks(packet);
        if ((length & 0x8000U) != 0) {
            decoder.decode_fec(packet, std::span(samples).first(audio::frame_samples));
        }
        const auto count = decoder.decode(packet, samples);
        STUDIO_CHECK(!count || *count <= samples.size(), "a packet has at most 120 ms");
        STUDIO_CHECK(!count || ticks, "what can be decoded has a duration");
        STUDIO_CHECK(!count || *count * 3 == *ticks, "the duration is that of the audio");
    }
    return 0;
}
