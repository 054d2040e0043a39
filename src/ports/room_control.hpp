#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/media_room.hpp"

namespace studio {

/// What a caller's app needs to enter a room.
struct RoomAccess {
    /// ws:// or wss://.
    std::string url;
    std::string room_name;
    Secret<std::string> token;
};

/// How far a phone call has come before it is answered or fails.
enum class DialStage : std::uint8_t { dialing, ringing };

/// A telephone to be called into a room.
struct DialRequest {
    std::string room_name;
    /// The identity that the phone gets in the room.
    std::string identity;
    /// E.164.
    Pii<std::string> phone_number;
    std::string display_name;
    /// Empty means the configured trunk.
    std::string trunk_id;
    milliseconds ringing_timeout{45'000};
    milliseconds duration_max{3'600'000};
    std::map<std::string, std::string> attributes;
    /// Asked right before the phone is called; empty means yes. No where somebody has called it
    /// already (a call that changed its worker) or somebody else may: then nobody is called, and
    /// dial() only waits for the phone that is in the room, or tells that it has gone.
    std::function<bool()> may_call;
    /// Told each stage at most once, in their order, while dial() is awaited; may be empty.
    std::function<void(DialStage)> on_stage;
    /// Asked now and then; where it says no, dial() ends with `abandoned`, and what the server has
    /// begun goes on. May be empty.
    std::function<bool()> is_wanted;
};

/// Why a phone was not reached, or a transfer not done.
struct DialError {
    /// `unavailable` for trouble on our side; `refused` where the telephone network answered.
    enum class Code : std::uint8_t {
        unavailable,
        unauthorized,
        refused,
        timed_out,
        abandoned,
        /// No service or line had a place, and nobody was called: may succeed in a moment.
        busy
    } code;
    /// RFC 3261, section 21; 0 where there was none.
    int sip_status = 0;
    /// One lower_snake_case word for the call's status_reason: `busy`, `no_answer`, `declined`,
    /// `number_unknown`, `trunk_failed` …
    std::string reason;
};

/// Counts for metrics.
struct RoomCounts {
    std::uint64_t rooms = 0;
    std::uint64_t participants = 0;
};

/// The media server's own API. One object per loop, used on that loop only. A task that is
/// destroyed early is cancelled, but what the server has begun goes on: whoever gives up a dial()
/// removes the phone.
class RoomControl : public Interface {
public:
    /// Pure: signs the right of `identity` to enter and speak, valid for `lifetime`.
    [[nodiscard]] virtual RoomAccess make_access(const std::string& room_name,
                                                 const std::string& identity,
                                                 const std::string& display_name,
                                                 seconds lifetime) = 0;
    /// Makes the room where it does not exist. `metadata` is at most 64 KiB.
    [[nodiscard]] virtual Task<Result<bool, RoomError>> create_room(std::string room_name,
                                                                    std::string metadata) = 0;
    /// Everybody in it is sent away. True also where there is none.
    [[nodiscard]] virtual Task<Result<bool, RoomError>> delete_room(std::string room_name) = 0;
    [[nodiscard]] virtual Task<Result<bool, RoomError>> remove_participant(
        std::string room_name, std::string identity) = 0;
    /// Calls a phone; ends when it was answered, or why it was not. Removing the phone (or the
    /// room) meanwhile stops the ringing and ends it with `cancelled`. Where the phone is in the
    /// room already it is not called a second time.
    [[nodiscard]] virtual Task<Result<bool, DialError>> dial(DialRequest request) = 0;
    /// Blind transfer of a phone (RFC 3515) to E.164 or a sip: URI.
    [[nodiscard]] virtual Task<Result<bool, DialError>> transfer(std::string room_name,
                                                                 std::string identity,
                                                                 Pii<std::string> target) = 0;
    [[nodiscard]] virtual Task<Result<RoomCounts, RoomError>> count_rooms() = 0;
};

}  // namespace studio
