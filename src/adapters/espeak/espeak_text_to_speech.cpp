#include "adapters/espeak/espeak_text_to_speech.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>
#include <sstream>
#include <utility>

#include "adapters/espeak/internal/process.hpp"
#include "audio/frame.hpp"
#include "audio/resampler.hpp"
#include "audio/wav.hpp"
#include "base/log.hpp"

namespace studio::adapters {

using espeak::Process;

namespace {

constexpr milliseconds patience{20};
constexpr double speed_min = 80.0;
constexpr double speed_max = 450.0;
constexpr double speed_usual = 175.0;
/// The header that the program writes: RIFF, a format chunk of 16 bytes, and the data chunk's.
constexpr std::size_t header_bytes = 44;

/// The loop's side of a synthesis. `alive_` dies with it or with its last event; the thread that
/// reads the program's output holds it weakly, sees that, and kills the program.
class EspeakSynthesis final : public Synthesis {
public:
    /// What threads hold: they may only ask whether it is still there.
    struct Alive {
        EspeakSynthesis& owner;
    };

    EspeakSynthesis(runtime::Loop& loop, SynthesisListener& listener, seconds duration_max)
        : loop_(loop),
          listener_(listener),
          duration_max_(duration_max),
          alive_(std::make_shared<Alive>(Alive{*this})) {}

    [[nodiscard]] std::weak_ptr<Alive> alive() const { return alive_; }

    void expect_within(nanoseconds time) {
        timer_ = loop_.start_timer(loop_.now() + time, [this] {
            emit(SynthesisFailed{
                {ProviderErrorCode::timed_out, "espeak: no audio within the time allowed"}});
        });
    }

    void emit(const SynthesisEvent& event) {
        if (!alive_) {
            return;
        }
        if (!has_audio_ && std::holds_alternative<SynthesisAudio>(event)) {
            has_audio_ = true;
            expect_within(duration_max_);
        }
        if (std::holds_alternative<SynthesisFinished>(event) ||
            std::holds_alternative<SynthesisFailed>(event)) {
            alive_.reset();
            timer_.reset();
        }
        // Last: the listener may destroy this.
        listener_.on_synthesis(event);
    }

private:
    runtime::Loop& loop_;
    SynthesisListener& listener_;
    seconds duration_max_;
    std::shared_ptr<Alive> alive_;
    std::unique_ptr<runtime::Timer> timer_;
    bool has_audio_ = false;
};

using WeakAlive = std::weak_ptr<EspeakSynthesis::Alive>;

void post(runtime::Loop& loop, const WeakAlive& receiver, SynthesisEvent event) {
    loop.post([receiver, event = std::move(event)] {
        // Only the loop's thread makes it strong, and only here.
        if (const auto alive = receiver.lock()) {
            alive->owner.emit(event);
        }
    });
}

/// Turns the program's WAVE, as it comes, into pieces at 16 kHz.
class WaveReader {
public:
    /// False where it is no WAVE of 16-bit mono.
    [[nodiscard]] bool take(ByteView bytes, std::vector<std::int16_t>& target) {
        pending_.insert(pending_.end(), bytes.begin(), bytes.end());
        std::size_t offset = 0;
        if (!resampler_) {
            if (pending_.size() < header_bytes) {
                return true;
            }
            const auto header = audio::parse_wav(ByteView(pending_).first(header_bytes));
            if (!header || header->channels != 1) {
                return false;
            }
            resampler_.emplace(audio::ResamplerOptions{.source_rate_hz = header->rate_hz,
                                                       .target_rate_hz = audio::sample_rate_hz});
            resampler_->skip_delay();
            offset = header_bytes;
        }
        std::vector<std::int16_t> samples;
        for (; offset + 2 <= pending_.size(); offset += 2) {
            samples.push_back(
                static_cast<std::int16_t>(pending_[offset] | (pending_[offset + 1] << 8U)));
        }
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(offset));
        target.resize(resampler_->target_samples_max(samples.size()));
        target.resize(resampler_->process(samples, target));
        return true;
    }

    [[nodiscard]] bool has_header() const { return resampler_.has_value(); }

private:
    Bytes pending_;
    std::optional<audio::Resampler> resampler_;
};

/// One synthesis on a thread of the pool.
void run(runtime::Loop& loop, const WeakAlive& receiver, const std::vector<std::string>& arguments,
         const std::string& text, std::size_t bytes_max) {
    if (receiver.expired()) {
        return;
    }
    const auto give_up = [&](ProviderErrorCode code, const char* message) {
        post(loop, receiver, SynthesisFailed{{code, std::string("espeak: ") + message}});
    };
    Process process(arguments, text);
    if (!process.is_open()) {
        give_up(ProviderErrorCode::unavailable, "the program cannot be started");
        return;
    }
    WaveReader reader;
    std::array<std::uint8_t, 16'384> bytes{};
    std::size_t total = 0;
    for (;;) {
        std::size_t size = 0;
        const Process::Read read = process.read(bytes, patience, size);
        if (receiver.expired()) {
            return;
        }
        total += size;
        std::vector<std::int16_t> samples;
        if (read == Process::Read::failed || total > bytes_max ||
            !reader.take(ByteView(bytes).first(size), samples)) {
            give_up(ProviderErrorCode::malformed, "the program gave something else than speech");
            return;
        }
        if (!samples.empty()) {
            post(loop, receiver, SynthesisAudio{std::move(samples)});
        }
        if (read == Process::Read::end) {
            break;
        }
    }
    if (process.finish() && reader.has_header()) {
        post(loop, receiver, SynthesisFinished{});
    } else {
        give_up(ProviderErrorCode::unavailable, "the program failed");
    }
}

/// The second column of `espeak-ng --voices`: language codes, which are names of voices.
std::vector<std::string> read_voices(const std::string& program) {
    Process process({program, "--voices"}, "");
    std::string text;
    std::array<char, 4'096> bytes{};
    constexpr int reads_max = 200;
    for (int count = 0; process.is_open() && count < reads_max; ++count) {
        std::size_t size = 0;
        const auto target = std::span(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size());
        const Process::Read read = process.read(target, patience, size);
        text.append(bytes.data(), size);
        if (read == Process::Read::end || read == Process::Read::failed) {
            break;
        }
    }
    std::vector<std::string> voices;
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::istringstream columns(line);
        std::string priority;
        std::string name;
        if (columns >> priority >> name) {
            voices.push_back(std::move(name));
        }
    }
    std::sort(voices.begin(), voices.end());
    return voices;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return result;
}

double speed_of(const Json& options) {
    const Json* const speed = find_member(options, "speed");
    return speed != nullptr && speed->is_number() ? speed->to_number<double>() : speed_usual;
}

}  // namespace

EspeakTextToSpeech::EspeakTextToSpeech(runtime::Loop& loop, runtime::BlockingPool& pool,
                                       EspeakOptions options)
    : loop_(loop),
      pool_(pool),
      options_(std::move(options)),
      voices_(read_voices(options_.program)) {
    if (voices_.empty()) {
        STUDIO_LOG(warning, "speech_program_missing", {"program", options_.program});
    }
}

bool EspeakTextToSpeech::knows(std::string_view voice) const {
    // The name becomes an argument: what is not a plain word may mean something else there.
    const std::size_t plus = voice.find('+');
    const std::string_view variant = plus == std::string_view::npos ? "x" : voice.substr(plus + 1);
    const bool plain = !variant.empty() && variant.size() <= 16 &&
                       std::all_of(variant.begin(), variant.end(),
                                   [](unsigned char letter) { return std::isalnum(letter) != 0; });
    return plain &&
           std::binary_search(voices_.begin(), voices_.end(), std::string(voice.substr(0, plus)));
}

bool EspeakTextToSpeech::speaks(std::string_view language) const {
    if (knows(language)) {
        return true;
    }
    // `en` and `fr` are no voices, but the program takes them for the first of their countries.
    const std::string country = std::string(language) + '-';
    const auto first = std::lower_bound(voices_.begin(), voices_.end(), country);
    return language.size() >= 2 && first != voices_.end() && first->starts_with(country);
}

std::vector<OptionError> EspeakTextToSpeech::validate(const SynthesisRequest& request) const {
    std::vector<OptionError> errors;
    if (voices_.empty()) {
        return {{"", "the program " + options_.program + " is not installed"}};
    }
    if (!request.voice.empty() && !knows(request.voice)) {
        std::string message = "unknown voice '" + request.voice + "'; known are:";
        for (const std::string& voice : voices_) {
            message += ' ' + voice;
        }
        errors.push_back({"voice", std::move(message)});
    } else if (request.voice.empty() && !speaks(lower(request.language))) {
        errors.push_back({"language", "espeak-ng has no voice for '" + request.language + "'"});
    }
    if (!request.options.is_null() && !request.options.is_object()) {
        errors.push_back({"", "must be an object"});
    } else if (request.options.is_object()) {
        for (const auto& member : request.options.get_object()) {
            if (member.key() != "speed") {
                errors.push_back({std::string(member.key()), "unknown; known is: speed"});
            } else if (!member.value().is_number() || !(speed_of(request.options) >= speed_min &&
                                                        speed_of(request.options) <= speed_max)) {
                errors.push_back({"speed", "must be a number from 80 to 450"});
            }
        }
    }
    return errors;
}

std::unique_ptr<Synthesis> EspeakTextToSpeech::speak(SynthesisRequest request,
                                                     SynthesisListener& listener) {
    auto synthesis = std::make_unique<EspeakSynthesis>(loop_, listener, options_.duration_max);
    const WeakAlive receiver = synthesis->alive();
    const auto fail_later = [&](ProviderErrorCode code, const std::string& message) {
        post(loop_, receiver, SynthesisFailed{{code, "espeak: " + message}});
    };
    if (const auto errors = validate(request); !errors.empty()) {
        fail_later(voices_.empty() ? ProviderErrorCode::unavailable : ProviderErrorCode::rejected,
                   errors.front().path + ": " + errors.front().message);
        return synthesis;
    }
    if (request.text.size() > options_.text_bytes_max) {
        fail_later(ProviderErrorCode::rejected, "the text is too long");
        return synthesis;
    }
    synthesis->expect_within(request.timeout);
    const std::string voice = request.voice.empty() ? lower(request.language) : request.voice;
    const auto speed = std::to_string(static_cast<int>(speed_of(request.options)));
    // -b 1: the text is UTF-8.
    std::vector<std::string> arguments{options_.program, "-v",      voice, "-s", speed, "-b", "1",
                                       "--stdin",        "--stdout"};
    const auto submitted =
        pool_.try_submit([&loop = loop_, receiver, arguments = std::move(arguments),
                          text = std::move(request.text), bytes_max = options_.audio_bytes_max] {
            run(loop, receiver, arguments, text, bytes_max);
        });
    if (!submitted) {
        fail_later(ProviderErrorCode::rate_limited, "the pool takes no more work");
    }
    return synthesis;
}

}  // namespace studio::adapters
