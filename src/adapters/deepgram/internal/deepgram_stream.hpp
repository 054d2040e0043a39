#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "adapters/deepgram/deepgram_speech_to_text.hpp"
#include "base/live_count.hpp"
#include "ports/web_socket.hpp"
#include "protocol/deepgram/transcript_assembler.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// The stream of one call. Audio gathers in one buffer, from which each write takes all that is
/// due; the places where Finalize goes between the audio are kept as offsets. Both buffers keep
/// their capacity, so a frame costs a copy and no allocation.
///
///     connecting ──on_open──▶ streaming ──refused, cut, error, queue full──▶ failed
class DeepgramStream final : public WebSocketListener,
                             public std::enable_shared_from_this<DeepgramStream>,
                             private LiveCount<DeepgramStream> {
public:
    using LiveCount<DeepgramStream>::live;

    DeepgramStream(runtime::AsioLoop& loop, const DeepgramOptions& options,
                   SpeechListener& listener);

    void open(WebSocketClient& sockets, WebSocketRequest request);
    void write(std::uint32_t utterance, const audio::Frame& frame);
    void finish_utterance(std::uint32_t utterance);
    /// Closes the connection politely. No event comes afterwards.
    void close();

private:
    void on_web_socket_open() override;
    void on_web_socket_message(std::string_view text, WebSocketMessage kind) override;
    void on_web_socket_drained() override;
    void on_web_socket_end(const WebSocketEnd& end) override;

    void send_next();
    void send_control(std::string_view message);
    void tell();
    void watch_deadline();
    void keep_alive();
    void fail(ProviderErrorCode code, std::string message);
    void fail_soon(ProviderErrorCode code, std::string message);

    runtime::AsioLoop& loop_;
    const DeepgramOptions options_;
    SpeechListener* listener_;
    std::unique_ptr<WebSocket> socket_;
    deepgram::TranscriptAssembler assembler_;
    std::string audio_;
    std::string in_flight_;
    std::deque<std::size_t> finalize_offsets_;
    std::unique_ptr<runtime::Timer> deadline_timer_;
    std::unique_ptr<runtime::Timer> keep_alive_timer_;
    Instant last_sent_at_{};
    bool is_open_ = false;
    bool is_writing_ = false;
    bool has_failed_ = false;
};

}  // namespace studio::adapters
