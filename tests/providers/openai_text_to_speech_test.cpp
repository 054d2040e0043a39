#include "adapters/openai/openai_text_to_speech.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "adapters/curl/curl_http_stream.hpp"
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
