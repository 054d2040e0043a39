#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "protocol/deepgram/message.hpp"
#include "protocol/deepgram/transcript_assembler.hpp"

/// Each line is a server message; a line that begins with `+` writes audio and with `.` finishes an
/// utterance instead. Each finished utterance must give exactly one final transcript.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    deepgram::TranscriptAssembler assembler({.text_bytes_max = 64});
    std::map<std::uint32_t, int> expected;
    std::map<std::uint32_t, int> seen;
    std::uint32_t utterance = 0;
    bool has_audio = false;
    Instant now{};
    const auto drain = [&] {
        while (const auto output = assembler.poll()) {
            if (const auto* final_text = std::get_if<deepgram::FinalText>(&*output)) {
                ++seen[final_text->utterance];
                STUDIO_CHECK(final_text->text.size() <= 64, "a transcript keeps to its limit");
            }
        }
    };
    std::string_view rest = text_of({data, size});
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        now += milliseconds(100);
        if (!line.empty() && line.front() == '+') {
            assembler.handle_audio(utterance, 320 * line.size());
            has_audio = true;
        } else if (!line.empty() && line.front() == '.') {
            assembler.handle_finish(utterance, now);
            expected[utterance] = 1;
            ++utterance;
            has_audio = false;
        } else if (const auto message = deepgram::parse_message(line)) {
            if (const auto* results = std::get_if<deepgram::ResultsMessage>(&*message)) {
                assembler.handle(*results);
            }
        }
        assembler.handle_time(now);
        drain();
    }
    assembler.handle_time(now + seconds(60));
    drain();
    STUDIO_CHECK(seen == expected, "each finished utterance has exactly one final transcript");
    STUDIO_CHECK(assembler.is_idle() || has_audio, "only an open utterance is left");
    return 0;
}
