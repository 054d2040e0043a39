// A file whose header and numbers the fuzzer chooses. Of the right size, and where it says so of
// the right checksum, because chance finds neither.

#include <algorithm>
#include <cmath>

#include "audio/silero/weights.hpp"
#include "base/check.hpp"

namespace {

void sign(studio::Bytes& bytes) {
    std::uint32_t sum = 0xFFFFFFFFU;
    for (std::size_t at = 24; at < bytes.size(); ++at) {
        sum ^= bytes[at];
        for (int bit = 0; bit < 8; ++bit) {
            sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0xEDB88320U : 0U);
        }
    }
    for (std::size_t index = 0; index < 4; ++index) {
        bytes[16 + index] = static_cast<std::uint8_t>(~sum >> (8 * index));
    }
}

void check(studio::ByteView bytes) {
    const auto weights = studio::audio::silero::parse_weights(bytes);
    if (weights) {
        for (const float value : weights->hidden_weight) {
            STUDIO_CHECK(std::isfinite(value), "every number that comes through is one");
        }
    } else {
        STUDIO_CHECK(!weights.error().empty(), "an error has a reason");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    check(ByteView(data, size));
    if (size < 28) {
        return 0;
    }
    Bytes whole(audio::silero::weights_file_bytes);
    std::copy_n(data, 24, whole.begin());
    for (std::size_t at = 24; at < whole.size(); ++at) {
        whole[at] = data[24 + (at - 24) % (size - 24)];
    }
    check(whole);
    sign(whole);
    check(whole);
    return 0;
}
