#pragma once

#include <functional>
#include <memory>
#include <string>

#include "adapters/livekit/livekit_options.hpp"
#include "base/entropy.hpp"
#include "base/sensitive.hpp"
#include "ports/call_media.hpp"
#include "ports/web_socket.hpp"
#include "protocol/livekit/text_streams.hpp"
#include "protocol/webrtc/peer_options.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::adapters {

class RoomCall;

struct LivekitCallerOptions {
    LivekitOptions livekit;
    /// As POST /calls answers it.
    Secret<std::string> token;
    /// Whom to hear; empty means any agent, and another where one goes.
    std::string heard_identity;
    /// Speaks G.711, as a bridge to the telephone network may.
    bool is_phone = false;
    /// Where in each 20 ms its tick lies, so that many callers of a loop take turns.
    milliseconds tick_offset{0};
};

/// The caller's side of a call in a LiveKit room, for tests, benches and the command line. Many per
/// loop. Loop thread only.
///
///     start() -> enters the room -> MediaConnected ... MediaClosed
class LivekitCaller final : public CallMedia {
public:
    /// What it borrows; all outlive it.
    struct Parts {
        runtime::AsioLoop& loop;
        WebSocketClient& sockets;
        Entropy& entropy;
    };

    LivekitCaller(const LivekitCallerOptions& options, Parts parts,
                  std::shared_ptr<const webrtc::Identity> identity);
    ~LivekitCaller() override;

    /// Whole text streams of the room, transcripts among them.
    void set_on_text(std::function<void(const livekit::ReceivedText&)> on_text);

    /// Enters the room. MediaClosed{never_connected} where that is not possible.
    void start(CallMediaListener& listener) override;
    void send_message(std::string_view text) override;
    /// Presses a telephone key: 0-9, *, #, A-D.
    void send_digit(char digit);
    void close() override;
    [[nodiscard]] MediaStats stats() const override;

private:
    std::shared_ptr<RoomCall> call_;
};

}  // namespace studio::adapters
