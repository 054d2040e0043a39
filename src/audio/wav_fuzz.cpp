#include "audio/wav.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    const auto recording = audio::parse_wav(ByteView(data, size));
    if (recording) {
        STUDIO_CHECK(recording->samples.size() * 2 <= size, "no more samples than bytes");
        const auto again = audio::parse_wav(audio::serialize_wav(*recording));
        STUDIO_CHECK(again && again->samples == recording->samples, "it comes back as written");
        static_cast<void>(audio::to_voice(*recording));
    }
    return 0;
}
