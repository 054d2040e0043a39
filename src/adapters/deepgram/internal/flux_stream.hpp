#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/deepgram/deepgram_speech_to_text.hpp"
#include "base/live_count.hpp"
#include "ports/web_socket.hpp"
#include "protocol/deepgram/turn_assembler.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// The stream of one call to a model that judges turns (`/v2/listen`). It knows no Finalize and no
/// KeepAlive: the server hears silence where the session writes nothing, and finds the end in it.
///
///     connecting ──on_open──▶ streaming ──refused, cut, error, queue full──▶ failed
class FluxStream final : public WebSocketListener,
                         public std::enable_shared_from_this<FluxStream>,
                         private LiveCount<FluxStream> {
public:
    using LiveCount<FluxStream>::live;

    FluxStream(runtime::AsioLoop& loop, const DeepgramOptions& options, SpeechListener& listener);

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

    void send_next(bool all = false);
    void tell();
    void tell(const deepgram::TurnText& output);
    void watch_deadline();
    void keep_hearing();
    void fail(ProviderErrorCode code, std::string message);

    runtime::AsioLoop& loop_;
    const DeepgramOptions options_;
    SpeechListener* listener_;
    std::unique_ptr<WebSocket> socket_;
    deepgram::TurnAssembler assembler_;
    std::string audio_;
    std::string in_flight_;
    std::unique_ptr<runtime::Timer> deadline_timer_;
    std::unique_ptr<runtime::Timer> silence_timer_;
    Instant written_at_{};
    bool is_open_ = false;
    bool is_writing_ = false;
    bool has_failed_ = false;
};

}  // namespace studio::adapters
