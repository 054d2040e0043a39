#include "adapters/livekit_api/sip_setup.hpp"

#include <gtest/gtest.h>

namespace studio::adapters {
namespace {

std::optional<std::string> environment(const std::string& name) {
    return name == "SIP_PASSWORD" ? std::optional<std::string>("hunter2") : std::nullopt;
}

constexpr std::string_view whole = R"({
    "worker_name": "studio",
    "inbound": [{"name": "twilio-in", "numbers": ["+14155550100"],
                 "allowed_addresses": ["54.172.60.0/30"], "include_headers": "all"}],
    "outbound": [{"name": "twilio-out", "address": "example.pstn.twilio.com", "transport": "tls",
                  "numbers": ["+14155550100"], "username": "studio",
                  "password_env": "SIP_PASSWORD"}],
    "rules": [{"name": "orders", "trunk": "twilio-in", "numbers": ["+14155550100"],
               "agent": "order-desk"}]})";

TEST(SipSetup, ReadsAWholeConfiguration) {
    const auto setup = parse_sip_setup(*parse_json(whole), environment);
    ASSERT_TRUE(setup.has_value());
    EXPECT_EQ(setup->worker_name, "studio");
    EXPECT_EQ(setup->inbound.at(0).include_headers, "all");
    EXPECT_EQ(setup->outbound.at(0).password.reveal(), "hunter2");
    EXPECT_EQ(setup->rules.at(0).agent, "order-desk");
    EXPECT_EQ(setup->rules.at(0).room_prefix, "phone-");
}

TEST(SipSetup, NamesWhatIsWrong) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {R"({"inbund":[]})", "inbund"},
        {R"({"inbound":[{"name":"a"}]})", "inbound[0].numbers"},
        {R"({"inbound":[{"name":"a","numbers":["0800"]}]})", "inbound[0].numbers"},
        {R"({"inbound":[{"numbers":["+14155550100"]}]})", "inbound[0].name"},
        {R"({"inbound":[{"name":"a","numbers":["+14155550100"],"include_headers":"some"}]})",
         "inbound[0].include_headers"},
        {R"({"inbound":[{"name":"a","username":"u","password_env":"NOT_SET"}]})",
         "inbound[0].password_env"},
        {R"({"inbound":[{"name":"a","username":"u"},{"name":"a","username":"u"}]})",
         "inbound[1].name"},
        {R"({"inbound":[{"name":"a","username":"u","password":"clear"}]})", "inbound[0].password"},
        {R"({"outbound":[{"name":"a","numbers":["+14155550100"]}]})", "outbound[0].address"},
        {R"({"outbound":[{"name":"a","address":"x","numbers":["+14155550100"],
             "transport":"pigeon"}]})",
         "outbound[0].transport"},
        {R"({"outbound":[{"name":"a","address":"x"}]})", "outbound[0].numbers"},
        {R"({"rules":[{"name":"r"}]})", "rules[0].agent"},
        {R"({"rules":[{"name":"r","agent":"Order Desk"}]})", "rules[0].agent"},
        {R"({"rules":[{"name":"r","agent":"a","workflow":"w"}]})", "rules[0].agent"},
        {R"({"rules":[{"name":"r","workflow":"No Slug"}]})", "rules[0].workflow"},
        {R"({"rules":[{"name":"r","agent":"a","trunk":"b"}]})", "rules[0].trunk"},
        {R"({"rules":[{"name":"r","agent":"a","room_prefix":"call-x"}]})", "rules[0].room_prefix"},
    };
    for (const auto& [text, field] : rows) {
        const auto setup = parse_sip_setup(*parse_json(text), environment);
        ASSERT_FALSE(setup.has_value()) << text;
        EXPECT_EQ(setup.error().size(), 1U) << text;
        EXPECT_EQ(setup.error().at(0).field, field) << text;
    }
}

TEST(SipSetup, ComparesAsTheServerShowsIt) {
    const auto compare = [](std::string_view actual, std::string_view wanted) {
        return has_all(*parse_json(actual), *parse_json(wanted));
    };
    EXPECT_TRUE(compare(R"({"sip_trunk_id":"ST_1","name":"a","numbers":["1"]})",
                        R"({"name":"a","numbers":["1"],"auth_username":"","pin":""})"));
    EXPECT_TRUE(compare(R"({"trunkIds":["ST_1"]})", R"({"trunk_ids":["ST_1"]})"));
    EXPECT_TRUE(compare(R"({"transport":"SIP_TRANSPORT_AUTO"})", R"({"transport":""})"));
    EXPECT_TRUE(compare("{}", R"({"rule":{"individual":{"pin":""}}})"));
    EXPECT_FALSE(compare(R"({"numbers":["1"]})", R"({"numbers":[]})"));
    EXPECT_FALSE(compare(R"({"numbers":["1","2"]})", R"({"numbers":["1"]})"));
    EXPECT_FALSE(compare(R"({"name":"a"})", R"({"name":"b"})"));
    EXPECT_FALSE(compare("{}", R"({"rule":{"individual":{"pin":"1"}}})"));
}

}  // namespace
}  // namespace studio::adapters
