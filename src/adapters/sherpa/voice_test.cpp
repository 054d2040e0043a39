// The provider around a network: what it asks of it, and when. The network here is a tone.

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/sherpa/internal/voice_lane.hpp"
#include "adapters/sherpa/internal/voice_model.hpp"
#include "adapters/sherpa/internal/voice_test_files.hpp"
#include "adapters/sherpa/sherpa_text_to_speech.hpp"
#include "base/entropy.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::adapters {
namespace {

using sherpa::OpenedVoice;
using sherpa::VoiceFolder;
using sherpa::VoiceLane;
using sherpa::VoiceModel;

struct Spoken final : SynthesisListener {
    void on_synthesis(const SynthesisEvent& event) override {
        ++events;
        if (const auto* piece = std::get_if<SynthesisAudio>(&event)) {
            samples += piece->samples.size();
            ++pieces;
            if (on_audio) {
                on_audio();
            }
        } else if (const auto* word = std::get_if<SynthesisWord>(&event)) {
            words.push_back(*word);
        } else if (const auto* failed = std::get_if<SynthesisFailed>(&event)) {
            error = failed->error;
        } else {
            finished = true;
        }
    }
    std::size_t samples = 0;
    int pieces = 0;
    int events = 0;
    bool finished = false;
    std::vector<SynthesisWord> words;
    std::optional<ProviderError> error;
    std::function<void()> on_audio;
};

/// What was asked of the network and of the phonemes.
struct Asked {
    std::vector<std::u32string> phonemes;
    std::vector<float> speeds;
    std::vector<std::string> texts;
    int opened = 0;
    std::string model_error;
    std::string phoneme_error;
    std::function<void()> on_model;
};

class Tone final : public VoiceModel {
public:
    explicit Tone(Asked& asked) : asked_(asked) {}
    Result<std::vector<float>, std::string> speak(std::span<const std::int32_t> phonemes,
                                                  float speed) override {
        asked_.phonemes.emplace_back(phonemes.begin(), phonemes.end());
        asked_.speeds.push_back(speed);
        if (asked_.on_model) {
            asked_.on_model();
        }
        if (!asked_.model_error.empty()) {
            return fail(asked_.model_error);
        }
        // 100 ms for each phoneme, between silences.
        std::vector<float> samples(1'000);
        for (std::size_t index = 0; index < phonemes.size() * 2'205; ++index) {
            samples.push_back(0.5F * std::sin(static_cast<float>(index) * 0.1F));
        }
        samples.resize(samples.size() + 4'000);
        return samples;
    }

private:
    Asked& asked_;
};

/// Every letter is its own phoneme.
class Letters final : public PhonemeSource {
public:
    explicit Letters(Asked& asked) : asked_(asked) {}
    Result<std::string, std::string> phonemes(std::string_view text, std::string_view) override {
        asked_.texts.emplace_back(text);
        if (!asked_.phoneme_error.empty()) {
            return fail(asked_.phoneme_error);
        }
        return std::string(text) + '\n';
    }

private:
    Asked& asked_;
};

class LocalVoice : public ::testing::Test {
protected:
    LocalVoice() {
        root = std::filesystem::temp_directory_path() /
               ("voices-" + std::to_string(SystemEntropy().u64()));
        sherpa::make_voice(root / "amy", "en_GB");
        sherpa::make_voice(root / "joe", "en_US");
        sherpa::make_voice(root / "karl", "de_DE");
        make_voices();
    }
    ~LocalVoice() override {
        pool.stop();
        std::filesystem::remove_all(root);
    }

    void make_voices(std::size_t waiting_max = 100) {
        voices.emplace(
            SherpaVoicesOptions{.folder = root.string(), .width = 1, .waiting_max = waiting_max},
            letters, [this](const VoiceFolder& folder) -> OpenedVoice {
                ++asked.opened;
                opened_name = folder.name;
                return std::make_unique<Tone>(asked);
            });
        local.emplace(loop, pool, *voices);
    }
    void drain() { loop.run_for(milliseconds(1)); }

    static SynthesisRequest request_of(std::string text, std::string language = "en") {
        SynthesisRequest request;
        request.text = std::move(text);
        request.language = std::move(language);
        return request;
    }

    std::filesystem::path root;
    Asked asked;
    std::string opened_name;
    Letters letters{asked};
    runtime::VirtualLoop loop;
    runtime::BlockingPool pool{{.name = "inline", .threads = 0}};
    std::optional<SherpaVoices> voices;
    std::optional<SherpaTextToSpeech> local;
};

TEST_F(LocalVoice, SpeaksPieceAfterPieceWithThePlacesOfItsWords) {
    Spoken spoken;
    const auto synthesis = local->speak(request_of("hello, how are you? fine."), spoken);
    EXPECT_EQ(spoken.events, 0) << "never from inside speak";
    drain();
    EXPECT_TRUE(spoken.finished) << (spoken.error ? spoken.error->message : "");
    EXPECT_EQ(asked.phonemes, (std::vector<std::u32string>{U"hello,", U"how are you?", U"fine."}));
    EXPECT_EQ(spoken.pieces, 3);
    ASSERT_EQ(spoken.words.size(), 5U);
    const std::size_t offsets[] = {0, 7, 11, 15, 20};
    for (std::size_t word = 0; word < 5; ++word) {
        EXPECT_EQ(spoken.words[word].text_offset, offsets[word]);
        EXPECT_LT(spoken.words[word].sample_offset, spoken.samples);
        if (word > 0) {
            EXPECT_GT(spoken.words[word].sample_offset, spoken.words[word - 1].sample_offset);
        }
    }
    // The second piece begins when the first is over: 0.6 s of tone, 140 + 15 ms of pause.
    EXPECT_NEAR(static_cast<double>(spoken.words[1].sample_offset) / 16'000, 0.015 + 0.6 + 0.155,
                0.02);
}

TEST_F(LocalVoice, AWordWithinAJoinedPieceStartsWhereItsClauseDoes) {
    Spoken spoken;
    const auto synthesis = local->speak(request_of("no, yes."), spoken);
    drain();
    EXPECT_EQ(asked.phonemes, (std::vector<std::u32string>{U"no, yes."}));
    ASSERT_EQ(spoken.words.size(), 2U);
    // Phonemes are 100 ms: "no," is three, of seven that the clauses have alone, of 0.8 s.
    EXPECT_NEAR(static_cast<double>(spoken.words[1].sample_offset) / 16'000,
                0.015 + 0.8 * 3.0 / 7.0, 0.02);
}

TEST_F(LocalVoice, CancellingTakesEffectBetweenTwoPieces) {
    Spoken spoken;
    runtime::BlockingPool threads({.name = "one", .threads = 1});
    SherpaTextToSpeech other(loop, threads, *voices);
    std::mutex mutex;
    std::condition_variable wake;
    bool in_model = false;
    bool may_go_on = false;
    asked.on_model = [&] {
        std::unique_lock lock(mutex);
        in_model = true;
        wake.notify_all();
        wake.wait(lock, [&] { return may_go_on; });
    };
    auto synthesis = other.speak(request_of("a first, b second one, c third one."), spoken);
    {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return in_model; });
        synthesis.reset();
        may_go_on = true;
    }
    wake.notify_all();
    threads.stop();
    drain();
    EXPECT_EQ(asked.phonemes.size(), 1U);
    EXPECT_EQ(spoken.events, 0);
}

TEST_F(LocalVoice, TheVoiceIsOfItsLanguageOrOfItsName) {
    const auto opened_for = [&](const std::string& voice, const std::string& language) {
        make_voices();
        Spoken spoken;
        SynthesisRequest request = request_of("hello", language);
        request.voice = voice;
        const auto synthesis = local->speak(request, spoken);
        drain();
        return spoken.error ? "error: " + spoken.error->message : opened_name;
    };
    EXPECT_EQ(opened_for("", "en"), "amy") << "the first by name";
    EXPECT_EQ(opened_for("", "en-US"), "joe");
    EXPECT_EQ(opened_for("", "en-IN"), "amy");
    EXPECT_EQ(opened_for("", "de"), "karl");
    EXPECT_EQ(opened_for("joe", "en-GB"), "joe");
}

TEST_F(LocalVoice, NamesWhatIsWrong) {
    EXPECT_TRUE(local->validate(request_of("x")).empty());
    EXPECT_EQ(local->validate(request_of("x", "fr")).at(0).path, "language");
    SynthesisRequest request = request_of("x");
    for (const char* voice : {"nobody", "../joe", "/etc", "joe/", ".", "amy\n"}) {
        request.voice = voice;
        ASSERT_EQ(local->validate(request).size(), 1U) << voice;
        EXPECT_EQ(local->validate(request)[0].path, "voice");
        EXPECT_NE(local->validate(request)[0].message.find("amy joe karl"), std::string::npos);
    }
    request.voice = "karl";
    EXPECT_EQ(local->validate(request).at(0).path, "language") << "he would read it as German";
    request.voice = "";
    request.options = JsonObject{{"speed", 3}, {"pitch", 1}};
    ASSERT_EQ(local->validate(request).size(), 2U);
    EXPECT_EQ(local->validate(request)[0].path, "speed");
    request.options = JsonArray{};
    EXPECT_EQ(local->validate(request).at(0).path, "");
}

/// Knows one voice.
class Spare final : public TextToSpeech {
public:
    [[nodiscard]] std::vector<OptionError> validate(
        const SynthesisRequest& request) const override {
        return request.voice == "slt" ? std::vector<OptionError>{}
                                      : std::vector<OptionError>{{"voice", "unknown"}};
    }
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener&) override {
        spoken.push_back(request.text);
        return nullptr;
    }
    std::vector<std::string> spoken;
};

TEST_F(LocalVoice, AVoiceThatOnlyTheSpareKnowsIsTheSpares) {
    Spare spare;
    SherpaTextToSpeech voice(loop, pool, *voices, &spare);
    Spoken spoken;
    for (const char* name : {"", "amy", "slt"}) {
        SynthesisRequest request = request_of(std::string("as ") + name);
        request.voice = name;
        EXPECT_TRUE(voice.validate(request).empty()) << name;
        const auto synthesis = voice.speak(std::move(request), spoken);
    }
    EXPECT_EQ(spare.spoken, std::vector<std::string>{"as slt"});
    SynthesisRequest request = request_of("x");
    request.voice = "nobody";
    EXPECT_EQ(voice.validate(request).at(0).path, "voice");
}

TEST_F(LocalVoice, SpeedGoesToTheNetwork) {
    Spoken spoken;
    SynthesisRequest request = request_of("hello");
    request.options = JsonObject{{"speed", 1.5}};
    const auto synthesis = local->speak(request, spoken);
    drain();
    ASSERT_EQ(asked.speeds.size(), 1U);
    EXPECT_FLOAT_EQ(asked.speeds[0], 1.5F);
}

TEST_F(LocalVoice, FailuresAreSaid) {
    const auto failure_of = [&](SynthesisRequest request) {
        Spoken spoken;
        const auto synthesis = local->speak(std::move(request), spoken);
        drain();
        EXPECT_FALSE(spoken.finished);
        return spoken.error ? spoken.error->code : ProviderErrorCode::malformed;
    };
    EXPECT_EQ(failure_of(request_of("x", "fr")), ProviderErrorCode::rejected);
    EXPECT_EQ(failure_of(request_of(std::string(5'000, 'x'))), ProviderErrorCode::rejected);
    asked.model_error = "broken";
    EXPECT_EQ(failure_of(request_of("x")), ProviderErrorCode::unavailable);
    asked.model_error = "";
    asked.phoneme_error = "none";
    EXPECT_EQ(failure_of(request_of("x")), ProviderErrorCode::unavailable);
    make_voices(0);
    EXPECT_EQ(failure_of(request_of("x")), ProviderErrorCode::rate_limited);

    SherpaVoices none({}, letters, [](const VoiceFolder&) -> OpenedVoice { return fail(""); });
    SherpaTextToSpeech missing(loop, pool, none);
    EXPECT_EQ(missing.validate(request_of("x")).size(), 1U);
    Spoken spoken;
    const auto synthesis = missing.speak(request_of("x"), spoken);
    drain();
    EXPECT_EQ(spoken.error->code, ProviderErrorCode::unavailable);
}

TEST_F(LocalVoice, ANetworkIsLoadedOnceAndABrokenOneIsNotTriedAgain) {
    runtime::VirtualLoop other_loop;
    SherpaTextToSpeech other(other_loop, pool, *voices);
    Spoken spoken;
    voices->preload(pool, "en");
    EXPECT_EQ(asked.opened, 1);
    const auto first = local->speak(request_of("x"), spoken);
    const auto second = other.speak(request_of("x"), spoken);
    EXPECT_EQ(asked.opened, 1);

    int tries = 0;
    SherpaVoices broken({.folder = root.string()}, letters,
                        [&tries](const VoiceFolder&) -> OpenedVoice {
                            ++tries;
                            return fail("damaged");
                        });
    SherpaTextToSpeech voice(loop, pool, broken);
    for (int time = 0; time < 2; ++time) {
        Spoken heard;
        const auto synthesis = voice.speak(request_of("x"), heard);
        drain();
        EXPECT_EQ(heard.error->code, ProviderErrorCode::unavailable);
    }
    EXPECT_EQ(tries, 1);
}

TEST_F(LocalVoice, WithoutAWordThereIsAShortSilence) {
    for (const char* text : {"...", "☃"}) {
        Spoken spoken;
        const auto synthesis = local->speak(request_of(text), spoken);
        drain();
        EXPECT_TRUE(spoken.finished);
        EXPECT_GT(spoken.samples, 1'000U);
        EXPECT_LT(spoken.samples, 8'000U);
    }
    EXPECT_TRUE(asked.phonemes.empty()) << "the network is not asked";
}

TEST_F(LocalVoice, TheFirstAudioHasATime) {
    runtime::BlockingPool threads({.name = "one", .threads = 1});
    SherpaTextToSpeech slow(loop, threads, *voices);
    std::mutex mutex;
    mutex.lock();
    asked.on_model = [&] { const std::scoped_lock lock(mutex); };
    Spoken spoken;
    SynthesisRequest request = request_of("hello");
    request.timeout = milliseconds(500);
    const auto synthesis = slow.speak(request, spoken);
    loop.run_for(milliseconds(499));
    EXPECT_FALSE(spoken.error);
    loop.run_for(milliseconds(2));
    ASSERT_TRUE(spoken.error);
    EXPECT_EQ(spoken.error->code, ProviderErrorCode::timed_out);
    mutex.unlock();
    threads.stop();
    drain();
    EXPECT_EQ(spoken.events, 1) << "the last event was the failure";
}

TEST(VoiceLane, MakesTheSoonestFirstAndNoMoreAtOnceThanItsWidth) {
    runtime::BlockingPool pool({.name = "lane", .threads = 4});
    VoiceLane lane(2, 10);
    std::mutex mutex;
    std::vector<int> order;
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    std::mutex gate;
    gate.lock();
    const Instant now;
    const auto submit = [&](int number, bool blocks) {
        return lane.submit(pool, now + seconds(number), [&, number, blocks] {
            most = std::max(most.load(), ++running);
            if (blocks) {
                const std::scoped_lock lock(gate);
            }
            const std::scoped_lock lock(mutex);
            order.push_back(number);
            --running;
        });
    };
    EXPECT_TRUE(submit(1, true));
    EXPECT_TRUE(submit(2, true));
    while (running < 2) {
        std::this_thread::yield();
    }
    for (const int number : {9, 5, 7, 3, 8, 4, 6, 11, 10, 12}) {
        EXPECT_TRUE(submit(number, false));
    }
    EXPECT_EQ(lane.waiting(), 10U);
    EXPECT_FALSE(submit(13, false)) << "too many wait";
    gate.unlock();
    pool.stop();
    EXPECT_EQ(order.size(), 12U);
    EXPECT_EQ(most, 2);
    EXPECT_LT(std::find(order.begin(), order.end(), 3), std::find(order.begin(), order.end(), 12));
    EXPECT_EQ(lane.waiting(), 0U);
}

TEST(VoiceLane, APoolThatStoppedTakesNothing) {
    runtime::BlockingPool pool({.name = "lane", .threads = 1});
    pool.stop();
    VoiceLane lane(1, 10);
    EXPECT_FALSE(lane.submit(pool, {}, [] {}));
    EXPECT_EQ(lane.waiting(), 0U);
}

}  // namespace
}  // namespace studio::adapters
