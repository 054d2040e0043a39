#include "adapters/pocketsphinx/pocketsphinx_speech_to_text.hpp"

#include <optional>
#include <utility>

#include "adapters/pocketsphinx/internal/decoder.hpp"
#include "adapters/pocketsphinx/internal/vocabulary.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "runtime/serial_queue.hpp"

namespace studio::adapters {

using pocketsphinx::Decoder;
using pocketsphinx::Hints;
using pocketsphinx::Recognised;
using pocketsphinx::Vocabulary;

namespace {

using Samples = std::vector<std::int16_t>;

/// Frames that are handed to the pool together: a task each 60 ms instead of each 20 ms.
constexpr std::size_t batch_frames = 3;

std::size_t samples_in(milliseconds duration) {
    return static_cast<std::size_t>(duration.count()) * audio::sample_rate_hz / 1'000;
}

/// The loop's side of a stream, to which results come. Dies with the stream, on the loop.
struct Receiver {
    SpeechListener* listener = nullptr;
    std::size_t backlog_samples = 0;
    bool failed = false;

    void emit(const SpeechEvent& event) {
        if (listener == nullptr || failed) {
            return;
        }
        failed = std::holds_alternative<SpeechFailed>(event);
        listener->on_speech(event);
    }
};

/// The pool's side of a stream: its decoder and where it is in the audio. Used by one task at a
/// time.
class Worker {
public:
    Worker(runtime::Loop& loop, std::weak_ptr<Receiver> receiver, PocketsphinxOptions options,
           std::unique_ptr<Decoder> decoder)
        : loop_(loop),
          receiver_(std::move(receiver)),
          options_(std::move(options)),
          decoder_(std::move(decoder)) {}

    void prepare(const Hints& hints) {
        if (is_abandoned()) {
            return;
        }
        if (!decoder_) {
            auto loaded = Decoder::load(options_);
            if (!loaded) {
                give_up({ProviderErrorCode::unavailable, loaded.error()});
                return;
            }
            decoder_ = *std::move(loaded);
            STUDIO_LOG(debug, "recogniser_loaded", {"provider", "pocketsphinx"});
        }
        const auto prepared = decoder_->prepare(hints);
        STUDIO_LOG(debug, "recogniser_prepared", {"provider", "pocketsphinx"},
                   {"phrases", hints.phrases.size()}, {"has_grammar", !hints.grammar.empty()});
        if (!prepared) {
            give_up({ProviderErrorCode::rejected, prepared.error()});
        }
    }

    void process(std::uint32_t utterance, const Samples& samples, bool wants_partials) {
        if (decoder_ && !is_abandoned()) {
            begin(utterance);
            decoder_->process(samples);
            since_partial_ += samples.size();
            if (wants_partials && since_partial_ >= samples_in(options_.partial_interval)) {
                since_partial_ = 0;
                std::string text = decoder_->text();
                if (text != partial_) {
                    partial_ = text;
                    post(PartialTranscript{utterance, std::move(text)});
                }
            }
        }
        loop_.post([receiver = receiver_, count = samples.size()] {
            if (const auto alive = receiver.lock()) {
                alive->backlog_samples -= count;
            }
        });
    }

    void finish(std::uint32_t utterance) {
        if (!decoder_ || is_abandoned()) {
            return;
        }
        begin(utterance);
        Recognised result = decoder_->finish_utterance();
        utterance_.reset();
        STUDIO_LOG(debug, "utterance_recognised", {"provider", "pocketsphinx"},
                   {"utterance", utterance}, {"bytes", result.text.size()},
                   {"confidence", result.confidence});
        post(FinalTranscript{utterance, std::move(result.text), result.confidence});
    }

    [[nodiscard]] std::unique_ptr<Decoder> take_decoder() { return std::move(decoder_); }

private:
    // The stream was destroyed: what is still queued is for nobody.
    [[nodiscard]] bool is_abandoned() const { return receiver_.expired(); }

    void begin(std::uint32_t utterance) {
        if (utterance_ == utterance) {
            return;
        }
        if (utterance_) {
            static_cast<void>(decoder_->finish_utterance());
        }
        decoder_->start_utterance();
        utterance_ = utterance;
        partial_.clear();
        since_partial_ = 0;
    }

    void give_up(ProviderError error) {
        STUDIO_LOG(error, "speech_recogniser_failed", {"provider", "pocketsphinx"},
                   {"message", error.message});
        decoder_.reset();
        post(SpeechFailed{std::move(error)});
    }

    void post(SpeechEvent event) {
        loop_.post([receiver = receiver_, event = std::move(event)] {
            if (const auto alive = receiver.lock()) {
                alive->emit(event);
            }
        });
    }

    runtime::Loop& loop_;
    std::weak_ptr<Receiver> receiver_;
    PocketsphinxOptions options_;
    std::unique_ptr<Decoder> decoder_;
    std::optional<std::uint32_t> utterance_;
    std::string partial_;
    std::size_t since_partial_ = 0;
};

}  // namespace

/// What the provider shares with its streams; on the loop only, but for the vocabulary.
struct PocketsphinxSpeechToText::Shared : std::enable_shared_from_this<Shared> {
    Shared(runtime::Loop& owner_loop, runtime::BlockingPool& blocking_pool,
           PocketsphinxOptions chosen)
        : loop(owner_loop),
          pool(blocking_pool),
          options(std::move(chosen)),
          vocabulary(options.dictionary),
          dropped(metrics().counter("studio_stt_dropped_frames_total",
                                    "Audio frames that a recogniser was too slow for.",
                                    "provider=\"pocketsphinx\"")) {}

    // Loads a decoder before any call needs it.
    void preload() {
        std::weak_ptr<Shared> weak = weak_from_this();
        static_cast<void>(pool.try_submit([weak, &target = loop, chosen = options] {
            auto loaded = Decoder::load(chosen);
            if (!loaded) {
                STUDIO_LOG(error, "speech_recogniser_failed", {"provider", "pocketsphinx"},
                           {"message", loaded.error()});
                return;
            }
            // A function must be copyable to be posted.
            auto decoder = std::make_shared<std::unique_ptr<Decoder>>(*std::move(loaded));
            target.post([weak, decoder] {
                if (const auto alive = weak.lock()) {
                    alive->give_back(std::move(*decoder));
                }
            });
        }));
    }

    /// An idle decoder, best one that has the hints already; nothing where none is idle.
    std::unique_ptr<Decoder> take_idle(const Hints& hints) {
        if (idle.empty()) {
            return nullptr;
        }
        auto best = idle.begin();
        for (auto each = idle.begin(); each != idle.end(); ++each) {
            if ((*each)->hints() == hints) {
                best = each;
            }
        }
        std::unique_ptr<Decoder> decoder = std::move(*best);
        idle.erase(best);
        return decoder;
    }

    void give_back(std::unique_ptr<Decoder> decoder) {
        if (decoder && idle.size() < options.decoders_kept) {
            idle.push_back(std::move(decoder));
        } else if (decoder) {
            discard(std::move(decoder));
        }
    }

    /// Taking 100 MB apart is work for the pool.
    void discard(std::unique_ptr<Decoder> decoder) {
        const auto doomed = std::make_shared<std::unique_ptr<Decoder>>(std::move(decoder));
        static_cast<void>(pool.try_submit([doomed] {
            doomed->reset();
            pocketsphinx::give_memory_back();
        }));
    }

    runtime::Loop& loop;
    runtime::BlockingPool& pool;
    PocketsphinxOptions options;
    Vocabulary vocabulary;
    Counter& dropped;
    std::vector<std::unique_ptr<Decoder>> idle;
    std::size_t streams = 0;
};

class PocketsphinxSpeechToText::Stream final : public SpeechStream {
public:
    Stream(std::shared_ptr<Shared> shared, SpeechListener& listener, bool wants_partials)
        : shared_(std::move(shared)),
          queue_(shared_->pool),
          receiver_(std::make_shared<Receiver>()),
          wants_partials_(wants_partials) {
        receiver_->listener = &listener;
        ++shared_->streams;
    }

    ~Stream() override {
        receiver_->listener = nullptr;
        receiver_.reset();
        --shared_->streams;
        if (!worker_) {
            return;
        }
        // Behind what is queued, which is skipped now: the decoder goes back to the loop.
        submit([worker = worker_, weak = std::weak_ptr<Shared>(shared_), &loop = shared_->loop] {
            auto decoder = std::make_shared<std::unique_ptr<Decoder>>(worker->take_decoder());
            loop.post([weak, decoder] {
                if (const auto alive = weak.lock()) {
                    alive->give_back(std::move(*decoder));
                }
            });
        });
    }

    void start(const Hints& hints) {
        worker_ = std::make_shared<Worker>(shared_->loop, receiver_, shared_->options,
                                           shared_->take_idle(hints));
        submit([worker = worker_, hints] { worker->prepare(hints); });
    }

    void fail_later(ProviderError error) {
        shared_->loop.post([weak = std::weak_ptr<Receiver>(receiver_), error = std::move(error)] {
            if (const auto alive = weak.lock()) {
                alive->emit(SpeechFailed{error});
            }
        });
    }

    void write(std::uint32_t utterance, const audio::Frame& frame) override {
        if (utterance != utterance_) {
            batch_.clear();
            utterance_ = utterance;
        }
        if (receiver_->backlog_samples + audio::frame_samples >
            samples_in(shared_->options.backlog_max)) {
            drop();
            return;
        }
        receiver_->backlog_samples += audio::frame_samples;
        batch_.insert(batch_.end(), frame.samples.begin(), frame.samples.end());
        if (batch_.size() >= batch_frames * audio::frame_samples) {
            flush();
        }
    }

    void finish_utterance(std::uint32_t utterance) override {
        if (utterance == utterance_) {
            flush();
        }
        submit([worker = worker_, utterance] {
            if (worker) {
                worker->finish(utterance);
            }
        });
    }

private:
    void flush() {
        if (batch_.empty() || !worker_) {
            return;
        }
        Samples samples;
        samples.reserve(batch_frames * audio::frame_samples);
        samples.swap(batch_);
        submit([worker = worker_, utterance = utterance_, samples = std::move(samples),
                wants = wants_partials_] { worker->process(utterance, samples, wants); });
    }

    void drop() {
        shared_->dropped.add();
        if (!std::exchange(drops_, true)) {
            STUDIO_LOG(warning, "speech_recogniser_too_slow", {"provider", "pocketsphinx"},
                       {"backlog_ms", to_milliseconds(shared_->options.backlog_max)});
        }
    }

    void submit(runtime::SerialQueue::Function function) {
        if (!queue_.try_submit(std::move(function)) && receiver_) {
            fail_later(
                {ProviderErrorCode::unavailable, "pocketsphinx: the pool takes no more work"});
        }
    }

    std::shared_ptr<Shared> shared_;
    runtime::SerialQueue queue_;
    std::shared_ptr<Receiver> receiver_;
    std::shared_ptr<Worker> worker_;
    bool wants_partials_;
    bool drops_ = false;
    std::uint32_t utterance_ = 0;
    Samples batch_;
};

PocketsphinxSpeechToText::PocketsphinxSpeechToText(runtime::Loop& loop, runtime::BlockingPool& pool,
                                                   PocketsphinxOptions options)
    : shared_(std::make_shared<Shared>(loop, pool, std::move(options))) {
    for (std::size_t count = 0; shared_->options.preload && count < shared_->options.decoders_kept;
         ++count) {
        shared_->preload();
    }
}

PocketsphinxSpeechToText::~PocketsphinxSpeechToText() = default;

std::vector<OptionError> PocketsphinxSpeechToText::validate(
    const SpeechToTextOptions& options) const {
    auto hints = pocketsphinx::parse_hints(options.options, shared_->vocabulary);
    std::vector<OptionError> errors;
    if (!hints) {
        errors = std::move(hints.error());
    }
    if (options.language != "en" && !options.language.starts_with("en-")) {
        errors.push_back({"language", "pocketsphinx understands English only: en"});
    }
    return errors;
}

std::unique_ptr<SpeechStream> PocketsphinxSpeechToText::open(const SpeechToTextOptions& options,
                                                             SpeechListener& listener) {
    auto stream = std::make_unique<Stream>(shared_, listener, options.interim_results);
    const auto hints = pocketsphinx::parse_hints(options.options, shared_->vocabulary);
    if (!hints) {
        const OptionError& first = hints.error().front();
        stream->fail_later({ProviderErrorCode::rejected,
                            "pocketsphinx: option " + first.path + ' ' + first.message});
    } else if (shared_->streams > shared_->options.decoders_max) {
        stream->fail_later({ProviderErrorCode::rate_limited,
                            "pocketsphinx: all " + std::to_string(shared_->options.decoders_max) +
                                " decoders are in use"});
    } else {
        stream->start(*hints);
    }
    return stream;
}

}  // namespace studio::adapters
