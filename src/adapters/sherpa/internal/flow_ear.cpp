#include <utility>
#include <vector>

#include "adapters/sherpa/internal/ear.hpp"
#include "adapters/sherpa/internal/text_guard.hpp"
#include "runtime/serial_queue.hpp"

namespace studio::adapters::sherpa {

namespace {

/// Frames that are handed to the pool together.
constexpr std::size_t batch_frames = 5;

using Samples = std::vector<std::int16_t>;

class FlowEar final : public Ear, public std::enable_shared_from_this<FlowEar> {
public:
    explicit FlowEar(EarParts parts)
        : parts_(std::move(parts)),
          queue_(parts_.pool),
          stream_(std::shared_ptr<ModelStream>(parts_.model->open())) {}

    void write(std::uint32_t utterance, const audio::Frame& frame) override {
        if (utterance != utterance_) {
            begin(utterance);
        }
        const auto backlog_max =
            static_cast<std::size_t>(parts_.options.backlog_max / audio::frame_duration);
        if (backlog_ >= backlog_max) {
            parts_.dropped.add();
            return;
        }
        ++backlog_;
        evidence_.active_frames += 1;
        evidence_.voiced_frames += detector_.process(frame) > 0.5F ? 1U : 0U;
        batch_.insert(batch_.end(), frame.samples.begin(), frame.samples.end());
        if (batch_.size() >= batch_frames * audio::frame_samples) {
            feed();
        }
    }

    void finish(std::uint32_t utterance) override {
        if (utterance != utterance_) {
            begin(utterance);
        }
        feed();
        PieceEvidence evidence = evidence_;
        evidence.level_dbfs = 0.0;
        submit(
            [stream = stream_, weak = weak_from_this(), &loop = parts_.loop, utterance, evidence] {
                if (weak.expired()) {
                    return;
                }
                std::string text = stream->finish();
                text = may_hold_words(evidence) ? plausible_text(text, evidence) : std::string();
                loop.post([weak, utterance, text = std::move(text)] {
                    if (const auto alive = weak.lock()) {
                        alive->parts_.emit(FinalTranscript{utterance, text, 1.0});
                    }
                });
            });
        is_open_ = false;
    }

private:
    void begin(std::uint32_t utterance) {
        if (is_open_) {
            // The one before was not finished: what the model has of it is for nobody.
            submit([stream = stream_] { static_cast<void>(stream->finish()); });
        }
        utterance_ = utterance;
        is_open_ = true;
        batch_.clear();
        partial_.clear();
        evidence_ = {};
    }

    void feed() {
        if (batch_.empty()) {
            return;
        }
        Samples samples;
        samples.reserve(batch_frames * audio::frame_samples);
        samples.swap(batch_);
        submit([stream = stream_, weak = weak_from_this(), &loop = parts_.loop,
                utterance = utterance_, wants_text = parts_.options.partials,
                samples = std::move(samples)] {
            if (weak.expired()) {
                return;
            }
            stream->feed(samples);
            loop.post([weak, utterance, frames = samples.size() / audio::frame_samples,
                       text = wants_text ? stream->text() : std::string()] {
                if (const auto alive = weak.lock()) {
                    alive->on_fed(utterance, frames, text);
                }
            });
        });
    }

    void on_fed(std::uint32_t utterance, std::size_t frames, const std::string& text) {
        backlog_ -= frames;
        if (utterance == utterance_ && is_open_ && !text.empty() && text != partial_) {
            partial_ = text;
            parts_.emit(PartialTranscript{utterance, text});
        }
    }

    void submit(runtime::SerialQueue::Function function) {
        if (!queue_.try_submit(std::move(function))) {
            parts_.emit(SpeechFailed{
                {ProviderErrorCode::unavailable, "local: the pool takes no more work"}});
        }
    }

    EarParts parts_;
    runtime::SerialQueue queue_;
    std::shared_ptr<ModelStream> stream_;
    audio::VoiceDetector detector_;
    Samples batch_;
    std::string partial_;
    PieceEvidence evidence_;
    std::size_t backlog_ = 0;
    std::uint32_t utterance_ = 0;
    bool is_open_ = false;
};

}  // namespace

std::shared_ptr<Ear> make_flow_ear(EarParts parts) {
    return std::make_shared<FlowEar>(std::move(parts));
}

}  // namespace studio::adapters::sherpa
