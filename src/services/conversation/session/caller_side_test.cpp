#include "services/conversation/session/internal/caller_side.hpp"
#include "services/conversation/session/internal/link_stand_in.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace studio::services {
namespace {

/// A connection of which only the room is of interest.
class Media final : public CallMedia, private CallRoom {
public:
    explicit Media(bool has_room) : has_room_(has_room) {}
    void start(CallMediaListener& /*listener*/) override {}
    void send_message(std::string_view /*text*/) override {}
    [[nodiscard]] CallRoom* room() override { return has_room_ ? this : nullptr; }
    void close() override {}
    [[nodiscard]] MediaStats stats() const override { return {}; }

    std::string digits;

private:
    void send_digit(char digit) override { digits += digit; }
    void show_transcript(const MediaTranscript& /*transcript*/) override {}
    void show_agent_state(MediaAgentState /*state*/) override {}
    void expect_replacement(bool /*expected*/) override {}

    bool has_room_;
};

class CallerSideTest : public testing::Test, public LinkStandIn {
protected:
    [[nodiscard]] Instant now() const override { return {}; }
    void settle() override {}

    void tell(std::string identity, std::optional<core::PhoneContext> phone, bool is_connected) {
        MediaParticipant participant;
        participant.identity = std::move(identity);
        participant.phone = std::move(phone);
        participant.is_connected = is_connected;
        side_.note(participant);
    }
    /// What the call hears of it: `came`, or the status of a phone that rings.
    [[nodiscard]] std::string heard() {
        std::string words;
        while (!queue_.empty()) {
            const MachineInput input = queue_.pop();
            const auto& call = std::get<core::CallInput>(input);
            if (const auto* rings = std::get_if<core::CallerRings>(&call)) {
                words += core::name_of(rings->status);
            } else if (std::holds_alternative<core::CallerCame>(call)) {
                words += "came";
            }
        }
        return words;
    }
    [[nodiscard]] std::string heard_of(core::PhoneStatus status, bool is_connected = true) {
        core::PhoneContext phone;
        phone.status = status;
        tell("phone-1", std::move(phone), is_connected);
        return heard();
    }

    core::CallContext context_;
    Media media_{true};
    CallerSide side_{CallerSide::Parts{*this, context_, media_}};
};

TEST_F(CallerSideTest, APersonIsThereOnceConnected) {
    tell("ada", std::nullopt, false);
    EXPECT_EQ(heard(), "");
    tell("ada", std::nullopt, true);
    EXPECT_EQ(heard(), "came");
    EXPECT_EQ(side_.identity(), "ada");
}

TEST_F(CallerSideTest, APhoneIsThereOnceAnswered) {
    record_.direction = core::CallDirection::outbound;
    EXPECT_EQ(heard_of(core::PhoneStatus::dialing), "dialing");
    EXPECT_EQ(heard_of(core::PhoneStatus::ringing), "ringing");
    EXPECT_EQ(heard_of(core::PhoneStatus::other), "");
    EXPECT_EQ(heard_of(core::PhoneStatus::hung_up), "");
    EXPECT_EQ(heard_of(core::PhoneStatus::active), "came");
    // Where nobody tells how far it is, it is there as others are.
    EXPECT_EQ(heard_of(core::PhoneStatus::untold, false), "");
    EXPECT_EQ(heard_of(core::PhoneStatus::untold, true), "came");
}

TEST_F(CallerSideTest, APhoneThatCalledUsIsNotDialed) {
    record_.direction = core::CallDirection::inbound;
    EXPECT_EQ(heard_of(core::PhoneStatus::dialing), "");
    EXPECT_EQ(heard_of(core::PhoneStatus::ringing), "");
    EXPECT_EQ(heard_of(core::PhoneStatus::active), "came");
}

TEST_F(CallerSideTest, OfACallByTelephoneThePhoneIsTheOtherSide) {
    record_.type = core::CallType::sip;
    tell("ada", std::nullopt, true);
    core::PhoneContext phone;
    phone.phone_number = "+14155550123";
    tell("phone-1", phone, true);
    tell("ada", std::nullopt, true);
    EXPECT_EQ(side_.identity(), "phone-1");
    const Json* const number = context_.find("user.call.phone_number");
    ASSERT_NE(number, nullptr);
    EXPECT_EQ(*number, "+14155550123");
}

TEST_F(CallerSideTest, KeysArePressedInARoomOnly) {
    side_.press('5');
    side_.press('#');
    EXPECT_EQ(media_.digits, "5#");
    Media direct(false);
    CallerSide other(CallerSide::Parts{*this, context_, direct});
    other.press('5');
    EXPECT_EQ(direct.digits, "");
}

}  // namespace
}  // namespace studio::services
