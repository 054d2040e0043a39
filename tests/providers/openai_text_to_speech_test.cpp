#include "adapters/openai/openai_text_to_speech.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numbers>
#include <optional>

#include "adapters/curl/curl_http_stream.hpp"
#include "audio/wav.hpp"
#include "providers/provider_loop.hpp"
#include "support/provider_servers/openai_server.hpp"

namespace studio::adapters {
namespace {

using test::Fault;

class Listener final : public SynthesisListener {
public:
    void on_synthesis(const SynthesisEvent& event) override {
        EXPECT_FALSE(is_over()) << "an event after the last one";
        if (const auto* audio = std::get_if<SynthesisAudio>(&event)) {
            samples.insert(samples.end(), audio->samples.begin(), audio->samples.end());
        } else if (std::holds_alternative<SynthesisFinished>(event)) {
            is_finished = true;
        } else if (const auto* failure = std::get_if<SynthesisFailed>(&event)) {
            failed = failure->error;
        }
        if (drops_synthesis) {
            synthesis.reset();
        }
    }
    /// Forgets what came, for the next synthesis.
    void reset() {
        synthesis.reset();
        samples.clear();
        is_finished = false;
        failed.reset();
    }
    [[nodiscard]] bool is_over() const { return is_finished || failed; }

    std::vector<std::int16_t> samples;
    bool is_finished = false;
    std::optional<ProviderError> failed;
    bool drops_synthesis = false;
    std::unique_ptr<Synthesis> synthesis;
};

class OpenaiTextToSpeechTest : public testing::Test {
protected:
    OpenaiOptions options() {
        OpenaiOptions options;
        options.base_url = server.base_url();
        options.idle_timeout = milliseconds(150);
        return options;
    }
    void speak(OpenaiTextToSpeech& voice, std::string text) {
        SynthesisRequest request;
        request.text = std::move(text);
        request.timeout = milliseconds(150);
        listener.synthesis = voice.speak(std::move(request), listener);
        EXPECT_FALSE(listener.is_over()) << "never from inside speak";
    }

    /// One synthesis after the other, each prepared and looked at.
    void speak_each(std::size_t count, const std::function<void(std::size_t)>& prepare,
                    const std::function<void(std::size_t)>& check) {
        OpenaiTextToSpeech voice(http, options());
        std::size_t index = 0;
        prepare(index);
        speak(voice, "Good evening, sir.");
        harness.run_until([&] {
            if (!listener.is_over()) {
                return false;
            }
            check(index);
            listener.reset();
            if (++index < count) {
                prepare(index);
                speak(voice, "Good evening, sir.");
            }
            return index == count;
        });
        EXPECT_EQ(index, count);
    }

    test::ProviderLoop harness;
    test::OpenaiServer server{harness.loop().context()};
    CurlHttpStreamClient http{harness.loop()};
    Listener listener;
};

TEST_F(OpenaiTextToSpeechTest, StreamsAudioAtSixteenKilohertz) {
    OpenaiTextToSpeech voice(http, options());
    speak(voice, "Good evening, sir.");
    harness.run_until([&] { return listener.is_over(); });
    ASSERT_TRUE(listener.is_finished);
    // 18 bytes at 60 ms each, but for the resampler's delay.
    EXPECT_NEAR(static_cast<double>(listener.samples.size()), 18 * 60 * 16.0, 100.0);
    const auto loudest = *std::max_element(listener.samples.begin(), listener.samples.end());
    EXPECT_NEAR(loudest, 8'000, 400) << "the tone keeps its level";
    // 220 Hz crosses zero upwards 220 times a second.
    int crossings = 0;
    for (std::size_t index = 1; index < listener.samples.size(); ++index) {
        crossings += listener.samples[index - 1] < 0 && listener.samples[index] >= 0 ? 1 : 0;
    }
    EXPECT_NEAR(crossings, 238, 6);
    const Json body = *parse_json(server.requests().at(0).body);
    EXPECT_EQ(member_text(body, "response_format"), "pcm");
    EXPECT_EQ(member_text(body, "input"), "Good evening, sir.");
    EXPECT_EQ(server.requests().at(0).authorization, "") << "no key, no header";
}

TEST_F(OpenaiTextToSpeechTest, GivesAudioBeforeAllHasCome) {
    server.options().audio_pace = 0.05;
    OpenaiTextToSpeech voice(http, options());
    speak(voice, "A long sentence that takes a while to say.");
    std::size_t first = 0;
    harness.run_until([&] {
        first = first == 0 ? listener.samples.size() : first;
        return listener.is_over();
    });
    EXPECT_GT(first, 0U);
    EXPECT_LT(first, listener.samples.size() / 2);
}

TEST_F(OpenaiTextToSpeechTest, CancelsWhenItIsDropped) {
    server.options().audio_pace = 0.1;
    OpenaiTextToSpeech voice(http, options());
    listener.drops_synthesis = true;
    speak(voice, "A long sentence that takes a while to say.");
    harness.run_until([&] { return !listener.samples.empty() && server.connections_open() == 0; });
    EXPECT_FALSE(listener.is_over());
}

std::string as_text(const Bytes& bytes) {
    return {bytes.begin(), bytes.end()};
}

/// A second of 220 Hz.
audio::Recording tone(int rate_hz, int channels) {
    audio::Recording recording{.rate_hz = rate_hz, .channels = channels, .samples = {}};
    for (int index = 0; index < rate_hz * channels; ++index) {
        const double time = static_cast<double>(index / channels) / rate_hz;
        recording.samples.push_back(
            static_cast<std::int16_t>(8'000 * std::sin(2.0 * std::numbers::pi * 220.0 * time)));
    }
    return recording;
}

TEST_F(OpenaiTextToSpeechTest, PlaysWavOfAnyRateWithoutItsHeader) {
    const std::vector<int> rates{8'000, 22'050, 24'000, 44'100};
    speak_each(
        rates.size() * 2,
        [&](std::size_t index) {
            const int channels = index % 2 == 0 ? 1 : 2;
            server.options().audio_body =
                as_text(audio::serialize_wav(tone(rates[index / 2], channels)));
        },
        [&](std::size_t index) {
            ASSERT_TRUE(listener.is_finished) << rates[index / 2] << " Hz, case " << index;
            EXPECT_NEAR(static_cast<double>(listener.samples.size()), 16'000.0, 100.0);
            EXPECT_NEAR(*std::max_element(listener.samples.begin(), listener.samples.end()), 8'000,
                        400);
            EXPECT_NEAR(listener.samples.front(), 0, 200) << "the header would be a click";
        });
}

TEST_F(OpenaiTextToSpeechTest, BelievesTheContentType) {
    const std::string wav = as_text(audio::serialize_wav(tone(22'050, 2)));
    server.options().audio_body = wav.substr(44);
    server.options().audio_type = "audio/L16; Rate=22050;channels=2";
    OpenaiTextToSpeech voice(http, options());
    speak(voice, "Good evening, sir.");
    harness.run_until([&] { return listener.is_over(); });
    ASSERT_TRUE(listener.is_finished);
    EXPECT_NEAR(static_cast<double>(listener.samples.size()), 16'000.0, 100.0);
}

TEST_F(OpenaiTextToSpeechTest, RefusesOtherFormatsByName) {
    const std::string mp3_frame = "\xFF\xFB\x90\x64" + std::string(413, 'x');
    const struct {
        std::string body;
        const char* type;
        const char* name;
    } cases[] = {{mp3_frame + mp3_frame, "audio/mpeg", "MP3"},
                 {"ID3\4" + std::string(500, 'x'), "audio/pcm", "MP3"},
                 {"OggS" + std::string(500, 'x'), "audio/ogg", "Ogg"},
                 {"fLaC" + std::string(500, 'x'), "audio/flac", "FLAC"},
                 {R"({"error":"no such voice, and no status either"})", "audio/pcm", "JSON"},
                 {R"({"error":"no such voice"})", "application/json", "application/json"},
                 {"<html><body>Welcome to our site</body></html>", "text/html", "text/html"},
                 {std::string(999, '\1'), "audio/pcm", "16-bit"}};
    speak_each(
        std::size(cases),
        [&](std::size_t index) {
            server.options().audio_body = cases[index].body;
            server.options().audio_type = cases[index].type;
        },
        [&](std::size_t index) {
            ASSERT_TRUE(listener.failed) << cases[index].name;
            EXPECT_EQ(listener.failed->code, ProviderErrorCode::malformed) << cases[index].name;
            EXPECT_NE(listener.failed->message.find(cases[index].name), std::string::npos)
                << listener.failed->message;
        });
}

struct FaultCase {
    const char* name;
    Fault fault;
    ProviderErrorCode code;
    bool has_audio;
};

class OpenaiTextToSpeechFaults : public OpenaiTextToSpeechTest,
                                 public testing::WithParamInterface<FaultCase> {};

TEST_P(OpenaiTextToSpeechFaults, EndWithOneFailureAndKeepWhatCame) {
    server.options().fault = GetParam().fault;
    OpenaiTextToSpeech voice(http, options());
    speak(voice, "Good evening, sir.");
    harness.run_until([&] { return listener.is_over(); });
    ASSERT_TRUE(listener.failed);
    EXPECT_EQ(name_of(listener.failed->code), std::string(name_of(GetParam().code)));
    EXPECT_EQ(!listener.samples.empty(), GetParam().has_audio);
}

INSTANTIATE_TEST_SUITE_P(
    All, OpenaiTextToSpeechFaults,
    testing::Values(
        FaultCase{"silent", Fault::silent, ProviderErrorCode::timed_out, false},
        FaultCase{"stalls", Fault::stalls, ProviderErrorCode::timed_out, true},
        FaultCase{"cut", Fault::cut, ProviderErrorCode::unavailable, true},
        FaultCase{"status_400", Fault::status_400, ProviderErrorCode::rejected, false},
        FaultCase{"status_401", Fault::status_401, ProviderErrorCode::unauthorized, false},
        FaultCase{"status_429", Fault::status_429, ProviderErrorCode::rate_limited, false},
        FaultCase{"status_500", Fault::status_500, ProviderErrorCode::unavailable, false},
        FaultCase{"rubbish_body", Fault::rubbish_body, ProviderErrorCode::malformed, false}),
    [](const testing::TestParamInfo<FaultCase>& test) { return std::string(test.param.name); });

TEST_F(OpenaiTextToSpeechTest, RefusesWrongOptionsByPath) {
    const OpenaiTextToSpeech voice(http, options());
    SynthesisRequest request;
    request.options = *parse_json(R"({"speed":5,"instructions":1,"other":true})");
    EXPECT_EQ(voice.validate(request).size(), 3U);
    request.options = *parse_json(R"({"speed":1.5,"instructions":"calm","sample_rate_hz":16000})");
    EXPECT_TRUE(voice.validate(request).empty());
}

}  // namespace
}  // namespace studio::adapters
