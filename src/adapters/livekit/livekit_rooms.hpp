#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/livekit/livekit_options.hpp"
#include "base/entropy.hpp"
#include "ports/media_room.hpp"
#include "ports/room_people.hpp"
#include "ports/web_socket.hpp"
#include "protocol/webrtc/peer_options.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/task_scope.hpp"

namespace studio::adapters {

/// Rooms of a LiveKit server: the agent publishes one microphone track and hears the caller's, over
/// one peer connection that we offer. Loop thread only; it outlives its calls.
///
///   join() --WebSocket: track and offer--> answer --ICE, DTLS--> MediaConnected ... MediaClosed
///
/// A cut of the WebSocket leaves the media alone and is resumed; where that fails, or the media is
/// lost, the room is entered anew under the same identity, and the session hears a pause.
class LivekitRooms final : public MediaRooms {
public:
    /// The right of `identity` to enter `room_name` as an agent that publishes, subscribes, sends
    /// data and changes its own attributes.
    using MakeToken = std::function<Secret<std::string>(const RoomJoin& join)>;

    /// What it borrows; all outlive it.
    struct Parts {
        runtime::AsioLoop& loop;
        WebSocketClient& sockets;
        Entropy& entropy;
        /// Asked whether a room is there before it is entered again: the server would make it anew.
        /// nullptr enters without asking.
        RoomPeople* people = nullptr;
    };

    /// `identity` is shared by all loops of the process.
    LivekitRooms(LivekitOptions options, Parts parts,
                 std::shared_ptr<const webrtc::Identity> identity, MakeToken make_token);
    ~LivekitRooms() override;

    [[nodiscard]] Task<Result<std::unique_ptr<CallMedia>, RoomError>> join(
        RoomJoin request) override;

    /// Waits for what is under way. Once, at the end, where there are `people`.
    [[nodiscard]] Task<void> close();

    /// Calls whose media is held by somebody.
    [[nodiscard]] std::size_t room_count() const { return *room_count_; }

private:
    using OnChecked = std::function<void(std::optional<bool>)>;

    [[nodiscard]] Task<void> check_room(std::string room_name, OnChecked on_checked);

    LivekitOptions options_;
    Parts parts_;
    std::shared_ptr<const webrtc::Identity> identity_;
    MakeToken make_token_;
    std::shared_ptr<std::size_t> room_count_;
    int next_slot_ = 0;
    runtime::TaskScope scope_;
};

}  // namespace studio::adapters
