#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "ports/text_to_speech.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

struct EspeakOptions {
    /// Looked up in PATH where it has no slash.
    std::string program = "espeak-ng";
    /// Longer texts are refused: a sentence is a few hundred bytes.
    std::size_t text_bytes_max = 4'000;
    /// Bytes of audio that a process may give before it is killed: 5 minutes at 22.05 kHz.
    std::size_t audio_bytes_max = 13'230'000;
    /// How long a process may take from its first audio to its end.
    seconds duration_max{30};
};

/// Speech synthesis by the program eSpeak NG, in about a hundred languages. It is under GPLv3 and
/// therefore a process of its own, never linked: text goes to its standard input, WAVE comes from
/// its standard output, and no shell is between. A thread of the blocking pool reads it; cancelling
/// kills the process within 20 ms.
///
/// `language` chooses the voice; `voice` may name another of `espeak-ng --voices`, also with a
/// variant: `en-us+f3`. What an agent may say in `tts.options`:
///   speed     words a minute, 80 to 450; 175 unless given.
class EspeakTextToSpeech final : public TextToSpeech {
public:
    /// Asks the program for its voices, once, which takes some 10 ms: at start-up. `pool` and
    /// `loop` outlive this object and its syntheses.
    EspeakTextToSpeech(runtime::Loop& loop, runtime::BlockingPool& pool,
                       EspeakOptions options = {});

    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest& request) const override;
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override;

    /// Whether the program could be run at start-up.
    [[nodiscard]] bool is_installed() const { return !voices_.empty(); }

private:
    [[nodiscard]] bool knows(std::string_view voice) const;
    [[nodiscard]] bool speaks(std::string_view language) const;

    runtime::Loop& loop_;
    runtime::BlockingPool& pool_;
    EspeakOptions options_;
    /// Sorted names; empty where the program cannot be run.
    std::vector<std::string> voices_;
};

}  // namespace studio::adapters
