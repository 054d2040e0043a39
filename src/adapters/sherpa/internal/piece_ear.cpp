#include <deque>
#include <utility>

#include "adapters/sherpa/internal/ear.hpp"
#include "adapters/sherpa/internal/text_guard.hpp"
#include "base/log.hpp"
#include "runtime/serial_queue.hpp"

namespace studio::adapters::sherpa {

namespace {

class PieceEar final : public Ear, public std::enable_shared_from_this<PieceEar> {
public:
    explicit PieceEar(EarParts parts) : parts_(std::move(parts)), queue_(parts_.pool) {}

    void write(std::uint32_t number, const audio::Frame& frame) override {
        begin(number);
        if (!utterances_.back().write(frame, detector_.process(frame))) {
            parts_.dropped.add();
            if (!std::exchange(drops_, true)) {
                STUDIO_LOG(warning, "speech_recogniser_too_slow", {"provider", "local"},
                           {"backlog_ms", to_milliseconds(parts_.options.backlog_max)});
            }
        }
        pump();
    }

    void finish(std::uint32_t number) override {
        begin(number);
        utterances_.back().finish();
        pump();
    }

private:
    /// What a decode needs and brings back; made on the loop, filled on the pool.
    struct Job {
        std::uint32_t utterance;
        Utterance::Request request;
        std::vector<std::int16_t> samples;
        std::shared_ptr<const Model> model;
        std::shared_ptr<SpeechModels> models;
        std::string text;
    };

    void begin(std::uint32_t number) {
        if (!utterances_.empty() && utterances_.back().number() == number) {
            return;
        }
        // One that was never finished is for nobody.
        if (!utterances_.empty() && !utterances_.back().is_finished()) {
            utterances_.pop_back();
        }
        utterances_.emplace_back(number, parts_.options);
        partial_.clear();
    }

    void pump() {
        while (!is_decoding_ && !utterances_.empty()) {
            Utterance& utterance = utterances_.front();
            const bool is_busy = parts_.models->decoding() >= parts_.pool.width();
            if (const auto request = utterance.poll(parts_.loop.now(), is_busy)) {
                if (may_hold_words(request->evidence)) {
                    decode(utterance, *request);
                } else {
                    utterance.on_text(*request, {}, parts_.loop.now());
                }
            } else if (utterance.is_complete()) {
                STUDIO_LOG(debug, "utterance_recognised", {"provider", "local"},
                           {"utterance", utterance.number()}, {"bytes", utterance.text().size()});
                parts_.emit(
                    FinalTranscript{utterance.number(), without_false_stop(utterance.text()), 1.0});
                utterances_.pop_front();
            } else {
                return;
            }
        }
    }

    void decode(const Utterance& utterance, const Utterance::Request& request) {
        const auto samples = utterance.samples(request);
        auto job = std::make_shared<Job>(Job{utterance.number(),
                                             request,
                                             {samples.begin(), samples.end()},
                                             parts_.model,
                                             parts_.models,
                                             {}});
        is_decoding_ = true;
        parts_.models->decode_begins();
        const auto submitted =
            queue_.try_submit([job, weak = weak_from_this(), &loop = parts_.loop] {
                // Nobody waits for it where the stream is gone.
                if (!weak.expired()) {
                    job->text = job->model->decode(job->samples);
                }
                job->models->decode_ends();
                loop.post([job, weak] {
                    if (const auto alive = weak.lock()) {
                        alive->on_decoded(*job);
                    }
                });
            });
        if (!submitted) {
            parts_.models->decode_ends();
            parts_.emit(SpeechFailed{
                {ProviderErrorCode::unavailable, "local: the pool takes no more work"}});
        }
    }

    void on_decoded(Job& job) {
        is_decoding_ = false;
        if (!utterances_.empty() && utterances_.front().number() == job.utterance) {
            Utterance& utterance = utterances_.front();
            utterance.on_text(job.request, plausible_text(job.text, job.request.evidence),
                              parts_.loop.now());
            if (std::string text = without_false_stop(utterance.text());
                parts_.options.partials && !utterance.is_finished() && text != partial_) {
                partial_ = text;
                parts_.emit(PartialTranscript{utterance.number(), std::move(text)});
            }
        }
        pump();
    }

    EarParts parts_;
    runtime::SerialQueue queue_;
    audio::VoiceDetector detector_;
    /// Those without a final text, the oldest first.
    std::deque<Utterance> utterances_;
    std::string partial_;
    bool is_decoding_ = false;
    bool drops_ = false;
};

}  // namespace

std::shared_ptr<Ear> make_piece_ear(EarParts parts) {
    return std::make_shared<PieceEar>(std::move(parts));
}

}  // namespace studio::adapters::sherpa
