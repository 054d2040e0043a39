#include "support/fakes/fake_speech_to_text.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

namespace studio::testing_support {
namespace {

class FakeSpeechStream final : public SpeechStream {
public:
    FakeSpeechStream(runtime::Loop& loop, const SimulatedSpeech& speech, FaultPlan plan,
                     RecogniserManner manner, SpeechListener& listener, bool interim_results)
        : loop_(loop),
          speech_(speech),
          plan_(plan),
          manner_(manner),
          listener_(listener),
          interim_results_(interim_results) {
        if (plan_.is_away(loop_.now())) {
            deliver(SpeechFailed{FaultPlan::failure()});
        } else if (plan_.away_from && *plan_.away_from > loop_.now()) {
            cut_ = loop_.start_timer(*plan_.away_from,
                                     [this] { deliver(SpeechFailed{FaultPlan::failure()}); });
        }
        if (manner_.judges && !plan_.is_away(loop_.now())) {
            deliver(TurnsJudged{});
        }
    }

    void write(std::uint32_t utterance, const audio::Frame& frame) override {
        if (utterance != utterance_) {
            utterance_ = utterance;
            finished_words_.clear();
            current_words_.clear();
            position_.reset();
            verdict_ = Verdict::none;
            silent_frames_ = 0;
        }
        const auto position = speech_.locate(frame);
        if (!position) {
            judge_silence();
            return;
        }
        silent_frames_ = 0;
        if (position_ && position_->utterance != position->utterance) {
            finished_words_ = text();
            current_words_.clear();
        }
        position_ = position;
        const std::string words = speech_.words_until(*position);
        if (words != current_words_) {
            current_words_ = words;
            judge_word();
            if (interim_results_) {
                deliver(PartialTranscript{utterance_, text()});
            }
            if (manner_.judges && plan_.draw(manner_.hasty_share)) {
                verdict_ = Verdict::may_be_done;
                deliver(SpeakerMayBeDone{utterance_, text(), 0.4});
            }
        }
    }

    void finish_utterance(std::uint32_t utterance) override {
        if (verdict_ == Verdict::done && utterance == utterance_) {
            return;
        }
        if (plan_.draw(plan_.silence_share)) {
            return;
        }
        if (plan_.draw(plan_.failure_share)) {
            deliver(SpeechFailed{FaultPlan::failure()});
            return;
        }
        deliver(FinalTranscript{utterance, utterance == utterance_ ? text() : "", 0.9});
    }

private:
    enum class Verdict : std::uint8_t { none, speaking, may_be_done, done };

    void judge_word() {
        if (!manner_.judges) {
            return;
        }
        if (verdict_ == Verdict::none || verdict_ == Verdict::done) {
            deliver(SpeakerStarted{utterance_});
        } else if (verdict_ == Verdict::may_be_done) {
            deliver(SpeakerResumed{utterance_});
        }
        verdict_ = Verdict::speaking;
    }

    void judge_silence() {
        ++silent_frames_;
        if (verdict_ == Verdict::none || verdict_ == Verdict::done) {
            return;
        }
        if (silent_frames_ == 5 && verdict_ == Verdict::speaking) {
            verdict_ = Verdict::may_be_done;
            deliver(SpeakerMayBeDone{utterance_, text(), 0.5});
        } else if (silent_frames_ == 10 && !plan_.draw(plan_.silence_share)) {
            verdict_ = Verdict::done;
            deliver(SpeakerDone{utterance_, text(), 0.9});
        }
    }

    [[nodiscard]] std::string text() const {
        const bool both = !finished_words_.empty() && !current_words_.empty();
        std::string text = finished_words_ + (both ? " " : "") + current_words_;
        if (manner_.writes_marks && !text.empty()) {
            text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
            text += text.ends_with('.') ? "" : ".";
        }
        return text;
    }

    /// Events keep their order: none comes before the one that was made before it.
    void deliver(SpeechEvent event) {
        const Instant at = std::max(last_delivery_, loop_.now() + plan_.latency());
        last_delivery_ = at;
        timers_.push_back(loop_.start_timer(at, [this, event = std::move(event)] {
            if (!over_) {
                over_ = std::holds_alternative<SpeechFailed>(event);
                listener_.on_speech(event);
            }
        }));
    }

    runtime::Loop& loop_;
    const SimulatedSpeech& speech_;
    FaultPlan plan_;
    RecogniserManner manner_;
    SpeechListener& listener_;
    bool interim_results_;
    bool over_ = false;
    std::uint32_t utterance_ = 0;
    std::optional<SimulatedSpeech::Position> position_;
    std::string finished_words_;
    std::string current_words_;
    Verdict verdict_ = Verdict::none;
    int silent_frames_ = 0;
    Instant last_delivery_{};
    std::unique_ptr<runtime::Timer> cut_;
    std::vector<std::unique_ptr<runtime::Timer>> timers_;
};

}  // namespace

FakeSpeechToText::FakeSpeechToText(runtime::Loop& loop, const SimulatedSpeech& speech,
                                   FaultPlan plan, RecogniserManner manner)
    : loop_(loop), speech_(speech), plan_(plan), manner_(manner) {}

std::vector<OptionError> FakeSpeechToText::validate(const SpeechToTextOptions&) const {
    return {};
}

std::unique_ptr<SpeechStream> FakeSpeechToText::open(const SpeechToTextOptions& options,
                                                     SpeechListener& listener) {
    return std::make_unique<FakeSpeechStream>(loop_, speech_, plan_, manner_, listener,
                                              options.interim_results);
}

}  // namespace studio::testing_support
