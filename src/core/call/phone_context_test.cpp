#include "core/call/phone_context.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

TEST(PhoneContext, TakesWhatTemplatesNeed) {
    PhoneContext phone;
    EXPECT_TRUE(phone_context_json(phone).empty());
    phone.status = PhoneStatus::active;
    phone.phone_number = "+14155550123";
    phone.called_number = "";
    phone.headers["x-customer"] = std::string(1000, 'x');
    const JsonObject call = phone_context_json(phone);
    EXPECT_EQ(call.at("phone_number"), "+14155550123");
    EXPECT_EQ(call.at("called_number"), "");
    EXPECT_EQ(call.at("headers").at("x-customer").as_string().size(), 256U);
    EXPECT_EQ(call.size(), 3U);
}

TEST(PhoneContext, TakesNoMoreHeadersThanItsLimit) {
    PhoneContext phone;
    for (int index = 0; index < 40; ++index) {
        phone.headers["x-" + std::to_string(index)] = "y";
    }
    EXPECT_EQ(phone_context_json(phone).at("headers").as_object().size(), 32U);
}

}  // namespace
}  // namespace studio::core
