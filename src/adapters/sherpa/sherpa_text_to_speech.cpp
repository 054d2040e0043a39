#include "adapters/sherpa/sherpa_text_to_speech.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "adapters/sherpa/internal/voice_folder.hpp"
#include "adapters/sherpa/internal/voice_joiner.hpp"
#include "adapters/sherpa/internal/voice_lane.hpp"
#include "adapters/sherpa/internal/voice_model.hpp"
#include "adapters/sherpa/internal/voice_pieces.hpp"
#include "audio/frame.hpp"
#include "base/log.hpp"

namespace studio::adapters {

using sherpa::PhonemePiece;
using sherpa::VoiceFolder;
using sherpa::VoiceJoiner;
using sherpa::VoicePiece;

namespace {

constexpr double speed_min = 0.5;
constexpr double speed_max = 2.0;
/// Of a piece: several times what its longest text gives.
constexpr std::size_t phonemes_max = 2'000;

/// The loop's side of a synthesis. Dies with it, or with its last event, on the loop; the pool's
/// threads hold it weakly and only see whether it is still there.
struct Receiver {
    SynthesisListener* listener = nullptr;
    std::unique_ptr<runtime::Timer> timeout;
};

class SherpaSynthesis final : public Synthesis {
public:
    explicit SherpaSynthesis(SynthesisListener& listener)
        : receiver_(std::make_shared<Receiver>()) {
        receiver_->listener = &listener;
    }
    ~SherpaSynthesis() override {
        if (receiver_) {
            receiver_->listener = nullptr;
        }
    }

    [[nodiscard]] const std::shared_ptr<Receiver>& receiver() const { return receiver_; }

private:
    std::shared_ptr<Receiver> receiver_;
};

void emit(Receiver& receiver, const SynthesisEvent& event) {
    if (receiver.listener == nullptr) {
        return;
    }
    receiver.timeout.reset();
    SynthesisListener& listener = *receiver.listener;
    if (std::holds_alternative<SynthesisFinished>(event) ||
        std::holds_alternative<SynthesisFailed>(event)) {
        receiver.listener = nullptr;
    }
    listener.on_synthesis(event);
}

void post(runtime::Loop& loop, const std::weak_ptr<Receiver>& receiver, SynthesisEvent event) {
    loop.post([receiver, event = std::move(event)] {
        // Only the loop's thread makes it strong, and only here.
        if (const auto alive = receiver.lock()) {
            emit(*alive, event);
        }
    });
}

double speed_of(const Json& options) {
    const Json* const speed = find_member(options, "speed");
    return speed != nullptr && speed->is_number() ? speed->to_number<double>() : 1.0;
}

/// One synthesis on the pool's threads, one piece after the other; on one thread at a time.
class Speaker : public std::enable_shared_from_this<Speaker> {
public:
    struct Parts {
        runtime::Loop& loop;
        runtime::BlockingPool& pool;
        SherpaVoices& voices;
        SherpaVoices::Voice& voice;
    };

    /// On the loop.
    Speaker(Parts parts, std::weak_ptr<Receiver> receiver, const SynthesisRequest& request)
        : parts_(parts),
          folder_(SherpaVoices::folder_of(parts.voice)),
          receiver_(std::move(receiver)),
          speed_(static_cast<float>(speed_of(request.options))),
          pieces_(sherpa::cut_pieces(request.text)),
          joiner_(folder_.rate_hz),
          due_(parts.loop.now()) {}

    /// False where too many pieces wait already.
    [[nodiscard]] bool submit() {
        return parts_.voices.lane().submit(parts_.pool, due_,
                                           [self = shared_from_this()] { self->make_next(); });
    }

private:
    void give_up(ProviderErrorCode code, const std::string& message) {
        post(parts_.loop, receiver_, SynthesisFailed{{code, "local: " + message}});
    }

    void make_next() {
        if (receiver_.expired()) {
            return;
        }
        const auto model = parts_.voices.load(parts_.voice);
        if (!model) {
            give_up(ProviderErrorCode::unavailable, model.error());
            return;
        }
        const bool is_last = index_ + 1 >= pieces_.size();
        const auto made =
            index_ < pieces_.size() ? make(**model, pieces_[index_], is_last) : make_silence();
        if (!made) {
            give_up(ProviderErrorCode::unavailable, made.error());
            return;
        }
        ++index_;
        if (is_last) {
            post(parts_.loop, receiver_, SynthesisFinished{});
        } else if (!submit()) {
            give_up(ProviderErrorCode::rate_limited, "too many texts wait for the voice");
        }
    }

    /// A text without a word in it.
    Result<bool, std::string> make_silence() {
        send(joiner_.add({}, '.', true));
        return true;
    }

    Result<bool, std::string> make(sherpa::VoiceModel& model, const VoicePiece& piece,
                                   bool is_last) {
        PhonemePiece whole;
        std::vector<Part> parts;
        for (const sherpa::Clause& clause : piece.clauses) {
            auto lines = parts_.voices.phonemes().phonemes(clause.text, folder_.phoneme_voice);
            if (!lines) {
                return fail(lines.error());
            }
            PhonemePiece alone;
            sherpa::add_clause(alone, *lines, clause.mark, folder_.phonemes);
            sherpa::add_clause(whole, *lines, clause.mark, folder_.phonemes);
            parts.push_back(
                {clause.offset, sherpa::share_words(clause.text, alone), alone.phonemes.size()});
        }
        if (whole.phonemes.empty()) {
            send(joiner_.add({}, piece.mark(), is_last));
            return true;
        }
        whole.phonemes.resize(std::min(whole.phonemes.size(), phonemes_max));
        const auto samples = model.speak(whole.phonemes, speed_);
        if (!samples) {
            return fail(samples.error());
        }
        VoiceJoiner::Joined joined = joiner_.add(*samples, piece.mark(), is_last);
        send_words(parts, joined);
        send(std::move(joined));
        return true;
    }

    /// A clause within its piece.
    struct Part {
        std::size_t offset = 0;
        std::vector<sherpa::WordShare> words;
        std::size_t phonemes = 0;
    };

    void send_words(const std::vector<Part>& clauses, const VoiceJoiner::Joined& joined) {
        std::size_t total = 0;
        for (const Part& clause : clauses) {
            total += clause.phonemes;
        }
        const auto length = static_cast<double>(joined.end - joined.begin);
        std::size_t before = 0;
        for (const Part& clause : clauses) {
            const double begin = length * static_cast<double>(before) / static_cast<double>(total);
            const double share =
                length * static_cast<double>(clause.phonemes) / static_cast<double>(total);
            for (const sherpa::WordShare& word : clause.words) {
                const auto place = static_cast<std::size_t>(begin + share * word.begin);
                post(parts_.loop, receiver_,
                     SynthesisWord{.text_offset = clause.offset + word.offset,
                                   .sample_offset = joined.begin + place});
            }
            before += clause.phonemes;
        }
    }

    void send(VoiceJoiner::Joined joined) {
        due_ += milliseconds(joined.samples.size() * 1'000 / audio::sample_rate_hz);
        if (!joined.samples.empty()) {
            post(parts_.loop, receiver_, SynthesisAudio{std::move(joined.samples)});
        }
    }

    Parts parts_;
    const VoiceFolder& folder_;
    std::weak_ptr<Receiver> receiver_;
    float speed_;
    std::vector<VoicePiece> pieces_;
    std::size_t index_ = 0;
    VoiceJoiner joiner_;
    /// When what was made so far would be heard to its end, if nobody had to wait.
    Instant due_;
};

}  // namespace

SherpaTextToSpeech::SherpaTextToSpeech(runtime::Loop& loop, runtime::BlockingPool& pool,
                                       SherpaVoices& voices, TextToSpeech* spare,
                                       SherpaTextToSpeechOptions options)
    : loop_(loop), pool_(pool), voices_(voices), spare_(spare), options_(options) {}

bool SherpaTextToSpeech::is_for_spare(const SynthesisRequest& request) const {
    return spare_ != nullptr && !request.voice.empty() &&
           voices_.name_for(request.voice, request.language).empty() &&
           spare_->validate(request).empty();
}

std::vector<OptionError> SherpaTextToSpeech::validate(const SynthesisRequest& request) const {
    if (is_for_spare(request)) {
        return {};
    }
    if (voices_.is_empty()) {
        return {{"", "no neural voice is installed here"}};
    }
    std::vector<OptionError> errors;
    const std::string name = voices_.name_for(request.voice, request.language);
    const auto family = [](const std::string& language) {
        return language.substr(0, language.find('-'));
    };
    if (name.empty() && !request.voice.empty()) {
        std::string message = "unknown voice; known are:";
        for (const std::string& known : voices_.names()) {
            message += ' ' + known;
        }
        errors.push_back({"voice", std::move(message)});
    } else if (name.empty()) {
        errors.push_back({"language", "no neural voice here speaks '" + request.language + "'"});
    } else if (family(voices_.language_of(name)) != family(request.language)) {
        errors.push_back({"language", "the voice " + name + " speaks " + voices_.language_of(name) +
                                          ", not '" + request.language + "'"});
    }
    if (!request.options.is_null() && !request.options.is_object()) {
        errors.push_back({"", "must be an object"});
    } else if (request.options.is_object()) {
        for (const auto& member : request.options.get_object()) {
            if (member.key() != "speed") {
                errors.push_back({std::string(member.key()), "unknown; known is: speed"});
            } else if (!member.value().is_number() ||
                       !(member.value().to_number<double>() >= speed_min &&
                         member.value().to_number<double>() <= speed_max)) {
                errors.push_back({"speed", "must be a number from 0.5 to 2.0"});
            }
        }
    }
    return errors;
}

std::unique_ptr<Synthesis> SherpaTextToSpeech::speak(SynthesisRequest request,
                                                     SynthesisListener& listener) {
    if (is_for_spare(request)) {
        return spare_->speak(std::move(request), listener);
    }
    auto synthesis = std::make_unique<SherpaSynthesis>(listener);
    const std::weak_ptr<Receiver> receiver = synthesis->receiver();
    const auto fail_later = [&](ProviderErrorCode code, const std::string& message) {
        post(loop_, receiver, SynthesisFailed{{code, "local: " + message}});
    };
    if (const auto errors = validate(request); !errors.empty()) {
        fail_later(
            voices_.is_empty() ? ProviderErrorCode::unavailable : ProviderErrorCode::rejected,
            errors.front().path + ": " + errors.front().message);
        return synthesis;
    }
    if (request.text.size() > options_.text_bytes_max) {
        fail_later(ProviderErrorCode::rejected, "the text is too long");
        return synthesis;
    }
    SherpaVoices::Voice* const voice =
        voices_.find(voices_.name_for(request.voice, request.language));
    STUDIO_LOG(debug, "synthesis_asked", {"provider", "local"},
               {"voice", SherpaVoices::folder_of(*voice).name},
               {"text_bytes", request.text.size()});
    synthesis->receiver()->timeout = loop_.start_timer(loop_.now() + request.timeout, [receiver] {
        if (const auto alive = receiver.lock()) {
            emit(*alive, SynthesisFailed{{ProviderErrorCode::timed_out,
                                          "local: no audio within the time allowed"}});
        }
    });
    const auto speaker =
        std::make_shared<Speaker>(Speaker::Parts{loop_, pool_, voices_, *voice}, receiver, request);
    if (!speaker->submit()) {
        fail_later(ProviderErrorCode::rate_limited, "too many texts wait for the voice");
    }
    return synthesis;
}

}  // namespace studio::adapters
