#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "protocol/deepgram/turn_assembler.hpp"

/// Each line is a message of `/v2/listen`; a line that begins with `+` writes audio, with `-`
/// silence, and with `.` finishes an utterance instead. None is left open when its time is over.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    deepgram::TurnAssembler assembler({.text_bytes_max = 64});
    std::set<std::uint32_t> finals;
    std::uint32_t utterance = 0;
    bool has_audio = false;
    Instant now{};
    const auto drain = [&] {
        while (const auto output = assembler.poll()) {
            STUDIO_CHECK(output->text.size() <= 64, "a transcript keeps to its limit");
            if (output->kind == deepgram::TurnText::Kind::final) {
                STUDIO_CHECK(finals.insert(output->utterance).second, "one final transcript");
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
        } else if (!line.empty() && line.front() == '-') {
            assembler.handle_silence(1'280 * line.size());
        } else if (!line.empty() && line.front() == '.') {
            assembler.handle_finish(utterance, now);
            ++utterance;
            has_audio = false;
        } else if (const auto message = deepgram::parse_turn_message(line)) {
            if (const auto* info = std::get_if<deepgram::TurnInfoMessage>(&*message)) {
                assembler.handle(*info);
            }
        }
        assembler.handle_time(now);
        drain();
    }
    assembler.handle_time(now + seconds(60));
    drain();
    STUDIO_CHECK(assembler.is_idle() || has_audio, "only an open utterance is left");
    return 0;
}
