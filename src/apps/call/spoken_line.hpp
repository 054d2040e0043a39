#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apps/call/caller_script.hpp"
#include "base/result.hpp"
#include "ports/text_to_speech.hpp"

namespace studio::apps {

/// Cuts samples into 20 ms frames, the last one filled up with silence.
[[nodiscard]] CallerScript::Line make_line(const std::vector<std::int16_t>& samples);

/// Speaks the lines of a caller, one after another, before the call begins. One loop.
class LineSpeaker final : public SynthesisListener {
public:
    using Done = std::function<void(Result<std::vector<CallerScript::Line>, std::string>)>;

    /// `voice` is borrowed and outlives the speaker; `done` runs once, with frames or one line for
    /// people. It may destroy the speaker.
    LineSpeaker(TextToSpeech& voice, std::vector<std::string> texts, Done done);

    void start() { speak_next(); }
    void on_synthesis(const SynthesisEvent& event) override;

private:
    void speak_next();

    TextToSpeech& voice_;
    std::vector<std::string> texts_;
    Done done_;
    std::vector<CallerScript::Line> lines_;
    std::vector<std::int16_t> samples_;
    std::unique_ptr<Synthesis> synthesis_;
};

}  // namespace studio::apps
