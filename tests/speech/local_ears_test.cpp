// The neural recogniser listens to real people and to the embedded voices, with its real model:
// where that is installed (tools/speech/install.sh).

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <numbers>
#include <numeric>
#include <random>
#include <sstream>

#include "adapters/pocketsphinx/pocketsphinx_speech_to_text.hpp"
#include "adapters/sherpa/local_speech_to_text.hpp"
#include "audio/wav.hpp"
#include "speech/speech_support.hpp"

namespace studio {
namespace {

using adapters::LocalSpeechToText;
using adapters::SpeechModels;

class LocalEars : public ::testing::Test {
protected:
    void SetUp() override {
        if (!models()->trouble().empty()) {
            GTEST_SKIP() << "not installed: " << models()->trouble();
        }
    }

    /// Once for all tests: half a second of computing.
    static std::shared_ptr<SpeechModels>& models() {
        static auto shared = std::make_shared<SpeechModels>(
            adapters::SpeechModelsOptions{.folder = STUDIO_SPEECH_FOLDER});
        return shared;
    }

    static Heard listen(const std::vector<audio::Frame>& frames, bool partials = false) {
        Inline place;
        adapters::PocketsphinxSpeechToText spare(place.loop, place.pool, {.decoders_kept = 0});
        LocalSpeechToText recogniser(place.loop, place.pool, models(), spare);
        HeardListener heard;
        SpeechToTextOptions options;
        options.interim_results = partials;
        const auto stream = recogniser.open(options, heard);
        place.drain();
        for (const audio::Frame& frame : frames) {
            stream->write(1, frame);
            place.loop.run_for(audio::frame_duration);
        }
        stream->finish_utterance(1);
        place.drain();
        return heard;
    }

    static std::string hear(const std::vector<std::int16_t>& samples) {
        const Heard heard = listen(frames_of(samples));
        EXPECT_FALSE(heard.error) << heard.error->message;
        return heard.finals.empty() ? "no final" : heard.finals.at(0).text;
    }

    static std::vector<std::int16_t> recording(const std::string& name) {
        std::ifstream in(STUDIO_SPEECH_FOLDER "/recordings/" + name, std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(in), {});
        const auto parsed = audio::parse_wav(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
        return parsed ? audio::to_voice(*parsed) : std::vector<std::int16_t>();
    }

    /// In small letters, without punctuation.
    static std::string plain(const std::string& text) {
        std::string words;
        for (const char byte : text) {
            if (std::isalnum(static_cast<unsigned char>(byte)) != 0) {
                words += static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
            } else if (!words.empty() && words.back() != ' ') {
                words += ' ';
            }
        }
        return words.substr(0, words.find_last_not_of(' ') + 1);
    }

    /// Of the words that were said, the share that differs, is missing or too many (Levenshtein).
    static double share_of_errors(const std::string& said, const std::string& heard) {
        const std::vector<std::string> want = split(said);
        const std::vector<std::string> have = split(plain(heard));
        std::vector<std::size_t> row(have.size() + 1);
        std::iota(row.begin(), row.end(), 0);
        for (const std::string& word : want) {
            std::size_t diagonal = row[0]++;
            for (std::size_t at = 0; at < have.size(); ++at) {
                const std::size_t changed = diagonal + (word == have[at] ? 0 : 1);
                diagonal = row[at + 1];
                row[at + 1] = std::min({changed, row[at] + 1, row[at + 1] + 1});
            }
        }
        return static_cast<double>(row.back()) / static_cast<double>(want.size());
    }

private:
    static std::vector<std::string> split(const std::string& text) {
        std::istringstream in(text);
        return {std::istream_iterator<std::string>(in), {}};
    }
};

// The model computes in integers of eight bits, which processors with and without VNNI round
// differently: a word at the edge may fall to either side. None is wrong on AVX2.
constexpr double errors_max = 0.1;

TEST_F(LocalEars, UnderstandsAPersonWordForWord) {
    const std::string text = hear(recording("beckett.wav"));
    EXPECT_LE(
        share_of_errors("ever tried ever failed no matter try again fail again fail better", text),
        errors_max)
        << text;
}

TEST_F(LocalEars, UnderstandsThreeQuartersOfAMinuteInPieces) {
    const std::string text = hear(recording("two_cities.wav"));
    EXPECT_LE(share_of_errors(
                  "it was the best of times it was the worst of times it was the age of wisdom it "
                  "was the age of foolishness it was the epoch of belief it was the epoch of "
                  "incredulity it was the season of light it was the season of darkness it was "
                  "the spring of hope it was the winter of despair we had everything before us we "
                  "had nothing before us we were all going direct to heaven we were all going "
                  "direct the other way in short the period was so far like the present period "
                  "that some of its noisiest authorities insisted on its being received for good "
                  "or for evil in the superlative degree of comparison only",
                  text),
              errors_max)
        << text;
}

TEST_F(LocalEars, UnderstandsTheEmbeddedVoices) {
    const std::string heard = hear(say("my brother has a red car").samples) + ' ' +
                              hear(say("yes please").samples) + ' ' + hear(say("no").samples) +
                              ' ' + hear(say("what time do you close on sunday", "rms").samples);
    EXPECT_LE(share_of_errors(
                  "my brother has a red car yes please no what time do you close on sunday", heard),
              errors_max)
        << heard;
}

TEST_F(LocalEars, GivesPartialsThatGrow) {
    const Heard heard = listen(frames_of(recording("beckett.wav")), true);
    ASSERT_GE(heard.partials.size(), 4U);
    EXPECT_LT(heard.partials.front().text.size(), heard.partials.back().text.size());
}

TEST_F(LocalEars, HearsNothingWhereNobodySpeaks) {
    EXPECT_EQ(hear({}), "");
    EXPECT_EQ(hear(std::vector<std::int16_t>(48'000)), "");
    std::mt19937 random(5);
    for (const double deviation : {30.0, 500.0, 6'000.0}) {
        std::normal_distribution<double> noise(0.0, deviation);
        std::vector<std::int16_t> hiss(48'000);
        std::vector<std::int16_t> rumble(48'000);
        double low = 0.0;
        for (std::size_t index = 0; index < hiss.size(); ++index) {
            const double sample = std::clamp(noise(random), -30'000.0, 30'000.0);
            hiss[index] = static_cast<std::int16_t>(sample);
            low += 0.05 * (sample - low);
            rumble[index] = static_cast<std::int16_t>(3.0 * low);
        }
        EXPECT_EQ(hear(hiss), "") << deviation;
        EXPECT_EQ(hear(rumble), "") << deviation;
    }
}

TEST_F(LocalEars, HearsNothingInMusic) {
    // A melody of plucked strings with their overtones, and dialling tones.
    std::vector<std::int16_t> melody(80'000);
    std::vector<std::int16_t> dial(32'000);
    constexpr std::array notes{262.0, 330.0, 392.0, 523.0, 440.0};
    for (std::size_t index = 0; index < melody.size(); ++index) {
        const double t = static_cast<double>(index) / audio::sample_rate_hz;
        const double into = std::fmod(t, 0.5);
        const double note = notes.at(static_cast<std::size_t>(t / 0.5) % notes.size());
        double sum = 0.0;
        for (int overtone = 1; overtone < 8; ++overtone) {
            sum += std::sin(2 * std::numbers::pi * note * overtone * t) *
                   std::exp(-4.0 * into * overtone) / overtone;
        }
        melody[index] = static_cast<std::int16_t>(8'000 * sum);
        if (index < dial.size()) {
            dial[index] =
                static_cast<std::int16_t>(6'000 * (std::sin(2 * std::numbers::pi * 350 * t) +
                                                   std::sin(2 * std::numbers::pi * 440 * t)));
        }
    }
    EXPECT_EQ(hear(melody), "");
    EXPECT_EQ(hear(dial), "");
}

TEST_F(LocalEars, ASecondUtteranceOfTheSameCallerIsHeard) {
    Inline place;
    adapters::PocketsphinxSpeechToText spare(place.loop, place.pool, {.decoders_kept = 0});
    LocalSpeechToText recogniser(place.loop, place.pool, models(), spare);
    HeardListener heard;
    const auto stream = recogniser.open({}, heard);
    std::uint32_t utterance = 0;
    for (const char* text : {"good evening", "a table for five people", "thank you"}) {
        ++utterance;
        for (const audio::Frame& frame : frames_of(say(text).samples)) {
            stream->write(utterance, frame);
            place.loop.run_for(audio::frame_duration);
        }
        stream->finish_utterance(utterance);
    }
    place.drain();
    ASSERT_EQ(heard.finals.size(), 3U);
    EXPECT_EQ(plain(heard.finals[0].text), "good evening");
    EXPECT_EQ(plain(heard.finals[2].text), "thank you");
}

}  // namespace
}  // namespace studio
