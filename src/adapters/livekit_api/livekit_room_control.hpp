#pragma once

#include <string>
#include <vector>

#include "adapters/livekit_api/twirp_client.hpp"
#include "ports/room_control.hpp"
#include "ports/room_people.hpp"

namespace studio::adapters {

/// RoomControl and RoomPeople on a LiveKit server's API (RoomService and SIP). One object per loop,
/// which outlives it, as does the HTTP client; the options must be valid.
///
/// dial(): CreateSIPParticipant with wait_until_answered is held open while GetParticipant tells
/// how far the call has come.
class LivekitRoomControl final : public RoomControl, public RoomPeople {
public:
    LivekitRoomControl(runtime::Loop& loop, HttpClient& http_client, LivekitApiOptions options);

    [[nodiscard]] RoomAccess make_access(const std::string& room_name, const std::string& identity,
                                         const std::string& display_name,
                                         seconds lifetime) override;
    [[nodiscard]] Task<Result<bool, RoomError>> create_room(std::string room_name,
                                                            std::string metadata) override;
    [[nodiscard]] Task<Result<bool, RoomError>> delete_room(std::string room_name) override;
    [[nodiscard]] Task<Result<bool, RoomError>> remove_participant(std::string room_name,
                                                                   std::string identity) override;
    [[nodiscard]] Task<Result<bool, DialError>> dial(DialRequest request) override;
    [[nodiscard]] Task<Result<bool, DialError>> transfer(std::string room_name,
                                                         std::string identity,
                                                         Pii<std::string> target) override;
    [[nodiscard]] Task<Result<RoomCounts, RoomError>> count_rooms() override;
    [[nodiscard]] Task<Result<std::vector<RoomParticipant>, RoomError>> list(
        std::string room_name) override;
    [[nodiscard]] Task<Result<bool, RoomError>> exists(std::string room_name) override;

private:
    enum class PhoneState : std::uint8_t { absent, dialing, ringing, active, unknown };

    [[nodiscard]] Task<PhoneState> phone_state(std::string room_name, std::string identity);
    [[nodiscard]] Task<Result<bool, DialError>> place_call(DialRequest& request);
    [[nodiscard]] Task<Result<bool, DialError>> wait_for_phone(DialRequest& request);

    runtime::Loop& loop_;
    HttpClient& http_client_;
    LivekitApiOptions options_;
    TwirpClient twirp_;
};

}  // namespace studio::adapters
