#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/sensitive.hpp"
#include "base/time.hpp"
#include "ports/speech_to_text.hpp"
#include "ports/web_socket.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::adapters {

struct DeepgramOptions {
    /// `wss://host[:port]`, or `ws://` for a server of one's own.
    std::string base_url = "wss://api.deepgram.com";
    Secret<std::string> api_key;
    /// Where the agent names none.
    std::string model = "nova-3";
    /// Name resolution, TCP, TLS and the WebSocket's handshake together.
    milliseconds connect_timeout{5'000};
    /// How long after Finalize its answer may take; then what is there is the transcript.
    milliseconds finalize_timeout{1'500};
    /// Without audio for so long, KeepAlive is sent: Deepgram closes a silent stream after 10 s.
    milliseconds keep_alive_interval{4'000};
    /// Audio is sent in messages of so many frames: 60 ms is one system call for three frames and
    /// delays only partial transcripts, for the end of an utterance is sent at once.
    std::size_t batch_frames = 3;
    /// Audio that may wait for the connection; more ends the stream. 30 s: connecting, and what a
    /// session sends again after a cut.
    std::size_t queue_frames_max = 1'500;
    /// One message of the server.
    std::size_t message_bytes_max = 256U * 1024U;
};

/// Deepgram's streaming recogniser (Deepgram documentation, "Live audio"): one WebSocket for a
/// call, audio as binary messages, Finalize at the end of each utterance. Loop thread only.
///
/// A stream ends with `timed_out` also where the server is connected and has not sent one result of
/// an utterance within `finalize_timeout`. What another stream may mend (is_transient): cuts,
/// closes with 1000, 1001, 1006, 1011 (no audio or KeepAlive in time), 1012 to 1014, statuses 408,
/// 425, 429 and from 500. What it cannot: 401 and 403 (key), 402 (credit), other statuses from 400,
/// closes with 1003, 1007, 1008 (not decodable) and 1009.
///
/// `stt.options`: `punctuate`, `smart_format`, `numerals` (true or false), `keyterm` (list of at
/// most 50 texts of at most 64 bytes), `endpointing` (10..5000 milliseconds).
///
/// Models whose names begin with `flux-` judge turns themselves (Deepgram documentation, "Flux"):
/// the stream is another one, which hears silence between utterances, since there is no Finalize.
/// Their options: `eot_threshold` (0.5..0.9), `eager_eot_threshold` (0.3..0.9; without it no
/// SpeakerMayBeDone comes), `eot_timeout_ms` (500..10000), `keyterm`, `numerals`.
class DeepgramSpeechToText final : public SpeechToText {
public:
    /// Loop and sockets outlive the recogniser.
    DeepgramSpeechToText(runtime::AsioLoop& loop, WebSocketClient& sockets,
                         DeepgramOptions options);
    ~DeepgramSpeechToText() override;

    [[nodiscard]] std::vector<OptionError> validate(
        const SpeechToTextOptions& options) const override;
    [[nodiscard]] std::unique_ptr<SpeechStream> open(const SpeechToTextOptions& options,
                                                     SpeechListener& listener) override;

private:
    template <class Stream>
    [[nodiscard]] std::unique_ptr<SpeechStream> open_stream(WebSocketRequest request,
                                                            SpeechListener& listener);
    [[nodiscard]] const std::string& model_of(const SpeechToTextOptions& options) const;

    runtime::AsioLoop& loop_;
    WebSocketClient& sockets_;
    DeepgramOptions options_;
};

}  // namespace studio::adapters
