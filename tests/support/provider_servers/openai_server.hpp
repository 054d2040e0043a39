#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "support/provider_servers/fault.hpp"

namespace studio::test {

struct OpenaiServerOptions {
    Fault fault = Fault::none;
    std::uint16_t port = 0;
    /// From the request to the first token, and from each token to the next.
    milliseconds token_delay{0};
    milliseconds token_pace{0};
    /// The answer, in the pieces in which it is streamed.
    std::vector<std::string> answer{"Sure", ", a table", " for two.", " What name is it?"};
    /// JSON of `delta` objects that are streamed after the answer, for tool calls.
    std::vector<std::string> deltas;
    /// Sent as it is between any two pieces of an answer: `data: : keepalive` and the like.
    std::string noise;
    /// `false`: the usage and `[DONE]` never come, and the connection stays open.
    bool says_done = true;
    /// The body of status faults, and what stands in their `Retry-After`.
    std::string error_body = R"({"error":{"message":"key sk-secret","code":"mock_error"}})";
    std::string retry_after = "1";
    /// From the request to the first audio.
    milliseconds audio_delay{0};
    /// Where it is not empty: the audio as it is sent, and what the server calls it.
    std::string audio_body;
    std::string audio_type = "audio/pcm";
    /// Seconds that a second of audio takes; 0 is all at once.
    double audio_pace = 0.0;
    /// The length of the synthesis for each byte of text: about how fast people speak.
    milliseconds audio_per_byte{60};
};

struct SeenRequest {
    std::string target;
    std::string authorization;
    std::string body;
};

/// `POST /v1/chat/completions` as server-sent events, strict about its messages (find_chat_fault),
/// and `POST /v1/audio/speech` as 24 kHz PCM, with kept connections. It runs on the thread of its
/// context. Status faults answer with OpenAI's error object, 429 also with Retry-After.
class OpenaiServer {
public:
    explicit OpenaiServer(boost::asio::io_context& context, OpenaiServerOptions options = {});
    OpenaiServer(const OpenaiServer&) = delete;
    OpenaiServer& operator=(const OpenaiServer&) = delete;
    /// Stops listening. What is under way goes on until it ends.
    ~OpenaiServer();

    /// `http://127.0.0.1:port/v1`.
    [[nodiscard]] std::string base_url() const;
    /// May be changed for the requests that come.
    [[nodiscard]] OpenaiServerOptions& options();
    [[nodiscard]] const std::vector<SeenRequest>& requests() const;
    /// Connections accepted so far, and those that are open.
    [[nodiscard]] std::size_t connections_accepted() const;
    [[nodiscard]] std::size_t connections_open() const;

private:
    struct State;

    std::shared_ptr<State> state_;
};

}  // namespace studio::test
