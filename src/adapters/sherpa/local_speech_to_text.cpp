#include "adapters/sherpa/local_speech_to_text.hpp"

#include <algorithm>
#include <cctype>
#include <utility>
#include <variant>

#include "adapters/sherpa/internal/ear.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "runtime/serial_queue.hpp"

namespace studio::adapters {

namespace {

constexpr const char* labels = "provider=\"local\"";

/// Options of PocketSphinx: only it can keep to a grammar; phrases help it where it listens.
constexpr const char* grammar_option = "grammar";
constexpr const char* phrases_option = "phrases";

/// `en` of `en-GB`; empty for `multi`.
std::string primary_language(const std::string& code) {
    std::string primary = code.substr(0, code.find('-'));
    std::transform(primary.begin(), primary.end(), primary.begin(),
                   [](unsigned char byte) { return static_cast<char>(std::tolower(byte)); });
    return primary == "multi" ? std::string() : primary;
}

/// What stands in `model_dir`, or empty.
std::string chosen_model(const Json& options) {
    return member_text(options, "model_dir");
}

sherpa::UtteranceOptions utterance_options(const LocalSpeechOptions& options, bool partials) {
    sherpa::UtteranceOptions chosen;
    chosen.partials = partials;
    chosen.partial_interval = options.partial_interval;
    chosen.backlog_max = options.backlog_max;
    return chosen;
}

}  // namespace

/// What the provider shares with its streams; on the loop only, but for the models.
struct LocalSpeechToText::Shared {
    runtime::Loop& loop;
    runtime::BlockingPool& pool;
    std::shared_ptr<SpeechModels> models;
    LocalSpeechOptions options;
    Counter& dropped;
    Counter& refused;
    Gauge& streams;
};

class LocalSpeechToText::Stream final : public SpeechStream {
public:
    Stream(std::shared_ptr<Shared> shared, SpeechListener& listener)
        : shared_(std::move(shared)), state_(std::make_shared<State>()) {
        state_->listener = &listener;
    }
    ~Stream() override {
        state_.reset();
        if (has_place_) {
            shared_->models->leave();
            shared_->streams.add(-1);
        }
    }

    void fail_later(ProviderError error) { emitter()(SpeechFailed{std::move(error)}); }

    /// Takes a place and gets the model.
    void start(const std::string& name, const std::string& language, bool partials) {
        has_place_ = shared_->models->try_enter(shared_->options.streams_max);
        if (!has_place_) {
            shared_->refused.add();
            fail_later({ProviderErrorCode::rate_limited,
                        "local: all " + std::to_string(shared_->options.streams_max) +
                            " streams of this process are in use"});
            return;
        }
        shared_->streams.add(1);
        partials_ = partials;
        if (auto model = shared_->models->loaded(name, language)) {
            state_->ear = make_ear(std::move(model));
            return;
        }
        load(name, language);
    }

    void write(std::uint32_t utterance, const audio::Frame& frame) override {
        if (state_->ear) {
            state_->ear->write(utterance, frame);
        } else if (state_->early.size() <
                   static_cast<std::size_t>(shared_->options.backlog_max / audio::frame_duration)) {
            state_->early.push_back({utterance, frame, false});
        } else {
            shared_->dropped.add();
        }
    }

    void finish_utterance(std::uint32_t utterance) override {
        if (state_->ear) {
            state_->ear->finish(utterance);
        } else {
            state_->early.push_back({utterance, {}, true});
        }
    }

private:
    struct Early {
        std::uint32_t utterance = 0;
        audio::Frame frame;
        bool is_end = false;
    };
    /// Dies with the stream, on the loop; what comes from the pool finds it gone.
    struct State {
        SpeechListener* listener = nullptr;
        bool failed = false;
        std::shared_ptr<sherpa::Ear> ear;
        /// What came before the model was there; at most backlog_max.
        std::vector<Early> early;
    };

    std::function<void(SpeechEvent)> emitter() {
        return [&loop = shared_->loop, weak = std::weak_ptr<State>(state_)](SpeechEvent event) {
            loop.post([weak, event = std::move(event)] {
                const auto alive = weak.lock();
                if (alive && !alive->failed) {
                    alive->failed = std::holds_alternative<SpeechFailed>(event);
                    alive->listener->on_speech(event);
                }
            });
        };
    }

    std::shared_ptr<sherpa::Ear> make_ear(std::shared_ptr<const sherpa::Model> model) {
        const bool is_flow = sherpa::is_streaming(model->kind());
        sherpa::EarParts parts{shared_->loop,    shared_->pool,
                               shared_->models,  std::move(model),
                               shared_->dropped, utterance_options(shared_->options, partials_),
                               emitter()};
        return is_flow ? sherpa::make_flow_ear(std::move(parts))
                       : sherpa::make_piece_ear(std::move(parts));
    }

    void load(const std::string& name, const std::string& language) {
        const auto submitted =
            shared_->pool.try_submit([weak = std::weak_ptr<State>(state_), models = shared_->models,
                                      name, language, &loop = shared_->loop, this] {
                if (weak.expired()) {
                    return;
                }
                loop.post([weak, model = models->load(name, language), this] {
                    // Where the state lives, so does this.
                    if (const auto alive = weak.lock()) {
                        on_loaded(model);
                    }
                });
            });
        if (!submitted) {
            fail_later({ProviderErrorCode::unavailable, "local: the pool takes no more work"});
        }
    }

    void on_loaded(const SpeechModels::Loaded& model) {
        if (!model) {
            STUDIO_LOG(error, "speech_recogniser_failed", {"provider", "local"},
                       {"message", model.error().message});
            fail_later(model.error());
            return;
        }
        state_->ear = make_ear(*model);
        for (const Early& each : std::exchange(state_->early, {})) {
            if (each.is_end) {
                state_->ear->finish(each.utterance);
            } else {
                state_->ear->write(each.utterance, each.frame);
            }
        }
    }

    std::shared_ptr<Shared> shared_;
    std::shared_ptr<State> state_;
    bool has_place_ = false;
    bool partials_ = true;
};

LocalSpeechToText::LocalSpeechToText(runtime::Loop& loop, runtime::BlockingPool& pool,
                                     std::shared_ptr<SpeechModels> models, SpeechToText& spare,
                                     LocalSpeechOptions options)
    : shared_(std::make_shared<Shared>(Shared{
          loop, pool, std::move(models), options,
          metrics().counter("studio_stt_dropped_frames_total",
                            "Audio frames that a recogniser was too slow for.", labels),
          metrics().counter("studio_stt_refused_streams_total",
                            "Streams that a recogniser had no place for.", labels),
          metrics().gauge("studio_stt_streams", "Streams that a recogniser listens to.", labels)})),
      spare_(spare) {}

LocalSpeechToText::~LocalSpeechToText() = default;

void LocalSpeechToText::preload() {
    if (!shared_->models->trouble().empty()) {
        return;
    }
    static_cast<void>(shared_->pool.try_submit([models = shared_->models] {
        const auto loaded = models->load(models->options().default_model, {});
        if (!loaded) {
            STUDIO_LOG(error, "speech_recogniser_failed", {"provider", "local"},
                       {"message", loaded.error().message});
        }
    }));
}

bool LocalSpeechToText::is_for_spare(const SpeechToTextOptions& options) const {
    if (find_member(options.options, "model_dir") != nullptr) {
        return false;
    }
    return !shared_->models->trouble().empty() ||
           find_member(options.options, grammar_option) != nullptr;
}

std::vector<OptionError> LocalSpeechToText::validate(const SpeechToTextOptions& options) const {
    if (is_for_spare(options)) {
        return spare_.validate(options);
    }
    std::vector<OptionError> errors;
    const Json* const model = find_member(options.options, "model_dir");
    if (!options.options.is_null() && !options.options.is_object()) {
        errors.push_back({"", "must be an object"});
    } else if (model != nullptr) {
        const std::string problem = model->is_string()
                                        ? shared_->models->check_name(chosen_model(options.options))
                                        : "must be a text";
        if (!problem.empty()) {
            errors.push_back({"model_dir", problem});
        }
    }
    if (options.options.is_object()) {
        for (const auto& [name, value] : options.options.as_object()) {
            const bool is_for_pocketsphinx = name == phrases_option || name == grammar_option;
            if (is_for_pocketsphinx && model != nullptr) {
                errors.push_back({std::string(name), "is not for models of model_dir"});
            } else if (!is_for_pocketsphinx && name != "model_dir") {
                errors.push_back(
                    {std::string(name), "is unknown; known are: model_dir, phrases, grammar"});
            }
        }
    }
    // They must be right also where they are not needed: the agent may move to another machine.
    if (model == nullptr && find_member(options.options, phrases_option) != nullptr) {
        for (OptionError& error : spare_.validate(options)) {
            if (error.path.starts_with(phrases_option)) {
                errors.push_back(std::move(error));
            }
        }
    }
    if (model == nullptr && primary_language(options.language) != "en") {
        errors.push_back({"language",
                          "the model that is installed understands English only: en; options."
                          "model_dir names others (docs/local-speech.md)"});
    }
    return errors;
}

std::unique_ptr<SpeechStream> LocalSpeechToText::open(const SpeechToTextOptions& options,
                                                      SpeechListener& listener) {
    if (is_for_spare(options)) {
        return spare_.open(options, listener);
    }
    auto stream = std::make_unique<Stream>(shared_, listener);
    const bool is_own = find_member(options.options, "model_dir") != nullptr;
    const std::string name = chosen_model(options.options);
    if (is_own && !sherpa::is_folder_name(name)) {
        stream->fail_later(
            {ProviderErrorCode::rejected, "local: option model_dir must be the name of a folder"});
        return stream;
    }
    // The default model is loaded once, whatever the agent's language is called.
    stream->start(is_own ? name : shared_->models->options().default_model,
                  is_own ? primary_language(options.language) : std::string(),
                  options.interim_results);
    return stream;
}

}  // namespace studio::adapters
