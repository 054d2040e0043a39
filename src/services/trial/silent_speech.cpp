#include "services/trial/internal/silent_speech.hpp"

#include "audio/frame.hpp"

namespace studio::services {
namespace {

class DeafStream final : public SpeechStream {
public:
    void write(std::uint32_t /*utterance*/, const audio::Frame& /*frame*/) override {}
    void finish_utterance(std::uint32_t /*utterance*/) override {}
};

class SilentSentence final : public Synthesis {
public:
    SilentSentence(runtime::Loop& loop, SynthesisListener& listener)
        : loop_(loop),
          listener_(listener),
          timer_(loop.start_timer(loop.now(), [this] { go_on(); })) {}

private:
    void go_on() {
        if (has_spoken_) {
            listener_.on_synthesis(SynthesisFinished{});
            return;
        }
        has_spoken_ = true;
        timer_->restart(loop_.now());
        // The last that is done: the listener may destroy this.
        listener_.on_synthesis(
            SynthesisAudio{std::vector<std::int16_t>(audio::frame_samples, std::int16_t{0})});
    }

    runtime::Loop& loop_;
    SynthesisListener& listener_;
    bool has_spoken_ = false;
    std::unique_ptr<runtime::Timer> timer_;
};

}  // namespace

std::unique_ptr<SpeechStream> DeafEars::open(const SpeechToTextOptions& /*options*/,
                                             SpeechListener& /*listener*/) {
    return std::make_unique<DeafStream>();
}

std::unique_ptr<Synthesis> SilentVoice::speak(SynthesisRequest /*request*/,
                                              SynthesisListener& listener) {
    return std::make_unique<SilentSentence>(loop_, listener);
}

}  // namespace studio::services
