#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "support/provider_servers/fault.hpp"

namespace studio::test {

struct DeepgramServerOptions {
    Fault fault = Fault::none;
    std::uint16_t port = 0;
    /// From Finalize to its answer.
    milliseconds final_delay{0};
    /// An interim result for so much audio that has come since the last one.
    milliseconds interim_every{400};
    /// What each utterance with enough sound in it is said to be.
    std::string transcript = "I would like to book a table for two people.";
};

/// What a test may want to know of the connections so far.
struct DeepgramSeen {
    std::string target;
    std::string authorization;
    std::size_t audio_bytes = 0;
    std::size_t audio_messages = 0;
    /// Of `/v2/listen`: messages without any sound.
    std::size_t silent_messages = 0;
    std::size_t keep_alives = 0;
    std::size_t finalizes = 0;
    bool has_close_stream = false;
    /// Connections that were tried.
    std::size_t connections = 0;
};

/// `GET /v1/listen` as a WebSocket: 16 kHz linear16 in, Results out. It knows speech only by its
/// loudness: an utterance with 200 ms above -50 dBFS has the fixed transcript, another an empty
/// one. `GET /v2/listen` judges turns: the end after 320 ms of silence, with
/// `eager_eot_threshold=` in the query an early one after 160 ms. With `endpointing=` in the query
/// a pause ends an utterance, as Finalize does. It runs on the thread of its context.
class DeepgramServer {
public:
    explicit DeepgramServer(boost::asio::io_context& context, DeepgramServerOptions options = {});
    DeepgramServer(const DeepgramServer&) = delete;
    DeepgramServer& operator=(const DeepgramServer&) = delete;
    ~DeepgramServer();

    /// `ws://127.0.0.1:port`.
    [[nodiscard]] std::string base_url() const;
    /// From now on, for open connections with their next message too.
    void set_fault(Fault fault);
    [[nodiscard]] const DeepgramSeen& seen() const;
    [[nodiscard]] std::size_t connections_open() const;

private:
    struct State;

    std::shared_ptr<State> state_;
};

}  // namespace studio::test
