#include <gtest/gtest.h>

#include <map>
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

class Listener final : public SpeechListener {
public:
    void on_speech(const SpeechEvent& event) override {
        EXPECT_FALSE(is_inside) << "never from inside a call to the stream";
        EXPECT_FALSE(failed) << "an event after the last one";
        if (const auto* partial = std::get_if<PartialTranscript>(&event)) {
            partials[partial->utterance] = partial->text;
        } else if (const auto* whole = std::get_if<FinalTranscript>(&event)) {
            EXPECT_TRUE(finals.emplace(whole->utterance, whole->text).second) << "exactly one";
        } else {
            failed = std::get<SpeechFailed>(event).error;
        }
    }

    std::map<std::uint32_t, std::string> partials;
    std::map<std::uint32_t, std::string> finals;
    std::optional<ProviderError> failed;
    bool is_inside = false;
};

class DeepgramTest : public testing::TestWithParam<struct FaultCase> {
protected:
    void start_server(test::DeepgramServerOptions server_options = {}) {
        server.emplace(harness.loop().context(), server_options);
        options.base_url = server->base_url();
        options.api_key = Secret<std::string>("key");
        options.connect_timeout = milliseconds(300);
        options.finalize_timeout = milliseconds(100);
    }
    void open(SpeechToTextOptions agent = {}) {
        provider.emplace(harness.loop(), sockets, options);
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
    Listener listener;
    std::unique_ptr<SpeechStream> stream;
};

const std::string transcript = test::DeepgramServerOptions{}.transcript;

TEST_F(DeepgramTest, TranscribesUtterancesOnOneConnection) {
    start_server();
    SpeechToTextOptions agent;
    agent.language = "de";
    agent.options = *parse_json(R"({"keyterm":["Müller & Co"],"numerals":true})");
    open(agent);
    // Before the connection is there: nothing may be lost.
    write(1, 50);
    finish(1);
    bool has_second = false;
    harness.run_until([&] {
        if (listener.finals.contains(1) && !std::exchange(has_second, true)) {
            write(2, 20, 0);
            finish(2);
        }
        return listener.finals.size() == 2;
    });
    EXPECT_EQ(listener.finals[1], transcript);
    EXPECT_EQ(listener.finals[2], "") << "silence is an empty transcript";
    EXPECT_FALSE(listener.partials[1].empty());
    EXPECT_FALSE(listener.failed);
    EXPECT_EQ(server->seen().audio_bytes, 70U * 640U);
    EXPECT_LE(server->seen().audio_messages, 20U) << "audio goes in batches";
    EXPECT_EQ(server->seen().finalizes, 2U);
    EXPECT_EQ(server->seen().authorization, "Token key");
    const std::string& target = server->seen().target;
    for (const char* part : {"/v1/listen?model=nova-3", "language=de", "encoding=linear16",
                             "sample_rate=16000", "interim_results=true", "punctuate=true",
                             "keyterm=M%C3%BCller%20%26%20Co", "numerals=true"}) {
        EXPECT_NE(target.find(part), std::string::npos) << part << " in " << target;
    }
}

TEST_F(DeepgramTest, KeepsASilentStreamAlive) {
    start_server();
    options.keep_alive_interval = milliseconds(100);
    open();
    harness.run_until([&] { return server->seen().keep_alives >= 2; });
    EXPECT_FALSE(listener.failed);
}

TEST_F(DeepgramTest, SaysGoodbyeWhenTheStreamIsDropped) {
    start_server();
    open();
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

TEST_F(DeepgramTest, MayBeDroppedWhileItConnects) {
    start_server();
    open();
    write(1, 10);
    finish(1);
    stream.reset();
    provider.reset();
    int looks = 0;
    harness.run_until([&] { return ++looks > 50; });
    EXPECT_TRUE(listener.finals.empty());
    EXPECT_FALSE(listener.failed);
    EXPECT_EQ(server->connections_open(), 0U);
}

TEST_F(DeepgramTest, UsesWhatIsThereWhenFinalizeHasNoAnswer) {
    start_server({.fault = Fault::never_final});
    open();
    write(1, 60);
    finish(1);
    harness.run_until([&] { return !listener.finals.empty(); });
    EXPECT_FALSE(listener.finals[1].empty()) << "what was understood is not lost";
    EXPECT_EQ(listener.finals[1], listener.partials[1]);
    EXPECT_FALSE(listener.failed);
}

TEST_F(DeepgramTest, ADeafServerEndsTheStream) {
    start_server({.fault = Fault::deaf});
    open();
    write(1, 60);
    finish(1);
    harness.run_until([&] { return listener.failed.has_value(); });
    EXPECT_EQ(listener.failed->code, ProviderErrorCode::timed_out);
    EXPECT_TRUE(listener.finals.empty());
}

TEST_F(DeepgramTest, ASoundThatAServerSaysNothingOfIsAnEmptyTranscript) {
    start_server({.fault = Fault::deaf});
    open();
    write(1, 30);
    finish(1);
    harness.run_until([&] { return !listener.finals.empty(); });
    EXPECT_EQ(listener.finals[1], "");
    EXPECT_FALSE(listener.failed);
}

TEST_F(DeepgramTest, TakesALongUtteranceThatIsSentAgainAtOnce) {
    start_server();
    open();
    // 20 s, before there is a connection.
    write(1, 1'000);
    finish(1);
    harness.run_until([&] { return !listener.finals.empty() || listener.failed; });
    EXPECT_FALSE(listener.failed);
    EXPECT_EQ(listener.finals[1], transcript);
    EXPECT_EQ(server->seen().audio_bytes, 1'000U * 640U);
}

TEST_F(DeepgramTest, AnotherStreamTranscribesWhatACutLeft) {
    start_server({.fault = Fault::cut});
    open();
    write(1, 60);
    std::vector<Fault> next{Fault::status_503, Fault::status_503, Fault::none};
    harness.run_until([&] {
        if (listener.failed && !next.empty()) {
            EXPECT_TRUE(is_transient(listener.failed->code));
            listener.failed.reset();
            server->set_fault(next.front());
            next.erase(next.begin());
            stream = provider->open({}, listener);
            write(1, 60);
            finish(1);
        }
        return !listener.finals.empty();
    });
    EXPECT_EQ(listener.finals[1], transcript);
    EXPECT_FALSE(listener.failed);
    EXPECT_EQ(server->seen().connections, 4U);
}

TEST_F(DeepgramTest, BoundsTheAudioThatWaits) {
    start_server({.fault = Fault::silent});
    options.queue_frames_max = 20;
    open();
    write(1, 25);
    harness.run_until([&] { return listener.failed.has_value(); });
    EXPECT_EQ(listener.failed->code, ProviderErrorCode::timed_out);
}

TEST_F(DeepgramTest, SaysWhenNobodyIsThere) {
    start_server();
    options.base_url = "ws://127.0.0.1:1";
    open();
    harness.run_until([&] { return listener.failed.has_value(); });
    EXPECT_EQ(listener.failed->code, ProviderErrorCode::unavailable);
}

TEST_F(DeepgramTest, RefusesAServerWithoutTls) {
    start_server();
    options.base_url = "wss" + options.base_url.substr(2);
    open();
    harness.run_until([&] { return listener.failed.has_value(); });
    EXPECT_TRUE(server->seen().authorization.empty()) << "the key must not leave unencrypted";
}

struct FaultCase {
    const char* name;
    Fault fault;
    ProviderErrorCode code;
};

class DeepgramFaults : public DeepgramTest {};

TEST_P(DeepgramFaults, EndTheStreamOnce) {
    start_server({.fault = GetParam().fault});
    open();
    write(1, 30);
    finish(1);
    harness.run_until([&] { return listener.failed.has_value(); });
    ASSERT_TRUE(listener.failed);
    EXPECT_EQ(name_of(listener.failed->code), std::string(name_of(GetParam().code)))
        << listener.failed->message;
    // Afterwards it takes calls and does nothing.
    write(2, 30);
    finish(2);
}

INSTANTIATE_TEST_SUITE_P(
    All, DeepgramFaults,
    testing::Values(FaultCase{"silent", Fault::silent, ProviderErrorCode::timed_out},
                    FaultCase{"cut", Fault::cut, ProviderErrorCode::unavailable},
                    FaultCase{"status_400", Fault::status_400, ProviderErrorCode::rejected},
                    FaultCase{"status_401", Fault::status_401, ProviderErrorCode::unauthorized},
                    FaultCase{"status_429", Fault::status_429, ProviderErrorCode::rate_limited},
                    FaultCase{"status_500", Fault::status_500, ProviderErrorCode::unavailable},
                    FaultCase{"status_503", Fault::status_503, ProviderErrorCode::unavailable},
                    FaultCase{"rubbish_body", Fault::rubbish_body, ProviderErrorCode::malformed},
                    FaultCase{"rubbish_json", Fault::rubbish_json, ProviderErrorCode::malformed},
                    FaultCase{"huge", Fault::huge, ProviderErrorCode::malformed},
                    FaultCase{"error_message", Fault::error_message,
                              ProviderErrorCode::unavailable},
                    FaultCase{"closes_1008", Fault::closes_1008, ProviderErrorCode::rejected},
                    FaultCase{"closes_1011", Fault::closes_1011, ProviderErrorCode::unavailable}),
    [](const testing::TestParamInfo<FaultCase>& test) { return std::string(test.param.name); });

TEST_F(DeepgramTest, RefusesWrongOptionsByPath) {
    const DeepgramSpeechToText speech(harness.loop(), sockets, options);
    SpeechToTextOptions agent;
    agent.options =
        *parse_json(R"({"punctuate":1,"endpointing":5,"keyterm":"x","callback":"http://x"})");
    EXPECT_EQ(speech.validate(agent).size(), 4U);
    agent.options = *parse_json(R"({"punctuate":false,"endpointing":300,"keyterm":["x"]})");
    EXPECT_TRUE(speech.validate(agent).empty());
}

}  // namespace
}  // namespace studio::adapters
