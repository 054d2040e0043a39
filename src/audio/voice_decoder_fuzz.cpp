#include <algorithm>
#include <cstdint>
#include <vector>

#include "audio/voice_decoder.hpp"
#include "base/check.hpp"

namespace {

std::vector<std::int16_t> decode(studio::ByteView bytes, std::size_t piece_size) {
    studio::audio::VoiceDecoder decoder;
    std::vector<std::int16_t> all;
    const auto add = [&] {
        const auto more = decoder.take();
        all.insert(all.end(), more.begin(), more.end());
    };
    for (std::size_t offset = 0; offset < bytes.size(); offset += piece_size) {
        decoder.handle(bytes.subspan(offset, std::min(piece_size, bytes.size() - offset)));
        add();
    }
    decoder.handle_end();
    add();
    return all;
}

}  // namespace

/// The first byte chooses the size of the pieces; how many samples come may not depend on it, but
/// for one that the resampler keeps for the next block.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const studio::ByteView bytes(data + 1, size - 1);
    const auto in_pieces = decode(bytes, std::max<std::size_t>(1, data[0]));
    const auto at_once = decode(bytes, bytes.size());
    const std::size_t larger = std::max(in_pieces.size(), at_once.size());
    STUDIO_CHECK(larger - std::min(in_pieces.size(), at_once.size()) <= 2,
                 "the audio does not depend on how the stream was cut");
    return 0;
}
