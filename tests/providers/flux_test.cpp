#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/deepgram/deepgram_speech_to_text.hpp"
#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "providers/provider_loop.hpp"
#include "support/provider_servers/deepgram_server.hpp"

namespace studio::adapters {
namespace {

using test::Fault;

/// Writes down what comes, by the first letter of its kind: j s p m r d f, and x for a failure.
class TurnListener final : public SpeechListener {
public:
    void on_speech(const SpeechEvent& event) override {
        EXPECT_FALSE(is_inside) << "never from inside a call to the stream";
        EXPECT_FALSE(failed) << "an event after the last one";
        // In the order of SpeechEvent.
        const char kind = "pfxjsmrd"[event.index()];
        if (kinds.empty() || kind != 'p' || kinds.back() != 'p') {
            kinds += kind;
        }
        if (const auto* done = std::get_if<SpeakerDone>(&event)) {
            done_utterances.push_back(done->utterance);
            text = done->text;
        } else if (const auto* whole = std::get_if<FinalTranscript>(&event)) {
            final_utterances.push_back(whole->utterance);
            text = whole->text;
        } else if (const auto* may_be = std::get_if<SpeakerMayBeDone>(&event)) {
            early_text = may_be->text;
        } else if (const auto* failure = std::get_if<SpeechFailed>(&event)) {
            failed = failure->error;
        }
    }

    std::string kinds;
    std::string text;
    std::string early_text;
    std::vector<std::uint32_t> done_utterances;
    std::vector<std::uint32_t> final_utterances;
    std::optional<ProviderError> failed;
    bool is_inside = false;
};

class FluxTest : public testing::Test {
protected:
    void start(Fault fault = Fault::none, const char* agent_options = "{}") {
        server.emplace(harness.loop().context(), test::DeepgramServerOptions{.fault = fault});
        options.base_url = server->base_url();
        options.api_key = Secret<std::string>("key");
        options.connect_timeout = milliseconds(300);
        options.finalize_timeout = milliseconds(400);
        provider.emplace(harness.loop(), sockets, options);
        SpeechToTextOptions agent;
        agent.model = "flux-general-en";
        agent.options = *parse_json(agent_options);
        EXPECT_TRUE(provider->validate(agent).empty());
        stream = provider->open(agent, listener);
    }
    /// So many frames of a square wave, or of silence.
    void write(std::uint32_t utterance, int frames, std::int16_t level = 3'000) {
        listener.is_inside = true;
        audio::Frame frame;
        for (std::size_t index = 0; index < frame.samples.size(); ++index) {
            frame.samples[index] = index % 32 < 16 ? level : static_cast<std::int16_t>(-level);
        }
        for (int count = 0; count < frames; ++count) {
            stream->write(utterance, frame);
        }
        listener.is_inside = false;
    }
    void finish(std::uint32_t utterance) {
        listener.is_inside = true;
        stream->finish_utterance(utterance);
        listener.is_inside = false;
    }

    test::ProviderLoop harness;
    std::optional<test::DeepgramServer> server;
    DeepgramOptions options;
    BeastWebSocketClient sockets{harness.loop()};
    std::optional<DeepgramSpeechToText> provider;
    TurnListener listener;
    std::unique_ptr<SpeechStream> stream;
};

TEST_F(FluxTest, TheServerEndsTheTurnInTheSilenceThatTheSessionWrites) {
    start(Fault::none, R"({"keyterm":["Verde"],"eot_threshold":0.8,"eot_timeout_ms":4000})");
    write(1, 50);
    write(1, 20, 0);
    harness.run_until([&] { return !listener.done_utterances.empty(); });
    EXPECT_EQ(listener.kinds, "jspd");
    EXPECT_FALSE(listener.text.empty());
    finish(1);
    int looks = 0;
    harness.run_until([&] { return ++looks > 50; });
    EXPECT_EQ(listener.kinds, "jspd") << "no further transcript comes of it";
    EXPECT_EQ(server->seen().authorization, "Token key");
    const std::string& target = server->seen().target;
    for (const char* part :
         {"/v2/listen?model=flux-general-en", "encoding=linear16", "sample_rate=16000",
          "keyterm=Verde", "eot_threshold=0.8", "eot_timeout_ms=4000"}) {
        EXPECT_NE(target.find(part), std::string::npos) << part << " in " << target;
    }
    EXPECT_EQ(target.find("language"), std::string::npos);
    EXPECT_EQ(target.find("eager"), std::string::npos);
}

TEST_F(FluxTest, TellsEarlyEndsAndThatTheSpeakerGoesOn) {
    start(Fault::none, R"({"eager_eot_threshold":0.4})");
    write(1, 50);
    write(1, 12, 0);
    harness.run_until([&] { return listener.kinds.ends_with('m'); });
    EXPECT_FALSE(listener.early_text.empty());
    write(1, 20);
    write(1, 20, 0);
    harness.run_until([&] { return !listener.done_utterances.empty(); });
    // Transcripts come as they please.
    std::erase(listener.kinds, 'p');
    EXPECT_EQ(listener.kinds, "jsmrmd");
}

TEST_F(FluxTest, HearsSilenceWhereTheSessionWritesNothing) {
    start();
    write(1, 50);
    finish(1);
    // The end is found in silence that only the stream can send.
    harness.run_until([&] { return listener.text.size() > 0; });
    EXPECT_EQ(listener.done_utterances.size() + listener.final_utterances.size(), 1U);
    harness.run_until([&] { return server->seen().silent_messages >= 4; });
    write(2, 50);
    write(2, 20, 0);
    harness.run_until(
        [&] { return !listener.done_utterances.empty() && listener.done_utterances.back() == 2U; });
    EXPECT_FALSE(listener.failed);
}

TEST_F(FluxTest, WithoutItsWordTheTranscriptIsWhatThereIs) {
    start(Fault::never_final);
    write(1, 50);
    finish(1);
    harness.run_until([&] { return !listener.final_utterances.empty(); });
    EXPECT_EQ(listener.kinds, "jf");
    EXPECT_FALSE(listener.failed);
}

TEST_F(FluxTest, SaysGoodbyeWhenTheStreamIsDropped) {
    start();
    write(1, 10);
    harness.run_until([&] {
        if (server->seen().audio_messages > 0) {
            stream.reset();
        }
        return stream == nullptr && server->connections_open() == 0;
    });
    EXPECT_TRUE(server->seen().has_close_stream);
    EXPECT_FALSE(listener.failed);
}

TEST_F(FluxTest, BoundsTheAudioThatWaits) {
    options.queue_frames_max = 20;
    start(Fault::silent);
    write(1, 25);
    harness.run_until([&] { return listener.failed.has_value(); });
    EXPECT_EQ(listener.failed->code, ProviderErrorCode::timed_out);
}

struct FluxFault {
    const char* name;
    Fault fault;
    ProviderErrorCode code;
};

class FluxFaults : public FluxTest, public testing::WithParamInterface<FluxFault> {};

TEST_P(FluxFaults, EndTheStreamOnce) {
    start(GetParam().fault);
    write(1, 30);
    finish(1);
    harness.run_until([&] { return listener.failed.has_value(); });
    EXPECT_EQ(name_of(listener.failed->code), std::string(name_of(GetParam().code)))
        << listener.failed->message;
    write(2, 30);
    finish(2);
}

INSTANTIATE_TEST_SUITE_P(
    All, FluxFaults,
    testing::Values(FluxFault{"cut", Fault::cut, ProviderErrorCode::unavailable},
                    FluxFault{"status_401", Fault::status_401, ProviderErrorCode::unauthorized},
                    FluxFault{"status_429", Fault::status_429, ProviderErrorCode::rate_limited},
                    FluxFault{"rubbish_json", Fault::rubbish_json, ProviderErrorCode::malformed},
                    FluxFault{"error_message", Fault::error_message,
                              ProviderErrorCode::unavailable},
                    FluxFault{"closes_1008", Fault::closes_1008, ProviderErrorCode::rejected},
                    FluxFault{"closes_1011", Fault::closes_1011, ProviderErrorCode::unavailable}),
    [](const testing::TestParamInfo<FluxFault>& test) { return std::string(test.param.name); });

TEST_F(FluxTest, RefusesWrongOptionsByPath) {
    const DeepgramSpeechToText speech(harness.loop(), sockets, options);
    SpeechToTextOptions agent;
    agent.model = "flux-general-multi";
    agent.options = *parse_json(
        R"({"punctuate":true,"eot_threshold":0.95,"eager_eot_threshold":"x","eot_timeout_ms":1.5,
            "numerals":1,"keyterm":[""]})");
    EXPECT_EQ(speech.validate(agent).size(), 5U);
    agent.options = *parse_json(R"({"eot_threshold":0.7,"eager_eot_threshold":0.5})");
    EXPECT_TRUE(speech.validate(agent).empty());
}

}  // namespace
}  // namespace studio::adapters
