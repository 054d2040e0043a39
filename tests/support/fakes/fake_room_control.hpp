#pragma once

#include <set>
#include <string>

#include "ports/room_control.hpp"

namespace studio::testing_support {

/// A media server that only remembers which rooms there are, and may be away.
class FakeRoomControl : public RoomControl {
public:
    RoomAccess make_access(const std::string& room_name, const std::string& identity,
                           const std::string&, seconds) override {
        return {"ws://rooms", room_name, Secret<std::string>("token of " + identity)};
    }
    Task<Result<bool, RoomError>> create_room(std::string room_name, std::string) override {
        rooms.insert(std::move(room_name));
        co_return true;
    }
    Task<Result<bool, RoomError>> delete_room(std::string room_name) override {
        if (!available) {
            co_return fail(RoomError::unavailable);
        }
        rooms.erase(room_name);
        co_return true;
    }
    Task<Result<bool, RoomError>> remove_participant(std::string, std::string) override {
        co_return true;
    }
    Task<Result<bool, DialError>> dial(DialRequest) override { co_return true; }
    Task<Result<bool, DialError>> transfer(std::string, std::string, Pii<std::string>) override {
        co_return true;
    }
    Task<Result<RoomCounts, RoomError>> count_rooms() override { co_return RoomCounts{}; }

    std::set<std::string> rooms;
    bool available = true;
};

}  // namespace studio::testing_support
