#include "services/calls/request/call_request.hpp"

#include <gtest/gtest.h>

#include "core/call/phone_number.hpp"

namespace studio::services {
namespace {

constexpr CallRequestRules all{.phone_calls = true, .rooms = true};

std::string first_wrong_field(const char* text, CallRequestRules rules) {
    const auto request = parse_call_request(*parse_json(text), rules);
    return request ? "" : request.error().front().field;
}

TEST(CallRequest, KnowsTelephoneNumbers) {
    for (const char* number : {"+14155550123", "+1234567", "+491701234567890"}) {
        EXPECT_TRUE(core::parse_phone_number(number)) << number;
    }
    for (const char* number : {"", "+", "14155550123", "+04155550123", "+123456",
                               "+1234567890123456", "+1415555O123", "+1 4155550123", "tel:+1415"}) {
        EXPECT_FALSE(core::parse_phone_number(number)) << number;
    }
}

TEST(CallRequest, ATelephoneCallNeedsItsNumber) {
    const auto request = parse_call_request(
        *parse_json(R"({"agent_name":"a","call_type":"sip","phone_number":"+14155550123"})"), all);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->type, core::CallType::sip);
    EXPECT_EQ(request->phone_number.reveal(), "+14155550123");
    EXPECT_EQ(first_wrong_field(R"({"agent_name":"a","call_type":"sip"})", all), "phone_number");
    EXPECT_EQ(first_wrong_field(
                  R"({"agent_name":"a","call_type":"sip","phone_number":"0415 5550123"})", all),
              "phone_number");
    EXPECT_EQ(first_wrong_field(R"({"agent_name":"a","phone_number":"+14155550123"})", all),
              "phone_number");
    EXPECT_EQ(first_wrong_field(R"({"agent_name":"a","call_type":"fax"})", all), "call_type");
}

TEST(CallRequest, IsForAnAgentOrForAWorkflowUnderEitherName) {
    for (const char* text : {R"({"workflow_slug":"clinic"})", R"({"workflow":"clinic"})",
                             R"({"workflow":"clinic","agent_name":null})"}) {
        const auto request = parse_call_request(*parse_json(text));
        ASSERT_TRUE(request) << text;
        EXPECT_EQ(request->workflow_slug, "clinic");
        EXPECT_EQ(request->agent_name, "");
    }
    EXPECT_EQ(first_wrong_field(R"({"workflow_slug":"a","agent_name":"b"})", {}), "agent_name");
    EXPECT_EQ(first_wrong_field(R"({"workflow_slug":"a","workflow":"a"})", {}), "workflow");
    EXPECT_EQ(first_wrong_field(R"({"user_id":"u"})", {}), "agent_name");
    EXPECT_EQ(first_wrong_field(R"({"agent_name":"  "})", {}), "agent_name");
    EXPECT_EQ(first_wrong_field(R"({"workflow_slug":7})", {}), "workflow_slug");
}

TEST(CallRequest, WithoutATrunkOrRoomsThereAreNoTelephones) {
    const char* text = R"({"agent_name":"a","call_type":"sip","phone_number":"+14155550123"})";
    EXPECT_EQ(first_wrong_field(text, {.phone_calls = false, .rooms = true}), "call_type");
    EXPECT_EQ(first_wrong_field(text, {}), "call_type");
    EXPECT_EQ(first_wrong_field(R"({"agent_name":"a","call_type":"voip"})", {}), "");
}

}  // namespace
}  // namespace studio::services
