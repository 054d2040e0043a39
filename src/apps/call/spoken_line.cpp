#include "apps/call/spoken_line.hpp"

#include <algorithm>
#include <utility>

namespace studio::apps {

CallerScript::Line make_line(const std::vector<std::int16_t>& samples) {
    CallerScript::Line line;
    for (std::size_t start = 0; start < samples.size(); start += audio::frame_samples) {
        const std::size_t count = std::min(audio::frame_samples, samples.size() - start);
        const auto first = samples.begin() + static_cast<std::ptrdiff_t>(start);
        audio::Frame frame;
        std::copy(first, first + static_cast<std::ptrdiff_t>(count), frame.samples.begin());
        line.push_back(frame);
    }
    return line;
}

LineSpeaker::LineSpeaker(TextToSpeech& voice, std::vector<std::string> texts, Done done)
    : voice_(voice), texts_(std::move(texts)), done_(std::move(done)) {}

void LineSpeaker::on_synthesis(const SynthesisEvent& event) {
    if (const auto* audio = std::get_if<SynthesisAudio>(&event)) {
        samples_.insert(samples_.end(), audio->samples.begin(), audio->samples.end());
    } else if (const auto* failed = std::get_if<SynthesisFailed>(&event)) {
        done_(fail("the caller's voice failed: " + failed->error.message));
    } else if (std::holds_alternative<SynthesisFinished>(event)) {
        lines_.push_back(make_line(samples_));
        samples_.clear();
        speak_next();
    }
}

void LineSpeaker::speak_next() {
    if (lines_.size() == texts_.size()) {
        done_(std::move(lines_));
        return;
    }
    SynthesisRequest request;
    request.text = texts_[lines_.size()];
    synthesis_ = voice_.speak(std::move(request), *this);
}

}  // namespace studio::apps
