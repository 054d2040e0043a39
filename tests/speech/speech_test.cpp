// The embedded voices speak and the embedded recogniser listens, both with their real libraries.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "adapters/flite/flite_text_to_speech.hpp"
#include "adapters/pocketsphinx/pocketsphinx_speech_to_text.hpp"
#include "audio/opus_codec.hpp"
#include "audio/voice_detector.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/virtual_loop.hpp"
#include "speech/speech_support.hpp"

// The vendor's parser forgets what it has of a grammar at a syntax error: a few kB for each grammar
// that is refused, which LeakSanitizer rightly finds and we cannot free.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libsphinxbase";
}

namespace studio {
namespace {

using adapters::FliteTextToSpeech;
using adapters::PocketsphinxOptions;
using adapters::PocketsphinxSpeechToText;

constexpr const char* sentence = "i would like to book a table for two people tomorrow evening";

Heard listen(const std::vector<audio::Frame>& frames, Json options = {},
             PocketsphinxOptions chosen = {}) {
    Inline place;
    PocketsphinxSpeechToText recogniser(place.loop, place.pool, std::move(chosen));
    place.drain();
    HeardListener heard;
    const auto stream = recogniser.open(options_of(std::move(options)), heard);
    for (const audio::Frame& frame : frames) {
        stream->write(1, frame);
    }
    stream->finish_utterance(1);
    EXPECT_TRUE(heard.finals.empty()) << "never from inside a call";
    place.drain();
    return heard;
}

std::vector<audio::Frame> through_opus(const std::vector<audio::Frame>& frames) {
    audio::OpusEncoder encoder(audio::OpusEncoderOptions{});
    audio::OpusDecoder decoder;
    std::array<std::uint8_t, audio::opus_packet_bytes_max> bytes{};
    std::array<std::int16_t, audio::opus_packet_samples_max> samples{};
    std::vector<audio::Frame> decoded(frames.size());
    for (std::size_t index = 0; index < frames.size(); ++index) {
        EXPECT_TRUE(decoder.decode(encoder.encode(frames[index], bytes), samples));
        std::copy_n(samples.begin(), audio::frame_samples, decoded[index].samples.begin());
    }
    return decoded;
}

TEST(Flite, SpeaksInPiecesWithEachWordInItsPlace) {
    const std::string text = "Hello, this is the restaurant. We have 42 tables.";
    const Spoken spoken = say(text);
    EXPECT_FALSE(spoken.error);
    EXPECT_EQ(spoken.finished, 1);
    EXPECT_GT(spoken.pieces, 3);
    ASSERT_EQ(spoken.words.size(), 9U);
    for (std::size_t index = 0; index < spoken.words.size(); ++index) {
        const std::size_t offset = spoken.words[index].text_offset;
        EXPECT_TRUE(offset == 0 || text[offset - 1] == ' ') << offset;
        EXPECT_LT(spoken.words[index].sample_offset, spoken.samples.size());
        if (index > 0) {
            EXPECT_GT(offset, spoken.words[index - 1].text_offset);
            EXPECT_GT(spoken.words[index].sample_offset, spoken.words[index - 1].sample_offset);
        }
    }
}

TEST(Flite, EveryVoiceSpeaksAndSpeedChangesTheLength) {
    for (const char* voice : {"slt", "rms", "awb", "kal16", "kal"}) {
        const Spoken spoken = say("Good evening.", voice);
        EXPECT_EQ(spoken.finished, 1) << voice;
        EXPECT_GT(spoken.samples.size(), 8'000U) << voice;
        EXPECT_LT(spoken.samples.size(), 32'000U) << voice;
    }
    const auto normal = static_cast<double>(say(sentence).samples.size());
    const auto fast =
        static_cast<double>(say(sentence, "slt", JsonObject{{"speed", 1.5}}).samples.size());
    EXPECT_NEAR(normal / fast, 1.5, 0.15);
}

TEST(Flite, NamesWhatIsWrong) {
    Inline place;
    FliteTextToSpeech flite(place.loop, place.pool);
    SynthesisRequest wrong = request_of("x", "bob", JsonObject{{"speed", 9}, {"pitch", 1}});
    wrong.language = "de";
    const auto errors = flite.validate(wrong);
    ASSERT_EQ(errors.size(), 4U);
    EXPECT_EQ(errors[0].path, "voice");
    EXPECT_NE(errors[0].message.find("slt"), std::string::npos);
    EXPECT_EQ(errors[1].path, "language");
    EXPECT_EQ(errors[2].path, "speed");
    EXPECT_EQ(errors[3].path, "pitch");
    EXPECT_TRUE(flite.validate(request_of("x")).empty());

    SpokenListener spoken;
    const auto synthesis = flite.speak(request_of("x", "bob"), spoken);
    place.drain();
    ASSERT_TRUE(spoken.error);
    EXPECT_EQ(spoken.error->code, ProviderErrorCode::rejected);
}

TEST(Flite, IsSilentOnceCancelled) {
    Inline place;
    FliteTextToSpeech flite(place.loop, place.pool);
    SpokenListener spoken;
    flite.speak(request_of(sentence), spoken).reset();
    place.drain();
    EXPECT_EQ(spoken.events, 0);
}

TEST(Flite, HandlesTextOfAnyKind) {
    for (const char* text : {"", " ", "...", "\xFF\xFE", "\"'`$(rm)", "1234567890123456789"}) {
        const Spoken spoken = say(text);
        EXPECT_EQ(spoken.finished + (spoken.error ? 1 : 0), 1) << text;
    }
    EXPECT_TRUE(say(std::string(5'000, 'a')).error);
}

/// What an agent of a restaurant would give as hints.
Json booking() {
    return JsonObject{{"phrases", JsonArray{"i would like to book a table",
                                            "a table for two people", "tomorrow evening"}}};
}

TEST(Pocketsphinx, UnderstandsMostOfASentenceWithoutAnyHint) {
    const Heard heard = listen(frames_of(say(sentence).samples));
    ASSERT_EQ(heard.finals.size(), 1U);
    EXPECT_TRUE(heard.finals[0].text.starts_with("i would like to ")) << heard.finals[0].text;
    EXPECT_TRUE(heard.finals[0].text.ends_with(" tomorrow evening")) << heard.finals[0].text;
}

TEST(Pocketsphinx, UnderstandsTheSentenceWordForWord) {
    const Heard heard = listen(frames_of(say(sentence).samples), booking());
    EXPECT_FALSE(heard.error);
    ASSERT_EQ(heard.finals.size(), 1U);
    EXPECT_EQ(heard.finals[0].text, sentence);
    EXPECT_EQ(heard.finals[0].utterance, 1U);
    EXPECT_GE(heard.partials.size(), 5U);
    EXPECT_EQ(heard.partials.back().utterance, 1U);
}

TEST(Pocketsphinx, UnderstandsItThroughOpus) {
    const Heard heard = listen(through_opus(frames_of(say(sentence).samples)), booking());
    ASSERT_EQ(heard.finals.size(), 1U);
    EXPECT_EQ(heard.finals[0].text, sentence);
}

TEST(Pocketsphinx, PhrasesHelpWithAVoiceThatIsHarder) {
    const auto frames = frames_of(say(sentence, "awb").samples);
    EXPECT_EQ(listen(frames, booking()).finals.at(0).text, sentence);
    EXPECT_NE(listen(frames).finals.at(0).text, sentence) << "or this test shows nothing";
}

TEST(Pocketsphinx, PhrasesDoNotHideOtherSentences) {
    const Heard heard = listen(frames_of(say("my brother has a red car").samples), booking());
    EXPECT_NE(heard.finals.at(0).text.find("brother"), std::string::npos) << heard.finals[0].text;
}

TEST(Pocketsphinx, AGrammarRestricts) {
    const Json grammar =
        JsonObject{{"grammar", "#JSGF V1.0; grammar g; public <a> = (yes | no | maybe) [please];"}};
    EXPECT_EQ(listen(frames_of(say("yes please").samples), grammar).finals.at(0).text,
              "yes please");
}

TEST(Pocketsphinx, SilenceIsAnEmptyFinal) {
    const Heard heard = listen(frames_of({}));
    ASSERT_EQ(heard.finals.size(), 1U);
    EXPECT_EQ(heard.finals[0].text, "");
}

TEST(Pocketsphinx, ValidatesWithPaths) {
    Inline place;
    const PocketsphinxSpeechToText recogniser(place.loop, place.pool, {.decoders_kept = 0});
    const auto paths = [&](const Json& options) {
        std::string text;
        for (const OptionError& error : recogniser.validate(options_of(options))) {
            text += error.path + ';';
        }
        return text;
    };
    const auto grammar = [&](const std::string& rules) {
        return paths(JsonObject{{"grammar", "#JSGF V1.0; grammar g; " + rules}});
    };
    EXPECT_EQ(paths(nullptr), "");
    EXPECT_EQ(paths(JsonObject{{"phrases", JsonArray{"Book a table!", "at seven p.m.", "at 7."}}}),
              "phrases[2];");
    EXPECT_EQ(paths(JsonObject{{"phrases", JsonArray{"fine", 3, "xyzzyq", "..."}}}),
              "phrases[1];phrases[2];phrases[3];");
    EXPECT_EQ(paths(JsonObject{{"phrases", "a table"}}), "phrases;");
    EXPECT_EQ(paths(JsonObject{{"words", 1}}), "words;");
    EXPECT_EQ(paths(JsonArray{}), ";");
    EXPECT_EQ(grammar("public <a> = yes | no;"), "");
    EXPECT_EQ(grammar("public <a> = yes | qqqzz;"), "grammar;");
    EXPECT_EQ(grammar("<a> = yes;"), "grammar;");
    EXPECT_EQ(grammar("public <a> = yes <a>;"), "grammar;");
    EXPECT_EQ(grammar("public <a> = <b>;"), "grammar;");
    EXPECT_EQ(grammar("import <file.x>; public <a> = yes;"), "grammar;");
    std::string bomb = "public <r0> = <r1> <r1>;";
    for (int rule = 1; rule < 40; ++rule) {
        const std::string next = "<r" + std::to_string(rule + 1) + ">";
        bomb += "<r" + std::to_string(rule) + "> = " + next + ' ' + next + ';';
    }
    EXPECT_EQ(grammar(bomb + "<r40> = yes;"), "grammar;");
    EXPECT_EQ(paths(JsonObject{{"grammar", "rubbish"}}), "grammar;");
    SpeechToTextOptions german;
    german.language = "de";
    EXPECT_EQ(recogniser.validate(german).at(0).path, "language");
}

TEST(Pocketsphinx, AMissingModelIsSaidByName) {
    const Heard heard = listen(frames_of({}), {}, {.acoustic_model = "/nowhere/model"});
    ASSERT_TRUE(heard.error);
    EXPECT_EQ(heard.error->code, ProviderErrorCode::unavailable);
    EXPECT_NE(heard.error->message.find("/nowhere/model"), std::string::npos);
    EXPECT_TRUE(heard.finals.empty());
}

TEST(Pocketsphinx, RefusesMoreStreamsThanDecoders) {
    Inline place;
    PocketsphinxSpeechToText recogniser(place.loop, place.pool,
                                        {.decoders_kept = 0, .decoders_max = 1});
    HeardListener first;
    HeardListener second;
    auto stream = recogniser.open({}, first);
    const auto refused = recogniser.open({}, second);
    place.drain();
    EXPECT_FALSE(first.error);
    ASSERT_TRUE(second.error);
    EXPECT_EQ(second.error->code, ProviderErrorCode::rate_limited);
}

TEST(Pocketsphinx, TwoCallersAtOnceAndOneWhoLeavesInBetween) {
    runtime::AsioLoop loop;
    runtime::BlockingPool pool({.name = "speech", .threads = 2});
    {
        PocketsphinxSpeechToText recogniser(loop, pool, {.decoders_kept = 2});
        const auto frames = frames_of(say(sentence).samples);
        std::array<HeardListener, 3> heard;
        std::array<std::unique_ptr<SpeechStream>, 3> streams;
        int finals = 0;
        for (std::size_t index = 0; index < streams.size(); ++index) {
            heard[index].on_final = [&] {
                if (++finals == 2) {
                    loop.stop();
                }
            };
            streams[index] = recogniser.open(options_of(booking()), heard[index]);
            for (const audio::Frame& frame : frames) {
                streams[index]->write(7, frame);
            }
            streams[index]->finish_utterance(7);
        }
        streams[1].reset();
        loop.run();
        EXPECT_EQ(heard[0].finals.at(0).text, sentence);
        EXPECT_EQ(heard[2].finals.at(0).text, sentence);
        EXPECT_TRUE(heard[1].finals.empty());
        EXPECT_TRUE(heard[1].partials.empty());
        streams = {};
    }
    pool.stop();
}

TEST(VoiceDetectorOnSpeech, FollowsAVoiceInNoise) {
    for (const char* voice : {"slt", "rms", "kal16"}) {
        const auto samples = say(sentence, voice).samples;
        for (const double deviation : {0.0, 30.0, 200.0}) {
            std::mt19937 random(3);
            std::normal_distribution<double> noise(0.0, deviation);
            audio::VoiceDetector detector;
            const auto run = [&](std::size_t frames, std::size_t from) {
                std::size_t active = 0;
                for (std::size_t number = 0; number < frames; ++number) {
                    audio::Frame frame;
                    for (std::size_t index = 0; index < audio::frame_samples; ++index) {
                        const std::size_t at = from + number * audio::frame_samples + index;
                        const double clean = at < samples.size() ? samples[at] : 0.0;
                        frame.samples[index] = static_cast<std::int16_t>(
                            std::clamp(clean + noise(random), -32'768.0, 32'767.0));
                    }
                    active += detector.process(frame) > 0.5F ? 1U : 0U;
                }
                return active;
            };
            EXPECT_EQ(run(100, samples.size()), 0U) << voice << ' ' << deviation;
            const std::size_t frames = samples.size() / audio::frame_samples;
            EXPECT_GE(run(frames, 0), frames * 7 / 10) << voice << ' ' << deviation;
            EXPECT_LE(run(100, samples.size()), 10U) << voice << ' ' << deviation;
        }
    }
}

}  // namespace
}  // namespace studio
