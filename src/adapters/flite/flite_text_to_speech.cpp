#include "adapters/flite/flite_text_to_speech.hpp"

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "audio/frame.hpp"
#include "audio/resampler.hpp"
#include "base/log.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <flite/flite.h>

extern "C" {
cst_voice* register_cmu_us_slt(const char* directory);
cst_voice* register_cmu_us_rms(const char* directory);
cst_voice* register_cmu_us_awb(const char* directory);
cst_voice* register_cmu_us_kal16(const char* directory);
cst_voice* register_cmu_us_kal(const char* directory);
}
#pragma GCC diagnostic pop

namespace studio::adapters {

namespace {

using Voices = std::map<std::string, cst_voice*, std::less<>>;

/// Registering writes to globals of the library: once for the process, which the language makes
/// safe for threads. Afterwards voices are only read, which the library allows from any thread.
const Voices& voices() {
    static const Voices registered = [] {
        flite_init();
        return Voices{{"slt", register_cmu_us_slt(nullptr)},
                      {"rms", register_cmu_us_rms(nullptr)},
                      {"awb", register_cmu_us_awb(nullptr)},
                      {"kal16", register_cmu_us_kal16(nullptr)},
                      {"kal", register_cmu_us_kal(nullptr)}};
    }();
    return registered;
}

/// The loop's side of a synthesis. Dies with it, on the loop.
struct Receiver {
    SynthesisListener* listener = nullptr;
    std::unique_ptr<runtime::Timer> timeout;
    bool over = false;

    void emit(const SynthesisEvent& event) {
        if (listener == nullptr || over) {
            return;
        }
        timeout.reset();
        over = std::holds_alternative<SynthesisFinished>(event) ||
               std::holds_alternative<SynthesisFailed>(event);
        listener->on_synthesis(event);
    }
};

class FliteSynthesis final : public Synthesis {
public:
    explicit FliteSynthesis(SynthesisListener& listener) : receiver_(std::make_shared<Receiver>()) {
        receiver_->listener = &listener;
    }
    ~FliteSynthesis() override { receiver_->listener = nullptr; }

    [[nodiscard]] const std::shared_ptr<Receiver>& receiver() const { return receiver_; }

private:
    std::shared_ptr<Receiver> receiver_;
};

double speed_of(const Json& options) {
    const Json* const speed = find_member(options, "speed");
    return speed != nullptr && speed->is_number() ? speed->to_number<double>() : 1.0;
}

struct UtteranceDeleter {
    void operator()(cst_utterance* utterance) const { delete_utterance(utterance); }
};

/// One synthesis on a thread of the pool.
class Speaker {
public:
    Speaker(runtime::Loop& loop, std::weak_ptr<Receiver> receiver, SynthesisRequest request)
        : loop_(loop), receiver_(std::move(receiver)), request_(std::move(request)) {}

    void speak(const cst_voice& voice) {
        if (receiver_.expired()) {
            return;
        }
        const std::unique_ptr<cst_utterance, UtteranceDeleter> utterance(new_utterance());
        cst_audio_streaming_info* const streaming = new_audio_streaming_info();
        streaming->asc = on_audio;
        streaming->userdata = this;
        streaming->utt = utterance.get();
        // About 50 ms at 16 kHz: a first piece that comes soon.
        streaming->min_buffsize = 800;
        utt_set_input_text(utterance.get(), request_.text.c_str());
        // The vendor takes the voice as writable, but only links its features.
        utt_init(utterance.get(), const_cast<cst_voice*>(&voice));
        // The utterance owns the streaming information from here.
        feat_set(utterance->features, "streaming_info", audio_streaming_info_val(streaming));
        feat_set_float(utterance->features, "duration_stretch",
                       static_cast<float>(1.0 / speed_of(request_.options)));
        const bool works = utt_synth(utterance.get()) != nullptr;
        if (works && !has_audio_) {
            // Diphone voices do not stream: everything is there at the end.
            const cst_wave* const wave = utt_wave(utterance.get());
            if (wave != nullptr && wave->num_samples > 0) {
                take(*wave, 0, wave->num_samples, *utterance);
            }
        }
        if (works) {
            flush();
            post(SynthesisFinished{});
        } else {
            post(SynthesisFailed{
                {ProviderErrorCode::unavailable, "flite: the text cannot be synthesised"}});
        }
    }

private:
    static int on_audio(const cst_wave* wave, int start, int size, int /*last*/,
                        cst_audio_streaming_info* streaming) {
        auto* const self = static_cast<Speaker*>(streaming->userdata);
        if (self->receiver_.expired()) {
            return CST_AUDIO_STREAM_STOP;
        }
        self->take(*wave, start, size, *streaming->utt);
        return CST_AUDIO_STREAM_CONT;
    }

    void take(const cst_wave& wave, int start, int size, const cst_utterance& utterance) {
        if (!has_audio_) {
            has_audio_ = true;
            post_words(utterance);
            if (wave.sample_rate != audio::sample_rate_hz) {
                resampler_.emplace(audio::ResamplerOptions{
                    .source_rate_hz = wave.sample_rate, .target_rate_hz = audio::sample_rate_hz});
                resampler_->skip_delay();
            }
        }
        if (size <= 0) {
            return;
        }
        const std::span<const std::int16_t> samples(wave.samples + start,
                                                    static_cast<std::size_t>(size));
        if (!resampler_) {
            post(SynthesisAudio{{samples.begin(), samples.end()}});
            return;
        }
        std::vector<std::int16_t> target(resampler_->target_samples_max(samples.size()));
        target.resize(resampler_->process(samples, target));
        post(SynthesisAudio{std::move(target)});
    }

    /// The end of the audio is still in the resampler's filter.
    void flush() {
        if (resampler_) {
            const std::array<std::int16_t, 64> zeros{};
            std::vector<std::int16_t> target(resampler_->target_samples_max(zeros.size()));
            target.resize(resampler_->process(zeros, target));
            post(SynthesisAudio{std::move(target)});
        }
    }

    /// Durations are known before the first audio. A token is a word of the text as it is written;
    /// where it is spoken as several ("42"), the first of them says where it starts.
    void post_words(const cst_utterance& utterance) {
        cst_relation* const tokens = utt_relation(&utterance, "Token");
        std::size_t cursor = 0;
        for (const cst_item* token = tokens != nullptr ? relation_head(tokens) : nullptr;
             token != nullptr; token = item_next(token)) {
            const std::string_view name = item_feat_string(token, "name");
            const std::size_t offset = request_.text.find(name, cursor);
            const cst_item* const word = item_daughter(token);
            if (offset == std::string::npos || word == nullptr || name.empty()) {
                continue;
            }
            cursor = offset + name.size();
            const double start = start_of(*item_as(word, "Word"));
            post(SynthesisWord{
                .text_offset = offset,
                .sample_offset = static_cast<std::size_t>(start * audio::sample_rate_hz)});
        }
    }

    static double start_of(const cst_item& word) {
        const double seconds =
            ffeature_float(&word, "R:SylStructure.daughter1.daughter1.R:Segment.p.end");
        return seconds > 0.0 ? seconds : 0.0;
    }

    void post(SynthesisEvent event) {
        loop_.post([receiver = receiver_, event = std::move(event)] {
            if (const auto alive = receiver.lock()) {
                alive->emit(event);
            }
        });
    }

    runtime::Loop& loop_;
    std::weak_ptr<Receiver> receiver_;
    SynthesisRequest request_;
    std::optional<audio::Resampler> resampler_;
    bool has_audio_ = false;
};

}  // namespace

FliteTextToSpeech::FliteTextToSpeech(runtime::Loop& loop, runtime::BlockingPool& pool,
                                     FliteOptions options)
    : loop_(loop), pool_(pool), options_(std::move(options)) {
    static_cast<void>(voices());
}

FliteTextToSpeech::~FliteTextToSpeech() = default;

std::vector<OptionError> FliteTextToSpeech::validate(const SynthesisRequest& request) const {
    std::vector<OptionError> errors;
    if (!request.voice.empty() && !voices().contains(request.voice)) {
        std::string message = "unknown voice '" + request.voice + "'; known are:";
        for (const auto& voice : voices()) {
            message += ' ' + voice.first;
        }
        errors.push_back({"voice", std::move(message)});
    }
    if (request.language != "en" && !request.language.starts_with("en-")) {
        errors.push_back({"language", "flite speaks English only: en"});
    }
    if (!request.options.is_null() && !request.options.is_object()) {
        errors.push_back({"", "must be an object"});
    } else if (request.options.is_object()) {
        for (const auto& member : request.options.get_object()) {
            if (member.key() != "speed") {
                errors.push_back({std::string(member.key()), "unknown; known is: speed"});
            } else if (!member.value().is_number() ||
                       !(member.value().to_number<double>() >= 0.5 &&
                         member.value().to_number<double>() <= 2.0)) {
                errors.push_back({"speed", "must be a number from 0.5 to 2.0"});
            }
        }
    }
    return errors;
}

std::unique_ptr<Synthesis> FliteTextToSpeech::speak(SynthesisRequest request,
                                                    SynthesisListener& listener) {
    auto synthesis = std::make_unique<FliteSynthesis>(listener);
    const std::weak_ptr<Receiver> receiver = synthesis->receiver();
    const auto fail_later = [this, &receiver](ProviderErrorCode code, std::string message) {
        loop_.post([receiver, error = ProviderError{code, "flite: " + std::move(message)}] {
            if (const auto alive = receiver.lock()) {
                alive->emit(SynthesisFailed{error});
            }
        });
    };
    if (const auto errors = validate(request); !errors.empty()) {
        fail_later(ProviderErrorCode::rejected,
                   errors.front().path + ": " + errors.front().message);
        return synthesis;
    }
    if (request.text.size() > options_.text_bytes_max ||
        request.text.find('\0') != std::string::npos) {
        fail_later(ProviderErrorCode::rejected, "the text is too long or has a NUL byte");
        return synthesis;
    }
    const auto voice = voices().find(request.voice.empty() ? options_.voice : request.voice);
    if (voice == voices().end() || voice->second == nullptr) {
        fail_later(ProviderErrorCode::rejected, "the configured voice is unknown");
        return synthesis;
    }
    synthesis->receiver()->timeout = loop_.start_timer(loop_.now() + request.timeout, [receiver] {
        if (const auto alive = receiver.lock()) {
            alive->emit(SynthesisFailed{
                {ProviderErrorCode::timed_out, "flite: no audio within the time allowed"}});
        }
    });
    STUDIO_LOG(debug, "synthesis_asked", {"provider", "flite"}, {"voice", voice->first},
               {"text_bytes", request.text.size()});
    const auto submitted = pool_.try_submit(
        [&loop = loop_, receiver, found = voice->second, wanted = std::move(request)]() mutable {
            Speaker(loop, receiver, std::move(wanted)).speak(*found);
        });
    if (!submitted) {
        fail_later(ProviderErrorCode::rate_limited, "the pool takes no more work");
    }
    return synthesis;
}

}  // namespace studio::adapters
