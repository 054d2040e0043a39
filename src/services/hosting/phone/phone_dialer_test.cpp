#include "services/hosting/phone/phone_dialer.hpp"

#include <gtest/gtest.h>

#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::services {
namespace {

/// Answers dial() and transfer() as it is told and notes who was removed.
class FakeRooms final : public RoomControl {
public:
    std::optional<DialError> error;
    std::vector<std::string> removed;
    DialRequest seen;

    RoomAccess make_access(const std::string&, const std::string&, const std::string&,
                           seconds) override {
        return {};
    }
    Task<Result<bool, RoomError>> create_room(std::string, std::string) override { co_return true; }
    Task<Result<bool, RoomError>> delete_room(std::string) override { co_return true; }
    Task<Result<bool, RoomError>> remove_participant(std::string, std::string identity) override {
        removed.push_back(std::move(identity));
        co_return true;
    }
    Task<Result<bool, DialError>> dial(DialRequest request) override {
        seen = std::move(request);
        if (error) {
            co_return fail(*error);
        }
        co_return true;
    }
    Task<Result<bool, DialError>> transfer(std::string, std::string, Pii<std::string>) override {
        if (error) {
            co_return fail(*error);
        }
        co_return true;
    }
    Task<Result<RoomCounts, RoomError>> count_rooms() override { co_return RoomCounts{}; }
};

Task<void> dial_into(PhoneDialer& dialer, core::CallRecord record, PhoneOutcome& outcome) {
    outcome = co_await dialer.dial(std::move(record), {}, {});
}

TEST(PhoneDialer, TellsWhy) {
    using Code = DialError::Code;
    const struct {
        std::optional<DialError> error;
    } rows[] = {{std::nullopt},
                {DialError{Code::refused, 486, "busy"}},
                {DialError{Code::timed_out, 0, "no_answer"}},
                {DialError{Code::unavailable, 0, "media_server_unavailable"}}};
    for (const auto& row : rows) {
        runtime::VirtualLoop loop;
        runtime::TaskScope scope(loop);
        FakeRooms rooms;
        rooms.error = row.error;
        PhoneDialer dialer(rooms);
        core::CallRecord record;
        record.id = CallId("7");
        record.room_name = "call-7";
        PhoneOutcome outcome;
        scope.spawn(dial_into(dialer, record, outcome));
        loop.run_for(seconds(1));
        EXPECT_EQ(outcome.answered, !row.error);
        EXPECT_EQ(outcome.reason, row.error ? row.error->reason : "");
        EXPECT_EQ(outcome.sip_status, row.error ? row.error->sip_status : 200);
        EXPECT_TRUE(rooms.removed.empty());
        EXPECT_EQ(rooms.seen.identity, "phone-7");
    }
}

}  // namespace
}  // namespace studio::services
