#include "adapters/phrase_cache/phrase_cache.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/phrase_cache/cached_text_to_speech.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::adapters {
namespace {

std::shared_ptr<const Phrase> phrase_of(std::size_t samples) {
    auto phrase = std::make_shared<Phrase>();
    phrase->samples.resize(samples, 7);
    return phrase;
}

/// Room for about ten phrases of 1,000 samples.
PhraseCacheOptions small() {
    PhraseCacheOptions options;
    options.bytes_max = 24'000;
    return options;
}

TEST(PhraseCache, IsBoundedAndTheLeastRecentGoes) {
    PhraseCache cache(small());
    for (int index = 0; index < 30; ++index) {
        cache.put("phrase " + std::to_string(index), phrase_of(1'000));
        EXPECT_LE(cache.bytes(), 24'000U);
    }
    EXPECT_GT(cache.bytes(), 20'000U);
    EXPECT_EQ(cache.find("phrase 0"), nullptr);
    ASSERT_NE(cache.find("phrase 29"), nullptr);
    EXPECT_EQ(cache.find("phrase 29")->samples.size(), 1'000U);
}

TEST(PhraseCache, WhatIsSaidAgainStaysWhateverIsSaidOnce) {
    PhraseCache cache(small());
    cache.put("greeting", phrase_of(1'000));
    EXPECT_NE(cache.find("greeting"), nullptr);
    for (int index = 0; index < 100; ++index) {
        cache.put("chatter " + std::to_string(index), phrase_of(1'000));
    }
    EXPECT_NE(cache.find("greeting"), nullptr);
}

TEST(PhraseCache, WhatHadToGoCountsAsSaidWhenItComesAgain) {
    PhraseCache cache(small());
    cache.put("greeting", phrase_of(1'000));
    for (int index = 0; index < 100; ++index) {
        cache.put("chatter " + std::to_string(index), phrase_of(1'000));
    }
    EXPECT_EQ(cache.find("greeting"), nullptr);
    cache.put("greeting", phrase_of(1'000));
    for (int index = 0; index < 100; ++index) {
        cache.put("more " + std::to_string(index), phrase_of(1'000));
    }
    EXPECT_NE(cache.find("greeting"), nullptr);
}

TEST(PhraseCache, WhatWasRepeatedOnceMakesRoomToo) {
    PhraseCache cache(small());
    for (int index = 0; index < 30; ++index) {
        const std::string key = "greeting " + std::to_string(index);
        cache.put(key, phrase_of(1'000));
        EXPECT_NE(cache.find(key), nullptr);
        EXPECT_LE(cache.bytes(), 24'000U);
    }
    EXPECT_EQ(cache.find("greeting 0"), nullptr);
    EXPECT_NE(cache.find("greeting 25"), nullptr);
}

TEST(PhraseCache, KeepsNoPhraseThatIsTooLongAndNothingWithoutRoom) {
    PhraseCacheOptions options = small();
    options.phrase_bytes_max = 3'000;
    PhraseCache cache(options);
    EXPECT_TRUE(cache.takes(1'500));
    EXPECT_FALSE(cache.takes(1'501));
    cache.put("long", phrase_of(1'501));
    EXPECT_EQ(cache.bytes(), 0U);
    options.bytes_max = 0;
    PhraseCache none(options);
    EXPECT_FALSE(none.takes(0));
    none.put("short", phrase_of(1));
    EXPECT_EQ(none.find("short"), nullptr);
}

TEST(PhraseKey, DiffersWhereAnythingDiffers) {
    SynthesisRequest request;
    request.text = "Hello.";
    request.options = JsonObject{{"base_url", "http://a"}};
    const std::string key = phrase_key("openai", request);
    EXPECT_EQ(phrase_key("openai", request), key);
    EXPECT_NE(phrase_key("flite", request), key);
    const std::function<void(SynthesisRequest&)> changes[] = {
        [](auto& each) { each.text = "Hello"; },
        [](auto& each) { each.voice = "x"; },
        [](auto& each) { each.model = "x"; },
        [](auto& each) { each.language = "de"; },
        [](auto& each) {
            each.options = JsonObject{{"base_url", "http://b"}};
        },
        [](auto& each) { each.options = JsonObject{}; },
    };
    for (const auto& change : changes) {
        SynthesisRequest other = request;
        change(other);
        EXPECT_NE(phrase_key("openai", other), key);
    }
    // Nothing can be moved from one part to the next.
    SynthesisRequest first = request;
    first.voice = "ab";
    first.model = "c";
    SynthesisRequest second = request;
    second.voice = "a";
    second.model = "bc";
    EXPECT_NE(phrase_key("openai", first), phrase_key("openai", second));
}

/// Speaks when it is told to.
class Scripted final : public TextToSpeech {
public:
    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest&) const override {
        return {{"voice", "unknown"}};
    }
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override {
        requests.push_back(std::move(request));
        now = &listener;
        class Made final : public Synthesis {};
        return std::make_unique<Made>();
    }
    void speak_all() const {
        now->on_synthesis(SynthesisWord{0, 0});
        now->on_synthesis(SynthesisAudio{std::vector<std::int16_t>(10'000, 1)});
        now->on_synthesis(SynthesisWord{6, 12'000});
        now->on_synthesis(SynthesisAudio{std::vector<std::int16_t>(10'000, 2)});
        now->on_synthesis(SynthesisFinished{});
    }
    std::vector<SynthesisRequest> requests;
    SynthesisListener* now = nullptr;
};

struct Spoken final : SynthesisListener {
    void on_synthesis(const SynthesisEvent& event) override {
        ++events;
        if (const auto* piece = std::get_if<SynthesisAudio>(&event)) {
            samples.insert(samples.end(), piece->samples.begin(), piece->samples.end());
        } else if (const auto* word = std::get_if<SynthesisWord>(&event)) {
            // Before the sound that it starts in.
            EXPECT_GE(word->sample_offset, samples.size());
            words.push_back(*word);
        } else {
            ++last_events;
        }
        if (events == cancel_at) {
            cancelled->reset();
        }
    }
    std::vector<std::int16_t> samples;
    std::vector<SynthesisWord> words;
    int events = 0;
    int last_events = 0;
    int cancel_at = 0;
    std::unique_ptr<Synthesis>* cancelled = nullptr;
};

class CachedVoice : public ::testing::Test {
protected:
    static SynthesisRequest request_of(std::string text) {
        SynthesisRequest request;
        request.text = std::move(text);
        return request;
    }
    void drain() { loop.run_for(milliseconds(1)); }

    runtime::VirtualLoop loop;
    Scripted voice;
    PhraseCache cache;
    CachedTextToSpeech cached{loop, "scripted", voice, cache};
};

TEST_F(CachedVoice, SpeaksAgainWhatWasSpokenWithoutAskingTheVoice) {
    Spoken first;
    auto synthesis = cached.speak(request_of("Hello there."), first);
    voice.speak_all();
    EXPECT_EQ(first.samples.size(), 20'000U);
    EXPECT_EQ(first.last_events, 1);

    runtime::VirtualLoop other_loop;
    CachedTextToSpeech other(other_loop, "scripted", voice, cache);
    Spoken second;
    synthesis = other.speak(request_of("Hello there."), second);
    EXPECT_EQ(second.events, 0) << "never from inside speak";
    other_loop.run_for(milliseconds(1));
    EXPECT_EQ(voice.requests.size(), 1U);
    EXPECT_EQ(second.samples, first.samples);
    ASSERT_EQ(second.words.size(), 2U);
    EXPECT_EQ(second.words[1].text_offset, 6U);
    EXPECT_EQ(second.words[1].sample_offset, 12'000U);
    EXPECT_EQ(second.last_events, 1);
    EXPECT_EQ(second.events, 3 + 2 + 1) << "half a second at a time";
}

TEST_F(CachedVoice, MayBeCancelledAtEachEvent) {
    Spoken first;
    auto synthesis = cached.speak(request_of("a"), first);
    voice.speak_all();
    for (int event = 1; event <= 6; ++event) {
        Spoken spoken;
        synthesis = cached.speak(request_of("a"), spoken);
        spoken.cancelled = &synthesis;
        spoken.cancel_at = event;
        drain();
        EXPECT_EQ(spoken.events, event);
    }
    Spoken never;
    synthesis = cached.speak(request_of("a"), never);
    synthesis.reset();
    drain();
    EXPECT_EQ(never.events, 0);
    EXPECT_EQ(voice.requests.size(), 1U);
}

TEST_F(CachedVoice, KeepsOnlyWhatWasFinished) {
    Spoken spoken;
    auto synthesis = cached.speak(request_of("broken"), spoken);
    voice.now->on_synthesis(SynthesisAudio{std::vector<std::int16_t>(100)});
    voice.now->on_synthesis(SynthesisFailed{{ProviderErrorCode::unavailable, "x"}});
    EXPECT_EQ(spoken.last_events, 1) << "the failure is passed on";
    synthesis = cached.speak(request_of("cancelled"), spoken);
    voice.now->on_synthesis(SynthesisAudio{std::vector<std::int16_t>(100)});
    synthesis = cached.speak(request_of("empty"), spoken);
    voice.now->on_synthesis(SynthesisFinished{});
    synthesis = cached.speak(request_of("long"), spoken);
    for (int second = 0; second < 60; ++second) {
        voice.now->on_synthesis(SynthesisAudio{std::vector<std::int16_t>(16'000)});
    }
    voice.now->on_synthesis(SynthesisFinished{});
    EXPECT_EQ(cache.bytes(), 0U);
    for (const char* text : {"broken", "cancelled", "empty", "long"}) {
        synthesis = cached.speak(request_of(text), spoken);
    }
    EXPECT_EQ(voice.requests.size(), 8U);
}

TEST_F(CachedVoice, AVoiceThatIsFinishedMayBeDestroyedByItsListener) {
    Spoken spoken;
    auto synthesis = cached.speak(request_of("a"), spoken);
    spoken.cancelled = &synthesis;
    spoken.cancel_at = 5;
    voice.speak_all();
    EXPECT_EQ(spoken.events, 5);
    EXPECT_GT(cache.bytes(), 40'000U);
    EXPECT_EQ(cached.validate(request_of("a")).size(), 1U) << "the voice itself is asked";
}

TEST_F(CachedVoice, WithoutACacheTheVoiceIsAskedDirectly) {
    PhraseCacheOptions options;
    options.bytes_max = 0;
    PhraseCache none(options);
    CachedTextToSpeech plain(loop, "scripted", voice, none);
    Spoken spoken;
    const auto synthesis = plain.speak(request_of("a"), spoken);
    EXPECT_EQ(voice.now, &spoken);
}

}  // namespace
}  // namespace studio::adapters
