#include "adapters/http/api/calls/call_views.hpp"
#include "http/server_fixture.hpp"

namespace studio::testing {
namespace {

using ApiTest = ServerFixture;

constexpr const char* agent_body =
    R"({"name":"waiter","config":{"prompt":{"system":"You take bookings."}}})";

TEST_F(ApiTest, HealthNeedsNoKeyAndEverythingElseDoes) {
    key_.clear();
    for (const char* path : {"/health", "/health/live", "/health/ready", "/"}) {
        EXPECT_EQ(send("GET", path).status, 200) << path;
    }
    for (const char* path :
         {"/api/v1/agents", "/api/v1/tools", "/api/v1/calls", "/api/v1/calls/x"}) {
        const TestReply reply = send("GET", path);
        EXPECT_EQ(reply.status, 401) << path;
        EXPECT_EQ(error_code_of(reply), "authentication_error") << path;
    }
}

TEST_F(ApiTest, AKeyMayComeInEitherHeaderAndAWrongOneIsRefused) {
    const std::string key = std::exchange(key_, "as_live_00000000000000000000000000000000");
    EXPECT_EQ(send("GET", "/api/v1/agents").status, 401);
    const std::string request = "GET /api/v1/agents HTTP/1.1\r\nHost: t\r\nX-API-Key: " + key +
                                "\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(split(exchange_raw(request)).status, 200);
}

TEST_F(ApiTest, AgentsAreCreatedReadChangedListedAndErased) {
    const TestReply created = send("POST", "/api/v1/agents", agent_body);
    ASSERT_EQ(created.status, 201) << created.body;
    EXPECT_NE(created.head.find("Location: /api/v1/agents/waiter"), std::string::npos);
    EXPECT_EQ(error_code_of(send("POST", "/api/v1/agents", agent_body)), "conflict");
    EXPECT_EQ(send("GET", "/api/v1/agents/waiter").status, 200);
    EXPECT_EQ(send("PATCH", "/api/v1/agents/waiter", R"({"is_active":false})").status, 200);
    EXPECT_NE(send("GET", "/api/v1/agents?is_active=false").body.find("\"total\":1"),
              std::string::npos);
    EXPECT_NE(send("GET", "/api/v1/agents?is_active=true").body.find("\"total\":0"),
              std::string::npos);
    EXPECT_EQ(send("PUT", "/api/v1/agents/waiter", agent_body).status, 200);
    EXPECT_EQ(send("DELETE", "/api/v1/agents/waiter").status, 204);
    EXPECT_EQ(error_code_of(send("GET", "/api/v1/agents/waiter")), "not_found");
}

TEST_F(ApiTest, WrongFieldsAreNamedByTheirPath) {
    const TestReply reply = send("POST", "/api/v1/agents",
                                 R"({"name":"a","config":{"prompt":{"system":"x","sistem":1}}})");
    EXPECT_EQ(reply.status, 422);
    EXPECT_NE(reply.body.find("config.prompt.sistem"), std::string::npos) << reply.body;
    const TestReply provider =
        send("POST", "/api/v1/agents",
             R"({"name":"a","config":{"prompt":{"system":"x"},"stt":{"provider":"nobody"}}})");
    EXPECT_NE(provider.body.find("config.stt.provider"), std::string::npos) << provider.body;
    EXPECT_EQ(send("GET", "/api/v1/agents?limit=0").status, 422);
    EXPECT_EQ(send("GET", "/api/v1/agents?page=1").status, 422);
    EXPECT_EQ(send("POST", "/api/v1/agents", "[1]").status, 400);
    EXPECT_EQ(send("POST", "/api/v1/agents", "{", "Content-Type: text/plain\r\n").status, 415);
}

TEST_F(ApiTest, ACallIsMadeConnectedAndEnded) {
    ASSERT_EQ(send("POST", "/api/v1/agents", agent_body).status, 201);
    EXPECT_EQ(send("POST", "/api/v1/calls", R"({"agent_name":"nobody"})").status, 422);
    EXPECT_NE(send("POST", "/api/v1/calls", R"({"workflow_slug":"w"})").body.find("workflow_slug"),
              std::string::npos);
    EXPECT_EQ(send("POST", "/api/v1/calls", R"({"agent_name":"waiter","call_type":"sip"})").status,
              422);
    const std::string once = "Idempotency-Key: k1\r\n";
    const TestReply created = send("POST", "/api/v1/calls", R"({"agent_name":"waiter"})", once);
    ASSERT_EQ(created.status, 201) << created.body;
    const std::string id = member_text(*parse_json(created.body), "call_id");
    const TestReply again = send("POST", "/api/v1/calls", R"({"agent_name":"waiter"})", once);
    EXPECT_EQ(member_text(*parse_json(again.body), "call_id"), id);

    const std::string call = "/api/v1/calls/" + id;
    const std::string sdp = "Content-Type: application/sdp\r\n";
    EXPECT_EQ(send("POST", call + "/sdp", "rubbish", sdp).status, 422);
    const TestReply answer = send("POST", call + "/sdp", "v=0\r\n", sdp);
    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_NE(answer.head.find("Content-Type: application/sdp"), std::string::npos);
    EXPECT_EQ(send("POST", call + "/sdp", "v=0\r\n", sdp).status, 409);
    EXPECT_NE(send("GET", call).body.find("\"status\":\"connecting\""), std::string::npos);
    EXPECT_EQ(send("GET", call + "/transcript").body, "[]");
    EXPECT_EQ(send("GET", call + "/metrics").status, 200);
    EXPECT_EQ(send("POST", call + "/end").status, 202);
    EXPECT_EQ(send("GET", "/api/v1/calls?status=connecting").status, 200);
    EXPECT_EQ(send("GET", "/api/v1/calls?status=dancing").status, 422);
}

TEST(CallView, TellsWhatFailedInTheCall) {
    core::CallRecord record;
    EXPECT_EQ(*find_member(adapters::call_view(record, {}), "errors"), JsonArray{});
    record.errors = {{core::CallStage::tts, "flite", "timed_out", 2},
                     {core::CallStage::llm, "openai", "exhausted", 1}};
    EXPECT_EQ(serialize_json(*find_member(adapters::call_view(record, {}), "errors")),
              R"([{"stage":"tts","provider":"flite","code":"timed_out","count":2},)"
              R"({"stage":"llm","provider":"openai","code":"exhausted","count":1}])");
}

TEST_F(ApiTest, APendingCallThatIsEndedHasFailed) {
    ASSERT_EQ(send("POST", "/api/v1/agents", agent_body).status, 201);
    const TestReply created = send("POST", "/api/v1/calls", R"({"agent_name":"waiter"})");
    const std::string call = "/api/v1/calls/" + member_text(*parse_json(created.body), "call_id");
    EXPECT_NE(send("POST", call + "/end").body.find("cancelled"), std::string::npos);
    // Asking again is harmless: it is over, and the answer is its final record.
    const TestReply again = send("POST", call + "/end");
    EXPECT_EQ(again.status, 200);
    EXPECT_NE(again.body.find("cancelled"), std::string::npos);
}

TEST_F(ApiTest, RequestsSentAheadAreAnsweredInOrder) {
    const std::string one = "GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n";
    const std::string last = "GET /nowhere HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
    const std::string text = exchange_raw(one + one + last);
    const std::size_t second = text.find("HTTP/1.1 200", 1);
    ASSERT_NE(second, std::string::npos);
    EXPECT_NE(text.find("HTTP/1.1 404", second), std::string::npos) << text;
}

TEST_F(ApiTest, HeadHasNoBodyOptionsListsMethodsAndThePageIsKept) {
    const TestReply head = send("HEAD", "/");
    EXPECT_EQ(head.status, 200);
    EXPECT_TRUE(head.body.empty());
    EXPECT_NE(head.head.find("Content-Security-Policy: default-src 'none'; script-src 'self'"),
              std::string::npos);
    const TestReply options = send("OPTIONS", "/api/v1/agents");
    EXPECT_EQ(options.status, 204);
    EXPECT_NE(options.head.find("Allow: GET, HEAD, POST, OPTIONS"), std::string::npos);
    EXPECT_EQ(options.head.find("Access-Control"), std::string::npos);
    const std::size_t tag = head.head.find("ETag: ") + 6;
    const std::string etag = head.head.substr(tag, head.head.find('\r', tag) - tag);
    EXPECT_EQ(send("GET", "/", "", "If-None-Match: " + etag + "\r\n").status, 304);
}

TEST_F(ApiTest, TheContractIsServedReadableAndWhole) {
    key_.clear();
    const TestReply docs = send("GET", "/docs");
    EXPECT_EQ(docs.status, 200);
    EXPECT_NE(docs.head.find("Content-Type: text/html"), std::string::npos);
    EXPECT_NE(docs.head.find("Content-Security-Policy: default-src 'none'; script-src 'self'"),
              std::string::npos);
    EXPECT_EQ(docs.body.find("//"), std::string::npos) << "something comes from elsewhere";
    for (const char* path : {"/docs.css", "/docs.js", "/yaml.js"}) {
        EXPECT_EQ(send("GET", path).status, 200) << path;
    }
    const TestReply contract = send("GET", "/openapi.yaml");
    EXPECT_NE(contract.head.find("Content-Type: application/yaml"), std::string::npos);
    EXPECT_TRUE(contract.body.starts_with("openapi: 3.0.3\n"));
}

TEST_F(ApiTest, EveryOtherMethodIsAnsweredWithThoseThereAre) {
    for (const char* method : {"TRACE", "CONNECT", "PROPFIND", "DELETE"}) {
        const TestReply reply = send(method, "/api/v1/calls");
        EXPECT_EQ(reply.status, 405) << method;
        EXPECT_NE(reply.head.find("Allow: GET, HEAD, POST, OPTIONS"), std::string::npos) << method;
    }
    EXPECT_EQ(send("HEAD", "/api/v1/calls").status, 200);
    EXPECT_TRUE(send("HEAD", "/api/v1/agents/nobody").body.empty());
}

TEST_F(ApiTest, ADrainingServerTakesNoCallsAndIsNotReady) {
    thread_.run_and_wait([this] {
        platform_->calls.stop_accepting();
        platform_->health.start_draining();
    });
    EXPECT_EQ(send("POST", "/api/v1/calls", R"({"agent_name":"waiter"})").status, 503);
    EXPECT_EQ(send("GET", "/health/ready").status, 503);
    EXPECT_EQ(send("GET", "/health/live").status, 200);
}

TEST_F(ApiTest, MetricsAreForPrivateNetworksAndNotForWhatCameThroughAProxy) {
    key_.clear();
    ASSERT_EQ(send("GET", "/api/v1/nothing").status, 404);
    const TestReply reply = send("GET", "/metrics");
    EXPECT_EQ(reply.status, 200);
    EXPECT_NE(reply.body.find("studio_http_requests_total{route=\"unmatched\",status=\"404\"}"),
              std::string::npos);
    EXPECT_NE(reply.body.find("studio_http_request_seconds_count{route=\"unmatched\","
                              "status=\"4xx\"}"),
              std::string::npos);
    EXPECT_NE(reply.body.find("studio_http_requests_in_flight 1\n"), std::string::npos);
    for (const char* header : {"X-Forwarded-For: 10.0.0.1\r\n", "Forwarded: for=10.0.0.1\r\n"}) {
        EXPECT_EQ(send("GET", "/metrics", "", header).status, 403) << header;
    }
}

TEST_F(ApiTest, ReadinessFollowsDraining) {
    EXPECT_NE(send("GET", "/health/ready").body.find("\"database\":\"healthy\""),
              std::string::npos);
    thread_.run_and_wait([this] { platform_->health.start_draining(); });
    const TestReply reply = send("GET", "/health/ready");
    EXPECT_EQ(reply.status, 503);
    EXPECT_NE(reply.body.find("draining"), std::string::npos);
    EXPECT_EQ(send("GET", "/health").status, 200);
}

TEST_F(ApiTest, ReportsOfRoomsAreTakenOnlySigned) {
    const auto report = [this](const std::string& signature, const std::string& body) {
        const std::string bytes =
            "POST /api/v1/livekit/webhook HTTP/1.1\r\nHost: t\r\n"
            "Authorization: " +
            signature +
            "\r\nContent-Type: application/webhook+json\r\n"
            "Content-Length: " +
            std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
        return split(exchange_raw(bytes + body)).status;
    };
    EXPECT_EQ(report("good", "{}"), 200);
    EXPECT_EQ(report("bad", "{}"), 401);
    EXPECT_EQ(report("good", "{"), 400);
}

class MetricsTokenTest : public ServerFixture {
protected:
    MetricsTokenTest() : ServerFixture({}, "letmein") {}
};

TEST_F(MetricsTokenTest, WithATokenOnlyWhoHasItSeesMetrics) {
    key_.clear();
    EXPECT_EQ(send("GET", "/metrics").status, 401);
    key_ = "letmeim";
    EXPECT_EQ(send("GET", "/metrics").status, 401);
    key_ = "letmein";
    EXPECT_EQ(send("GET", "/metrics", "", "X-Forwarded-For: 1.2.3.4\r\n").status, 200);
}

TEST_F(ApiTest, WhatStandsLiterallyInAPathIsAThingOfItsOwn) {
    const TestReply reply = send("DELETE", "/api/v1/calls/export");
    EXPECT_EQ(reply.status, 405) << "no call of that name";
    EXPECT_NE(reply.head.find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos) << reply.head;
    EXPECT_EQ(send("DELETE", "/api/v1/calls/another").status, 404);
}

}  // namespace
}  // namespace studio::testing
