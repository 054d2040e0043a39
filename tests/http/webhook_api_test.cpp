#include "http/server_fixture.hpp"

namespace studio::testing {
namespace {

/// Endpoints over the API. What is sent to them: tests/e2e/webhooks_test.py.
class WebhookApi : public ServerFixture {
protected:
    Json create(const std::string& body = R"({"url":"https://hooks.example/in"})") {
        const TestReply made = send("POST", "/api/v1/webhooks", body);
        EXPECT_EQ(made.status, 201) << made.body;
        return *parse_json(made.body);
    }
    std::string wrong_field(const std::string& body) {
        const TestReply reply = send("POST", "/api/v1/webhooks", body);
        EXPECT_EQ(reply.status, 422) << reply.body;
        const auto error = parse_json(reply.body);
        return member_text(error->at("error").at("details").at(0), "field");
    }
};

TEST_F(WebhookApi, AnEndpointIsMadeWithDefaultsAndShowsItsSecretOnce) {
    const Json made = create();
    const std::string place = "/api/v1/webhooks/" + member_text(made, "id");
    const std::string secret = member_text(made, "secret");
    EXPECT_EQ(secret.substr(0, 6), "whsec_");
    EXPECT_EQ(secret.size(), 38U);
    EXPECT_EQ(made.at("events"), Json(JsonArray{"*"}));
    EXPECT_EQ(made.at("timeout_seconds"), Json(30));
    EXPECT_EQ(made.at("max_attempts"), Json(35));
    EXPECT_EQ(made.at("active"), Json(true));
    for (const std::string& path : {place, std::string("/api/v1/webhooks")}) {
        const TestReply shown = send("GET", path);
        EXPECT_EQ(shown.status, 200);
        EXPECT_NE(shown.body.find("hooks.example"), std::string::npos);
        EXPECT_EQ(shown.body.find("whsec_"), std::string::npos);
    }
    const TestReply patched = send(
        "PATCH", place, R"({"active":false,"events":["call.agent_changed"],"max_attempts":null})");
    EXPECT_EQ(patched.status, 200) << patched.body;
    EXPECT_EQ(patched.body.find("whsec_"), std::string::npos);
    const Json after = *parse_json(patched.body);
    EXPECT_EQ(after.at("events"), Json(JsonArray{"call.agent.changed"}));
    EXPECT_EQ(after.at("active"), Json(false));
    EXPECT_EQ(after.at("url"), Json("https://hooks.example/in"));
    EXPECT_EQ(send("POST", place + "/test").status, 409);
    EXPECT_EQ(send("DELETE", place).status, 204);
    EXPECT_EQ(send("GET", place).status, 404);
}

TEST_F(WebhookApi, WhatIsWrongIsNamed) {
    EXPECT_EQ(wrong_field("{}"), "url");
    EXPECT_EQ(wrong_field(R"({"url":"ftp://a/"})"), "url");
    EXPECT_EQ(wrong_field(R"({"url":"http://127.0.0.1/"})"), "url");
    EXPECT_EQ(wrong_field(R"({"url":"http://user:pw@a.example/"})"), "url");
    EXPECT_EQ(wrong_field(R"({"url":"http://a/","events":[]})"), "events");
    EXPECT_EQ(wrong_field(R"({"url":"http://a/","events":["call.ended","no"]})"), "events[1]");
    EXPECT_EQ(wrong_field(R"({"url":"http://a/","events":["*","*"]})"), "events[1]");
    EXPECT_EQ(wrong_field(R"({"url":"http://a/","timeout_seconds":4})"), "timeout_seconds");
    EXPECT_EQ(wrong_field(R"({"url":"http://a/","timeout_seconds":61})"), "timeout_seconds");
    EXPECT_EQ(wrong_field(R"({"url":"http://a/","max_attempts":0})"), "max_attempts");
    EXPECT_EQ(wrong_field(R"({"url":"http://a/","secret":"mine"})"), "secret");
}

TEST_F(WebhookApi, ASecretIsExchangedAndTheOneBeforeGoesOnForADay) {
    const Json made = create();
    const std::string place = "/api/v1/webhooks/" + member_text(made, "id");
    EXPECT_TRUE(made.at("previous_secret_until").is_null());
    const TestReply rotated = send("POST", place + "/rotate-secret");
    ASSERT_EQ(rotated.status, 200) << rotated.body;
    const Json after = *parse_json(rotated.body);
    EXPECT_NE(after.at("secret"), made.at("secret"));
    EXPECT_EQ(member_text(after, "secret").substr(0, 6), "whsec_");
    EXPECT_TRUE(after.at("previous_secret_until").is_string());
    EXPECT_EQ(send("POST", "/api/v1/webhooks/unknown/rotate-secret").status, 404);
}

TEST_F(WebhookApi, ATestIsADeliveryThatTheLogShows) {
    const std::string place = "/api/v1/webhooks/" + member_text(create(), "id");
    const TestReply sent = send("POST", place + "/test");
    ASSERT_EQ(sent.status, 202) << sent.body;
    const Json delivery = *parse_json(sent.body);
    EXPECT_EQ(delivery.at("event_type"), Json("webhook.test"));
    EXPECT_EQ(delivery.at("status"), Json("pending"));
    EXPECT_TRUE(delivery.at("call_id").is_null());
    const Json log = *parse_json(send("GET", place + "/deliveries?status=pending").body);
    ASSERT_EQ(log.at("total"), Json(1));
    EXPECT_EQ(log.at("items").at(0).at("id"), delivery.at("id"));
    EXPECT_EQ(parse_json(send("GET", place + "/deliveries?status=failed").body)->at("total"),
              Json(0));
    EXPECT_EQ(send("GET", place + "/deliveries?status=lost").status, 422);
    const std::string again = place + "/deliveries/" + member_text(delivery, "id") + "/redeliver";
    EXPECT_EQ(error_code_of(send("POST", again)), "conflict") << "it is pending";
    EXPECT_EQ(send("POST", place + "/deliveries/unknown/redeliver").status, 404);
}

TEST_F(WebhookApi, WithoutTelephonesNobodyIsCalled) {
    const TestReply reply = send("POST", "/api/v1/webhooks/ingest",
                                 R"({"workflow_slug":"w","phone_number":"+14155550123"})");
    EXPECT_EQ(reply.status, 422);
    EXPECT_NE(reply.body.find("telephone calls"), std::string::npos) << reply.body;
    EXPECT_EQ(send("POST", "/api/v1/webhooks/ingest",
                   R"({"workflow_slug":"w","phone_number":"+14155550123","call_type":"voip"})")
                  .status,
              422);
}

}  // namespace
}  // namespace studio::testing
