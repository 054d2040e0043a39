#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "adapters/espeak/espeak_text_to_speech.hpp"
#include "audio/level.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::adapters {
namespace {

struct Spoken final : SynthesisListener {
    void on_synthesis(const SynthesisEvent& event) override {
        if (const auto* piece = std::get_if<SynthesisAudio>(&event)) {
            samples.insert(samples.end(), piece->samples.begin(), piece->samples.end());
            if (cancels != nullptr) {
                cancels->reset();
            }
        } else if (const auto* failed = std::get_if<SynthesisFailed>(&event)) {
            error = failed->error;
        } else {
            finished = true;
        }
        ++events;
    }
    std::vector<std::int16_t> samples;
    std::optional<ProviderError> error;
    bool finished = false;
    int events = 0;
    std::unique_ptr<Synthesis>* cancels = nullptr;
};

class Espeak : public ::testing::Test {
protected:
    ~Espeak() override { pool.stop(); }

    static SynthesisRequest request_of(std::string text, std::string language,
                                       std::string voice = "") {
        SynthesisRequest request;
        request.text = std::move(text);
        request.language = std::move(language);
        request.voice = std::move(voice);
        return request;
    }
    void drain() { loop.run_for(milliseconds(1)); }

    runtime::VirtualLoop loop;
    runtime::BlockingPool pool{{.name = "inline", .threads = 0}};
};

TEST_F(Espeak, SpeaksTheLanguagesThatFliteDoesNot) {
    EspeakTextToSpeech espeak(loop, pool);
    const std::pair<const char*, const char*> sentences[] = {
        {"de", "Guten Abend, was darf es sein?"}, {"hi", "नमस्ते, आप कैसे हैं?"},
        {"en-US", "Good evening, how are you?"},  {"en", "Good evening, how are you?"},
        {"fr", "Bonsoir, comment allez-vous ?"},
    };
    for (const auto& [language, text] : sentences) {
        Spoken spoken;
        const auto synthesis = espeak.speak(request_of(text, language), spoken);
        EXPECT_EQ(spoken.events, 0) << "never from inside speak";
        drain();
        EXPECT_FALSE(spoken.error) << language << (spoken.error ? spoken.error->message : "");
        EXPECT_TRUE(spoken.finished);
        // One to four seconds, as loud as speech.
        EXPECT_GT(spoken.samples.size(), 16'000U) << language;
        EXPECT_LT(spoken.samples.size(), 64'000U) << language;
        EXPECT_GT(audio::level_dbfs(spoken.samples), -40.0);
        EXPECT_LT(audio::level_dbfs(spoken.samples), -8.0);
    }
}

TEST_F(Espeak, TextIsNeverACommandOrAnOption) {
    EspeakTextToSpeech espeak(loop, pool);
    for (const char* text : {"--voices", "-f /etc/passwd", "$(reboot); `ls` | cat", ""}) {
        Spoken spoken;
        const auto synthesis = espeak.speak(request_of(text, "en"), spoken);
        drain();
        EXPECT_TRUE(spoken.finished || spoken.error) << text;
        EXPECT_LT(spoken.samples.size(), 16'000U * 8);
    }
}

TEST_F(Espeak, NamesWhatIsWrong) {
    EspeakTextToSpeech espeak(loop, pool);
    EXPECT_TRUE(espeak.validate(request_of("x", "en", "en-us+f3")).empty());
    for (const char* language : {"xx", "e", "", "-", "en-"}) {
        EXPECT_EQ(espeak.validate(request_of("x", language)).at(0).path, "language") << language;
    }
    for (const char* voice : {"nobody", "../../x", "en-us+../x", "-f", "en-us+", "de --stdin"}) {
        const auto errors = espeak.validate(request_of("x", "en", voice));
        ASSERT_EQ(errors.size(), 1U) << voice;
        EXPECT_EQ(errors[0].path, "voice");
        EXPECT_NE(errors[0].message.find(" de "), std::string::npos);
    }
    SynthesisRequest fast = request_of("x", "de");
    fast.options = JsonObject{{"speed", 1'000}, {"pitch", 3}};
    ASSERT_EQ(espeak.validate(fast).size(), 2U);
    EXPECT_EQ(espeak.validate(fast)[0].path, "speed");
    EXPECT_EQ(espeak.validate(fast)[1].path, "pitch");
}

TEST_F(Espeak, AMissingProgramIsSaid) {
    EspeakTextToSpeech espeak(loop, pool, {.program = "/nowhere/espeak"});
    Spoken spoken;
    const auto synthesis = espeak.speak(request_of("x", "de"), spoken);
    drain();
    ASSERT_TRUE(spoken.error);
    EXPECT_EQ(spoken.error->code, ProviderErrorCode::unavailable);
    EXPECT_NE(spoken.error->message.find("/nowhere/espeak"), std::string::npos);
}

TEST_F(Espeak, RefusesTooMuchTextAndTooMuchAudio) {
    EspeakTextToSpeech espeak(loop, pool, {.text_bytes_max = 100, .audio_bytes_max = 20'000});
    Spoken spoken;
    const auto first = espeak.speak(request_of(std::string(101, 'a'), "de"), spoken);
    drain();
    EXPECT_EQ(spoken.error->code, ProviderErrorCode::rejected);
    Spoken longer;
    const auto second = espeak.speak(request_of("eins zwei drei vier fünf", "de"), longer);
    drain();
    EXPECT_EQ(longer.error->code, ProviderErrorCode::malformed);
    EXPECT_FALSE(longer.finished);
}

TEST(EspeakOnThreads, CancellingUnderWayEndsItAtOnceAndTheOtherGoesOn) {
    runtime::AsioLoop loop;
    runtime::BlockingPool pool({.name = "speech", .threads = 2});
    {
        EspeakTextToSpeech espeak(loop, pool);
        SynthesisRequest request;
        request.language = "de";
        for (int index = 0; index < 100; ++index) {
            request.text += "Ein langer Text hat kein Ende. ";
        }
        Spoken cancelled;
        std::unique_ptr<Synthesis> long_one = espeak.speak(request, cancelled);
        cancelled.cancels = &long_one;

        struct Stopper final : SynthesisListener {
            explicit Stopper(runtime::AsioLoop& loop_to_stop) : loop(loop_to_stop) {}
            void on_synthesis(const SynthesisEvent& event) override {
                if (!std::holds_alternative<SynthesisAudio>(event)) {
                    finished = std::holds_alternative<SynthesisFinished>(event);
                    loop.stop();
                }
            }
            runtime::AsioLoop& loop;
            bool finished = false;
        } other(loop);
        request.text = "Guten Tag.";
        const auto short_one = espeak.speak(request, other);
        loop.run();
        EXPECT_TRUE(other.finished);
        EXPECT_LE(cancelled.events, 1);
        EXPECT_FALSE(cancelled.finished);
        EXPECT_FALSE(cancelled.error);
        long_one.reset();
    }
    pool.stop();
}

}  // namespace
}  // namespace studio::adapters
