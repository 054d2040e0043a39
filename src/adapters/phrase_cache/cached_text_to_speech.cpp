#include "adapters/phrase_cache/cached_text_to_speech.hpp"

#include <algorithm>
#include <utility>

#include "audio/frame.hpp"
#include "base/json.hpp"

namespace studio::adapters {

namespace {

/// As much as is handed over in one turn of the loop: copying it takes some microseconds.
constexpr std::size_t samples_at_once = audio::sample_rate_hz / 2;

/// Speaks what was kept.
class KeptSynthesis final : public Synthesis {
public:
    KeptSynthesis(runtime::Loop& loop, std::shared_ptr<const Phrase> phrase,
                  SynthesisListener& listener)
        : loop_(loop),
          phrase_(std::move(phrase)),
          listener_(listener),
          alive_(std::make_shared<bool>(true)) {
        continue_later();
    }

private:
    void continue_later() {
        loop_.post([this, weak = std::weak_ptr<bool>(alive_)] {
            // Only this owns it, so that it tells below whether this is still there.
            if (!weak.expired()) {
                go_on();
            }
        });
    }

    void go_on() {
        // The listener may destroy this at each event.
        const std::weak_ptr<bool> weak = alive_;
        const std::size_t end = std::min(sent_ + samples_at_once, phrase_->samples.size());
        // Each word before the sound that it begins in.
        for (; words_sent_ < phrase_->words.size(); ++words_sent_) {
            const SynthesisWord word = phrase_->words[words_sent_];
            if (word.sample_offset >= end && end < phrase_->samples.size()) {
                break;
            }
            listener_.on_synthesis(word);
            if (weak.expired()) {
                return;
            }
        }
        if (sent_ < end) {
            const auto begin = phrase_->samples.begin();
            const SynthesisAudio audio{{begin + static_cast<std::ptrdiff_t>(sent_),
                                        begin + static_cast<std::ptrdiff_t>(end)}};
            sent_ = end;
            listener_.on_synthesis(audio);
            if (weak.expired()) {
                return;
            }
        }
        if (sent_ < phrase_->samples.size()) {
            continue_later();
        } else {
            listener_.on_synthesis(SynthesisFinished{});
        }
    }

    runtime::Loop& loop_;
    std::shared_ptr<const Phrase> phrase_;
    SynthesisListener& listener_;
    std::size_t sent_ = 0;
    std::size_t words_sent_ = 0;
    /// Dies with this.
    std::shared_ptr<bool> alive_;
};

/// Passes on what a voice makes, and keeps it when it is whole.
class CollectedSynthesis final : public Synthesis, private SynthesisListener {
public:
    CollectedSynthesis(PhraseCache& cache, std::string key, SynthesisListener& listener)
        : cache_(cache), key_(std::move(key)), listener_(listener) {}

    void start(TextToSpeech& voice, SynthesisRequest request) {
        synthesis_ = voice.speak(std::move(request), *this);
    }

private:
    void on_synthesis(const SynthesisEvent& event) override {
        if (const auto* audio = std::get_if<SynthesisAudio>(&event)) {
            std::vector<std::int16_t>& samples = phrase_.samples;
            is_kept_ = is_kept_ && cache_.takes(samples.size() + audio->samples.size());
            if (is_kept_) {
                samples.insert(samples.end(), audio->samples.begin(), audio->samples.end());
            }
        } else if (const auto* word = std::get_if<SynthesisWord>(&event)) {
            phrase_.words.push_back(*word);
        } else if (std::holds_alternative<SynthesisFinished>(event) && is_kept_ &&
                   !phrase_.samples.empty()) {
            phrase_.samples.shrink_to_fit();
            cache_.put(std::move(key_), std::make_shared<const Phrase>(std::move(phrase_)));
        }
        // Last: the listener may destroy this.
        listener_.on_synthesis(event);
    }

    PhraseCache& cache_;
    std::string key_;
    SynthesisListener& listener_;
    Phrase phrase_;
    bool is_kept_ = true;
    std::unique_ptr<Synthesis> synthesis_;
};

void add_part(std::string& key, std::string_view part) {
    key += std::to_string(part.size());
    key += ':';
    key += part;
}

}  // namespace

std::string phrase_key(std::string_view provider, const SynthesisRequest& request) {
    std::string key;
    const std::string options = serialize_json(request.options);
    for (const std::string_view part :
         {provider, std::string_view(request.voice), std::string_view(request.model),
          std::string_view(request.language), std::string_view(options),
          std::string_view(request.text)}) {
        add_part(key, part);
    }
    return key;
}

CachedTextToSpeech::CachedTextToSpeech(runtime::Loop& loop, std::string provider,
                                       TextToSpeech& voice, PhraseCache& cache)
    : loop_(loop), provider_(std::move(provider)), voice_(voice), cache_(cache) {}

std::vector<OptionError> CachedTextToSpeech::validate(const SynthesisRequest& request) const {
    return voice_.validate(request);
}

std::unique_ptr<Synthesis> CachedTextToSpeech::speak(SynthesisRequest request,
                                                     SynthesisListener& listener) {
    if (!cache_.takes(0)) {
        return voice_.speak(std::move(request), listener);
    }
    std::string key = phrase_key(provider_, request);
    if (auto phrase = cache_.find(key)) {
        return std::make_unique<KeptSynthesis>(loop_, std::move(phrase), listener);
    }
    auto synthesis = std::make_unique<CollectedSynthesis>(cache_, std::move(key), listener);
    synthesis->start(voice_, std::move(request));
    return synthesis;
}

}  // namespace studio::adapters
