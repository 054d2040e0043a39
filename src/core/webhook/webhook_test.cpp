#include <gtest/gtest.h>

#include "core/webhook/retry_schedule.hpp"
#include "core/webhook/webhook_event.hpp"
#include "core/webhook/webhook_payload.hpp"
#include "core/webhook/webhook_url.hpp"

namespace studio::core {
namespace {

TEST(WebhookPause, GrowsFromASecondToAnHourForADay) {
    std::vector<std::int64_t> pauses_s;
    milliseconds whole{0};
    for (int attempt = 1; const auto pause = webhook_pause(attempt, webhook_attempts_max, 0);
         ++attempt) {
        pauses_s.push_back(pause->count() / 1'000);
        whole += *pause;
    }
    const std::vector<std::int64_t> first(pauses_s.begin(), pauses_s.begin() + 13);
    EXPECT_EQ(first, (std::vector<std::int64_t>{1, 2, 4, 8, 16, 60, 120, 240, 480, 960, 1920, 3600,
                                                3600}));
    EXPECT_EQ(pauses_s.size(), 34U);
    EXPECT_GE(whole, std::chrono::hours(23));
    EXPECT_LE(whole, std::chrono::hours(25));
}

TEST(WebhookPause, EndsWithTheAttemptsThatAreAllowed) {
    EXPECT_EQ(webhook_pause(4, 5, 0), seconds(8));
    EXPECT_FALSE(webhook_pause(5, 5, 0));
    EXPECT_FALSE(webhook_pause(1, 1, 0));
    EXPECT_FALSE(webhook_pause(0, 5, 0));
}

TEST(WebhookPause, MinutesAreSpreadAndSecondsAreNot) {
    EXPECT_EQ(webhook_pause(5, 35, 123'456'789), seconds(16));
    for (std::uint64_t draw = 0; draw < 100; ++draw) {
        const auto pause = webhook_pause(6, 35, draw * 977);
        EXPECT_GE(*pause, seconds(60));
        EXPECT_LE(*pause, seconds(66));
    }
    EXPECT_NE(webhook_pause(6, 35, 1), webhook_pause(6, 35, 2));
}

TEST(WebhookEvent, StoredEventsHaveTheNamesThatReceiversKnow) {
    using Names = std::vector<std::string_view>;
    EXPECT_EQ(webhook_events_of("call.created"), Names{"call.started"});
    EXPECT_EQ(webhook_events_of("call.started"), Names{"call.connected"});
    EXPECT_EQ(webhook_events_of("call.agent_changed"), Names{"call.agent.changed"});
    for (const std::string_view end :
         {"call.completed", "call.failed", "call.disconnected", "call.timeout"}) {
        EXPECT_EQ(webhook_events_of(end), (Names{end, "call.ended"}));
    }
    EXPECT_EQ(webhook_events_of("call.invented"), Names{});
    for (const std::string_view name : webhook_events) {
        EXPECT_EQ(parse_webhook_event(name), name);
    }
    EXPECT_EQ(parse_webhook_event("call.agent_changed"), "call.agent.changed");
    EXPECT_EQ(parse_webhook_event("*"), "*");
    EXPECT_FALSE(parse_webhook_event("call.created"));
    EXPECT_FALSE(parse_webhook_event(""));
}

TEST(WebhookEvent, AnEndpointGetsWhatItAskedFor) {
    EXPECT_TRUE(wants_event({"*"}, "call.ended"));
    EXPECT_TRUE(wants_event({"call.failed", "call.ended"}, "call.ended"));
    EXPECT_FALSE(wants_event({"call.failed"}, "call.ended"));
    EXPECT_FALSE(wants_event({}, "call.ended"));
}

TEST(WebhookPayload, IsTheEnvelopeThatReceiversKnow) {
    WebhookEnvelope envelope;
    envelope.id = webhook_event_id(CallId("0b-1c"), webhook_sequence(3, 1));
    envelope.type = "call.ended";
    envelope.tenant_id = TenantId("t");
    envelope.created = WallTime{milliseconds{1'700'000'000'999}};
    envelope.data = JsonObject{{"call_id", "0b-1c"}};
    EXPECT_EQ(webhook_body(std::move(envelope)),
              R"({"id":"evt_0b1c_7","object":"event","api_version":"2026-01-19",)"
              R"("created":1700000000,"type":"call.ended","tenant_id":"t","livemode":true,)"
              R"("data":{"call_id":"0b-1c"}})");
}

TranscriptEntry handoff(const char* tool, const char* arguments) {
    TranscriptEntry entry;
    entry.role = TranscriptRole::tool;
    entry.tool = JsonObject{{"name", tool}, {"arguments", *parse_json(arguments)}};
    return entry;
}

TEST(WebhookPayload, TheEndTellsTheWholeCall) {
    CallRecord record;
    record.id = CallId("c");
    record.started_at = WallTime{milliseconds{1'000}};
    record.ended_at = WallTime{milliseconds{3'500}};
    record.metadata = JsonObject{{"order", 7}};
    record.phone_number = Pii<std::string>("+491510000");
    TranscriptEntry said;
    said.role = TranscriptRole::user;
    said.content = "two please";
    const std::vector<TranscriptEntry> transcript{
        said, handoff("hand_over_to_cook", R"({"dish":"soup","conversation_summary":"s"})"),
        handoff("book", R"({"table":3})"), handoff("hand_over_to_waiter", R"({"dish":"fish"})")};
    const Json stored =
        JsonObject{{"call_id", "c"}, {"agent_history", JsonArray{"waiter", "cook"}}};
    const Json end = webhook_data(stored, record, transcript, true);
    EXPECT_EQ(end.at("duration_seconds"), Json(2.5));
    EXPECT_EQ(end.at("metrics").at("duration_seconds"), Json(2.5));
    EXPECT_EQ(end.at("transcript").as_array().size(), 4U);
    EXPECT_EQ(end.at("transcript").at(0).at("content"), Json("two please"));
    EXPECT_EQ(end.at("extracted"), (Json(JsonObject{{"dish", "fish"}})));
    EXPECT_EQ(end.at("links").at("transcript"), Json("/api/v1/calls/c/transcript"));
    EXPECT_EQ(end.at("metadata").at("order"), Json(7));
    EXPECT_EQ(end.at("previous_agent"), Json("waiter"));
    EXPECT_EQ(serialize_json(end).find("+49"), std::string::npos);
    const Json before = webhook_data(stored, record, {}, false);
    EXPECT_EQ(before.at("transcript"), Json(JsonArray{}));
    EXPECT_EQ(before.at("metrics"), Json(JsonObject{}));
    EXPECT_FALSE(before.as_object().contains("links"));
}

TEST(WebhookUrl, IsOneThatCanBeShownAndReached) {
    for (const char* url : {"http://a", "https://hooks.example.com/in?key=1&b=%20",
                            "http://127.0.0.1:8080/", "https://a-b.c:65535/x", "http://a/:@[]"}) {
        EXPECT_EQ(wrong_in_webhook_url(url), "") << url;
    }
    for (const char* url : {"",
                            "ftp://a/",
                            "http://",
                            "http:///x",
                            "http://user:pw@host/",
                            "http://user@host/",
                            "http://a:0/",
                            "http://a:065/",
                            "http://a:65536/",
                            "http://a:/",
                            "http://a b/",
                            "http://a/b c",
                            "http://a/#part",
                            "http://a?b",
                            "http://[::1]/",
                            "http://-a/",
                            "http://a./",
                            "HTTP://a/",
                            "http://a/\n",
                            "http://\xC3\xA4/"}) {
        EXPECT_NE(wrong_in_webhook_url(url), "") << url;
    }
    EXPECT_NE(wrong_in_webhook_url("http://a/" + std::string(2'048, 'b')), "");
    EXPECT_EQ(place_of_webhook_url("https://h.x/y").host, "h.x");
    EXPECT_EQ(place_of_webhook_url("https://h.x/y").port, 443);
    EXPECT_EQ(place_of_webhook_url("http://1.2.3.4:81").port, 81);
}

}  // namespace
}  // namespace studio::core
