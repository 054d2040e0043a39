#include "services/hosting/phone/internal/phone_leg.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "runtime/virtual_loop.hpp"
#include "support/fakes/fake_room_control.hpp"

namespace studio::services {
namespace {

using Code = DialError::Code;

/// A telephone service that has no place for the first calls.
class BusyRooms final : public testing_support::FakeRoomControl {
public:
    Task<Result<bool, DialError>> dial(DialRequest request) override {
        EXPECT_TRUE(request.may_call());
        ++dialed;
        if (dialed <= busy_for) {
            co_return fail(error);
        }
        co_return true;
    }

    DialError error{Code::busy, 0, "phone_service_busy"};
    int busy_for = 0;
    int dialed = 0;
};

class PhoneLegTest : public testing::Test {
protected:
    void dial() {
        core::CallRecord record;
        record.id = CallId("7");
        record.direction = core::CallDirection::outbound;
        leg = std::make_shared<PhoneLeg>(PhoneLeg::Parts{dialer, loop, scope}, record);
        PhoneLeg::Events events;
        events.on_stage = [](DialStage) {};
        events.on_outcome = [this](const PhoneOutcome& outcome) { outcomes.push_back(outcome); };
        leg->dial([] { return true; }, std::move(events));
    }

    runtime::VirtualLoop loop;
    BusyRooms rooms;
    PhoneDialer dialer{rooms};
    runtime::TaskScope scope{loop};
    std::shared_ptr<PhoneLeg> leg;
    std::vector<PhoneOutcome> outcomes;
};

TEST_F(PhoneLegTest, AServiceWithoutAPlaceIsAskedAgain) {
    rooms.busy_for = 3;
    dial();
    loop.run_for(milliseconds(400));
    EXPECT_TRUE(outcomes.empty());
    EXPECT_TRUE(leg->is_dialing());
    loop.run_for(seconds(5));
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_TRUE(outcomes[0].answered);
    EXPECT_EQ(rooms.dialed, 4);
}

TEST_F(PhoneLegTest, AndIsReportedAsWhatItWasAfterSomeSeconds) {
    rooms.busy_for = 1'000;
    dial();
    loop.run_for(seconds(11));
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes[0].reason, "phone_service_busy");
    EXPECT_LT(rooms.dialed, 10);
}

TEST_F(PhoneLegTest, WhoDoesNotAnswerIsNotCalledAgain) {
    rooms.busy_for = 1;
    rooms.error = {Code::refused, 486, "busy"};
    dial();
    loop.run_for(seconds(11));
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes[0].reason, "busy");
    EXPECT_EQ(rooms.dialed, 1);
}

TEST_F(PhoneLegTest, NobodyIsCalledAfterTheEnd) {
    rooms.busy_for = 1;
    dial();
    loop.run_for(milliseconds(100));
    leg->detach();
    loop.run_for(seconds(11));
    EXPECT_EQ(rooms.dialed, 1);
    EXPECT_TRUE(outcomes.empty());
}

}  // namespace
}  // namespace studio::services
