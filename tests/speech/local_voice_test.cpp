// The neural voice with its real model, where tools/speech/install.sh has put one: what it says is
// understood, in pieces that join without a click, and words are about where they are said.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "adapters/espeak/espeak_phonemes.hpp"
#include "adapters/pocketsphinx/pocketsphinx_speech_to_text.hpp"
#include "adapters/sherpa/sherpa_text_to_speech.hpp"
#include "audio/frame.hpp"
#include "audio/level.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/virtual_loop.hpp"

// As in speech_test.cpp: the recogniser's parser forgets a few kB.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libsphinxbase\nleak:libonnxruntime";
}

namespace studio {
namespace {

struct Spoken final : SynthesisListener {
    void on_synthesis(const SynthesisEvent& event) override {
        if (const auto* piece = std::get_if<SynthesisAudio>(&event)) {
            joins.push_back(samples.size());
            samples.insert(samples.end(), piece->samples.begin(), piece->samples.end());
        } else if (const auto* word = std::get_if<SynthesisWord>(&event)) {
            words.push_back(*word);
        } else if (const auto* failed = std::get_if<SynthesisFailed>(&event)) {
            error = failed->error;
        } else {
            finished = true;
        }
    }
    std::vector<std::int16_t> samples;
    std::vector<std::size_t> joins;
    std::vector<SynthesisWord> words;
    std::optional<ProviderError> error;
    bool finished = false;
};

struct Heard final : SpeechListener {
    void on_speech(const SpeechEvent& event) override {
        if (const auto* final = std::get_if<FinalTranscript>(&event)) {
            text = final->text;
        }
    }
    std::string text;
};

/// Loaded once for all tests: that takes seconds.
struct Place {
    runtime::VirtualLoop loop;
    runtime::BlockingPool pool{{.name = "inline", .threads = 0}};
    SystemEntropy entropy;
    // However busy the machine is.
    adapters::EspeakPhonemes phonemes{entropy, {.timeout = seconds(60)}};
    adapters::SherpaVoices voices{{.folder = STUDIO_SPEECH_FOLDER}, phonemes};
    adapters::SherpaTextToSpeech voice{loop, pool, voices};

    ~Place() { pool.stop(); }
};

class NeuralVoice : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        if (std::filesystem::is_directory(STUDIO_SPEECH_FOLDER)) {
            place = std::make_unique<Place>();
        }
    }
    static void TearDownTestSuite() { place.reset(); }
    void SetUp() override {
        if (place == nullptr || place->voices.is_empty()) {
            GTEST_SKIP() << "no neural voice in " STUDIO_SPEECH_FOLDER
                            ": tools/speech/install.sh was not run";
        }
    }

    static void say(const std::string& text, Spoken& spoken, double speed = 1.0) {
        SynthesisRequest request;
        request.text = text;
        request.options = JsonObject{{"speed", speed}};
        const auto synthesis = place->voice.speak(request, spoken);
        place->loop.run_for(milliseconds(1));
        EXPECT_TRUE(spoken.finished) << (spoken.error ? spoken.error->message : "");
    }
    /// By PocketSphinx, with a few sentences as hints, of which it has to choose the right one.
    static std::string understand(const std::vector<std::int16_t>& samples) {
        std::vector<std::int16_t> padded(3'200);
        padded.insert(padded.end(), samples.begin(), samples.end());
        padded.resize(padded.size() + 4'800);
        adapters::PocketsphinxSpeechToText recogniser(place->loop, place->pool, {});
        place->loop.run_for(milliseconds(1));
        Heard heard;
        SpeechToTextOptions options;
        options.options = JsonObject{
            {"phrases", JsonArray{"i would like to book a table for two people tomorrow evening",
                                  "we are open from noon until eleven in the evening",
                                  "i am sorry i did not understand"}}};
        const auto stream = recogniser.open(options, heard);
        for (std::size_t at = 0; at + audio::frame_samples <= padded.size();
             at += audio::frame_samples) {
            audio::Frame frame;
            std::copy_n(padded.begin() + static_cast<std::ptrdiff_t>(at), audio::frame_samples,
                        frame.samples.begin());
            stream->write(1, frame);
        }
        stream->finish_utterance(1);
        place->loop.run_for(milliseconds(1));
        return heard.text;
    }

    static inline std::unique_ptr<Place> place;
};

TEST_F(NeuralVoice, IsUnderstood) {
    const std::pair<const char*, const char*> sentences[] = {
        {"I would like to book a table for two people, tomorrow evening.",
         "i would like to book a table for two people tomorrow evening"},
        {"I am sorry, I did not understand.", "i am sorry i did not understand"},
    };
    for (const auto& [text, heard] : sentences) {
        Spoken spoken;
        say(text, spoken);
        EXPECT_EQ(spoken.joins.size(), 2U);
        EXPECT_EQ(understand(spoken.samples), heard);
        EXPECT_GT(audio::level_dbfs(spoken.samples), -35.0);
        EXPECT_LT(audio::level_dbfs(spoken.samples), -10.0);
    }
}

TEST_F(NeuralVoice, PiecesJoinWithoutAClick) {
    Spoken spoken;
    say("Hello, this is the Riverside restaurant. How can I help you? You can book a table, ask "
        "when we are open, or leave a message.",
        spoken);
    ASSERT_GE(spoken.joins.size(), 4U);
    for (std::size_t join = 1; join < spoken.joins.size(); ++join) {
        // 10 ms on both sides are quiet, and a sample never far from the one before.
        const std::size_t at = spoken.joins[join];
        for (std::size_t index = at - 160; index < at + 160; ++index) {
            EXPECT_LT(std::abs(spoken.samples[index] - spoken.samples[index - 1]), 400) << join;
            EXPECT_LT(std::abs(spoken.samples[index]), 800) << join;
        }
    }
    // No pause within is longer than a person makes.
    std::size_t quiet = 0;
    std::size_t longest = 0;
    for (const std::int16_t sample : spoken.samples) {
        quiet = std::abs(sample) < 330 ? quiet + 1 : 0;
        longest = std::max(longest, quiet);
    }
    EXPECT_LT(longest, 16'000U / 2);
}

TEST_F(NeuralVoice, TellsWhereItsWordsAre) {
    const std::string text = "Yes, your table is booked. Goodbye.";
    Spoken spoken;
    say(text, spoken);
    ASSERT_EQ(spoken.words.size(), 6U);
    for (std::size_t word = 1; word < spoken.words.size(); ++word) {
        EXPECT_EQ(text[spoken.words[word].text_offset - 1], ' ');
        EXPECT_GT(spoken.words[word].sample_offset, spoken.words[word - 1].sample_offset);
    }
    EXPECT_LT(spoken.words.back().sample_offset, spoken.samples.size());
}

TEST_F(NeuralVoice, SpeedChangesTheLength) {
    Spoken slow;
    Spoken fast;
    say("We are open from noon until eleven in the evening.", slow, 0.7);
    say("We are open from noon until eleven in the evening.", fast, 1.4);
    EXPECT_GT(static_cast<double>(slow.samples.size()) / static_cast<double>(fast.samples.size()),
              1.5);
}

TEST_F(NeuralVoice, HandlesTextOfAnyKind) {
    for (const char* text : {"", " ", "...", "\xFF\xFE", "\"'`$(rm)", "1234567890123456789",
                             "[[a]]", "--voices", "<speak>hi</speak>", "日本語", "☃",
                             "a\nb\x01"
                             "c"}) {
        Spoken spoken;
        SynthesisRequest request;
        request.text = text;
        const auto synthesis = place->voice.speak(request, spoken);
        place->loop.run_for(milliseconds(1));
        EXPECT_EQ((spoken.finished ? 1 : 0) + (spoken.error ? 1 : 0), 1) << text;
    }
    EXPECT_EQ(place->phonemes.single_count(), 0U) << "the program stayed in step";
}

}  // namespace
}  // namespace studio
