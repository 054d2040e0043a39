#include "adapters/livekit_api/phone_attributes.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace studio::adapters {
namespace {

TEST(PhoneAttributes, AreReadByTheirNames) {
    const core::PhoneContext phone =
        read_phone_attributes({{"sip.phoneNumber", "+14155550123"},
                               {"sip.trunkPhoneNumber", "+14155550100"},
                               {"sip.callID", "SCL_1"},
                               {"sip.callStatus", "ringing"},
                               {"sip.h.x-customer", "7"},
                               {"other", "y"}});
    EXPECT_EQ(phone.phone_number, "+14155550123");
    EXPECT_EQ(phone.called_number, "+14155550100");
    EXPECT_EQ(phone.sip_call_id, "SCL_1");
    EXPECT_EQ(phone.status, core::PhoneStatus::ringing);
    EXPECT_EQ(phone.headers, (std::map<std::string, std::string>{{"x-customer", "7"}}));
}

TEST(PhoneAttributes, TellHowFarThePhoneHasCome) {
    using core::PhoneStatus;
    const std::pair<const char*, PhoneStatus> rows[] = {
        {"dialing", PhoneStatus::dialing},   {"ringing", PhoneStatus::ringing},
        {"active", PhoneStatus::active},     {"automation", PhoneStatus::active},
        {"hangup", PhoneStatus::hung_up},    {"", PhoneStatus::other},
        {"on_the_moon", PhoneStatus::other},
    };
    for (const auto& [text, status] : rows) {
        EXPECT_EQ(read_phone_attributes({{"sip.callStatus", text}}).status, status) << text;
    }
    const core::PhoneContext silent = read_phone_attributes({});
    EXPECT_EQ(silent.status, PhoneStatus::untold);
    EXPECT_EQ(silent.phone_number, std::nullopt);
}

}  // namespace
}  // namespace studio::adapters
