#include <algorithm>
#include <set>

#include "adapters/http/api/calls/call_query.hpp"
#include "adapters/http/api/table_text.hpp"
#include "http/server_fixture.hpp"

namespace studio::testing {
namespace {

using adapters::csv_cell;

/// Lists, exports, erasure and figures over HTTP, of calls that failed at once: each is created and
/// ended before anybody has sent an offer.
class AnalyticsApi : public ServerFixture {
protected:
    AnalyticsApi() {
        EXPECT_EQ(send("POST", "/api/v1/agents",
                       R"({"name":"waiter","config":{"prompt":{"system":"x"}}})")
                      .status,
                  201);
    }
    std::string create(const std::string& members = "") {
        const TestReply created =
            send("POST", "/api/v1/calls", R"({"agent_name":"waiter")" + members + "}");
        EXPECT_EQ(created.status, 201) << created.body;
        return std::string(parse_json(created.body)->at("call_id").get_string());
    }
    std::string create_ended(const std::string& members = "") {
        const std::string id = create(members);
        EXPECT_EQ(send("POST", "/api/v1/calls/" + id + "/end").status, 200);
        return id;
    }
    Json get(const std::string& target) {
        const TestReply reply = send("GET", "/api/v1/" + target);
        EXPECT_EQ(reply.status, 200) << target << ' ' << reply.body;
        return parse_json(reply.body).value_or(Json(JsonObject{}));
    }
    std::string wrong_field(const std::string& target) {
        const TestReply reply = send("GET", "/api/v1/" + target);
        EXPECT_EQ(reply.status, 422) << target << ' ' << reply.body;
        return std::string(
            parse_json(reply.body)->at("error").at("details").at(0).at("field").get_string());
    }
    /// A body that comes in chunks (RFC 9112, section 7.1), put together. The client waits for all
    /// of it: one that closes its direction is taken for gone.
    TestReply exported(const std::string& target) {
        auto socket = connect();
        boost::system::error_code error;
        boost::asio::write(socket,
                           boost::asio::buffer("GET /api/v1/" + target +
                                               " HTTP/1.1\r\nHost: test\r\nX-API-Key: " + key_ +
                                               "\r\nConnection: close\r\n\r\n"),
                           error);
        std::string text;
        boost::asio::read(socket, boost::asio::dynamic_buffer(text), error);
        TestReply reply = split(text);
        EXPECT_NE(reply.head.find("chunked"), std::string::npos) << reply.head;
        std::string whole;
        std::size_t at = 0;
        while (true) {
            const std::size_t line = reply.body.find("\r\n", at);
            const auto size = line == std::string::npos
                                  ? 0
                                  : std::stoul(reply.body.substr(at, line - at), nullptr, 16);
            if (size == 0) {
                EXPECT_NE(line, std::string::npos) << "it broke off";
                break;
            }
            whole += reply.body.substr(line + 2, size);
            at = line + 2 + size + 2;
        }
        reply.body = whole;
        return reply;
    }
    static std::size_t lines_of(const std::string& text) {
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }
};

TEST(TableText, NoCellIsEverAFormula) {
    for (const char* text : {"=1+1", "+49151", "-2", "@SUM(A1)", "\tx", "\rx"}) {
        const std::string cell = csv_cell(Json(text));
        EXPECT_EQ(cell.find('\''), cell.front() == '"' ? 1U : 0U) << cell;
    }
    EXPECT_EQ(csv_cell(Json("plain")), "plain");
    EXPECT_EQ(csv_cell(Json("a,\"b\"\n")), "\"a,\"\"b\"\"\n\"");
    EXPECT_EQ(csv_cell(Json(-2.5)), "-2.5") << "a number is one";
    EXPECT_EQ(csv_cell(Json(nullptr)), "");
    EXPECT_EQ(csv_cell(*parse_json(R"(["a","b"])")), R"("[""a"",""b""]")");
}

TEST(CallQuery, ACursorIsReadAsItWasWrittenAndNothingElseIs) {
    core::CallRecord record;
    record.created_at = WallTime{milliseconds{1'700'000'000'123}};
    record.id = CallId("id:with:colons");
    const std::string cursor = adapters::write_cursor(record);
    const auto place = adapters::read_cursor(cursor);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->created_at, record.created_at);
    EXPECT_EQ(place->id, record.id);
    for (const std::string& text : {std::string(), std::string("x"), cursor + "A", cursor.substr(1),
                                    std::string("MTo1"), std::string("MToxOg==")}) {
        EXPECT_FALSE(adapters::read_cursor(text)) << text;
    }
}

TEST_F(AnalyticsApi, PagesAreWalkedByTheirCursors) {
    std::vector<std::string> ids;
    for (int number = 0; number < 5; ++number) {
        ids.push_back(create());
    }
    const Json first = get("calls?limit=2");
    EXPECT_EQ(first.at("total"), 5);
    std::set<std::string> seen;
    Json page = first;
    while (true) {
        for (const Json& call : page.at("items").get_array()) {
            EXPECT_TRUE(seen.emplace(call.at("id").get_string()).second) << "twice";
        }
        if (page.at("next_cursor").is_null()) {
            break;
        }
        create();
        page = get("calls?limit=2&cursor=" + std::string(page.at("next_cursor").get_string()));
        EXPECT_TRUE(page.at("total").is_null());
    }
    EXPECT_EQ(seen, std::set<std::string>(ids.begin(), ids.end()));
    EXPECT_EQ(wrong_field("calls?cursor=x"), "cursor");
    EXPECT_EQ(wrong_field("calls?cursor="), "cursor");
    EXPECT_EQ(
        wrong_field("calls?offset=1&cursor=" + std::string(first.at("next_cursor").get_string())),
        "offset");
    EXPECT_TRUE(get("calls?limit=200").at("next_cursor").is_null());
}

TEST_F(AnalyticsApi, CallsAreFoundByWhoAndWhenAndTheirMetadata) {
    create(R"(,"user_id":"u-1","metadata":{"order":"7","vip":true})");
    create(R"(,"user_id":"u-2")");
    EXPECT_EQ(get("calls?user_id=u-1").at("total"), 1);
    EXPECT_EQ(get("calls?metadata=order%3D7").at("total"), 1);
    EXPECT_EQ(get("calls?metadata=vip=true").at("total"), 1);
    EXPECT_EQ(get("calls?metadata=order=8").at("total"), 0);
    EXPECT_EQ(get("calls?phone_number=%2B49").at("total"), 0);
    EXPECT_EQ(get("calls?started_after=2020-01-01&started_before=2099-01-01T00:00:00Z").at("total"),
              2);
    EXPECT_EQ(get("calls?started_before=2020-01-01").at("total"), 0);
    EXPECT_EQ(wrong_field("calls?metadata=order"), "metadata");
    EXPECT_EQ(wrong_field("calls?metadata="), "metadata");
    EXPECT_EQ(wrong_field("calls?metadata==7"), "metadata");
    EXPECT_EQ(wrong_field("calls?started_after=yesterday"), "started_after");
}

TEST_F(AnalyticsApi, CallsAreExportedWholeAndHarmless) {
    create_ended(R"x(,"user_id":"=HYPERLINK(\"x\")")x");
    for (int number = 0; number < 250; ++number) {
        create_ended();
    }
    create();
    const TestReply csv = exported("calls/export");
    EXPECT_EQ(csv.status, 200);
    EXPECT_NE(csv.head.find("text/csv"), std::string::npos) << csv.head;
    EXPECT_EQ(lines_of(csv.body), 253U) << "names, and 252 calls";
    EXPECT_TRUE(csv.body.starts_with("id,agent_name,"));
    EXPECT_NE(csv.body.find(R"x(,"'=HYPERLINK(""x"")",failed,cancelled,)x"), std::string::npos);
    const TestReply lines = exported("calls/export?format=jsonl&status=failed");
    EXPECT_EQ(lines_of(lines.body), 251U);
    EXPECT_NE(lines.head.find("application/jsonl"), std::string::npos);
    EXPECT_NE(lines.body.find(R"x("user_id":"=HYPERLINK(\"x\")")x"), std::string::npos);
    EXPECT_EQ(lines.body.find("pending"), std::string::npos);
    EXPECT_EQ(wrong_field("calls/export?format=xml"), "format");
    EXPECT_EQ(wrong_field("calls/export?limit=5"), "limit");
}

TEST_F(AnalyticsApi, WhatIsErasedIsGoneAndAReceiptIsGiven) {
    const std::string id = create(R"(,"user_id":"u 1")");
    EXPECT_EQ(error_code_of(send("DELETE", "/api/v1/calls/" + id)), "conflict");
    EXPECT_EQ(error_code_of(send("DELETE", "/api/v1/callers/u%201/data")), "conflict");
    EXPECT_EQ(send("POST", "/api/v1/calls/" + id + "/end").status, 200);
    create_ended(R"(,"user_id":"u 1")");
    const TestReply erased = send("DELETE", "/api/v1/calls/" + id);
    EXPECT_EQ(erased.status, 200) << erased.body;
    EXPECT_EQ(parse_json(erased.body)->at("calls"), 1);
    EXPECT_EQ(erased.body.find("u 1"), std::string::npos);
    EXPECT_EQ(send("GET", "/api/v1/calls/" + id).status, 404);
    EXPECT_EQ(send("DELETE", "/api/v1/calls/" + id).status, 404);
    const TestReply all = send("DELETE", "/api/v1/callers/u%201/data");
    EXPECT_EQ(parse_json(all.body)->at("calls"), 1) << all.body;
    const TestReply again = send("DELETE", "/api/v1/callers/u%201/data");
    EXPECT_EQ(parse_json(again.body)->at("calls"), 0) << again.body;
    EXPECT_EQ(get("calls").at("total"), 0);
    EXPECT_EQ(get("analytics/summary").at("total_calls"), 2) << "sums stay";
}

TEST_F(AnalyticsApi, EndedCallsAreCountedAndOthersAreNot) {
    EXPECT_TRUE(get("analytics/summary").at("success_rate").is_null());
    create();
    create_ended();
    create_ended();
    const Json summary = get("analytics/summary?period=1h");
    EXPECT_EQ(summary.at("total_calls"), 2);
    EXPECT_EQ(summary.at("failed_calls"), 2);
    EXPECT_EQ(summary.at("completed_calls"), 0);
    EXPECT_EQ(summary.at("success_rate").to_number<double>(), 0.0);
    EXPECT_EQ(summary.at("active_calls"), 0);
    EXPECT_TRUE(summary.at("avg_turn_latency_ms").is_null());
    const Json outcomes = get("analytics/outcomes");
    EXPECT_EQ(outcomes.at("data").at(0).at("status_reason"), "cancelled");
    EXPECT_EQ(outcomes.at("data").at(0).at("share").to_number<double>(), 100.0);
    EXPECT_EQ(get("analytics/workflow-stats").at("data").at(0).at("total_calls"), 2);
    EXPECT_EQ(get("analytics/provider-latency").at("data").get_array().size(), 0U);
    EXPECT_EQ(get("analytics/errors").at("data").get_array().size(), 0U);
    const Json past = get("analytics/summary?started_before=2026-01-01");
    EXPECT_EQ(past.at("total_calls"), 0);
}

TEST_F(AnalyticsApi, VolumeHasEveryStepOfItsRange) {
    create_ended();
    const Json hours = get("analytics/call-volume");
    EXPECT_EQ(hours.at("interval"), "hour");
    EXPECT_EQ(hours.at("data").get_array().size(), 25U);
    EXPECT_EQ(hours.at("data").get_array().back().at("failed"), 1);
    const Json weeks = get(
        "analytics/call-volume?interval=week&started_after=2026-01-01&started_before=2026-02-01");
    EXPECT_EQ(weeks.at("data").get_array().size(), 5U);
    EXPECT_EQ(weeks.at("data").at(0).at("timestamp"), "2025-12-29T00:00:00.000Z");
    EXPECT_EQ(get("analytics/call-volume?interval=day&period=7d").at("data").get_array().size(),
              8U);
    EXPECT_EQ(
        wrong_field("analytics/call-volume?started_after=2026-01-01&started_before=2026-06-01"),
        "interval");
    EXPECT_EQ(wrong_field("analytics/call-volume?interval=minute"), "interval");
    EXPECT_EQ(wrong_field("analytics/summary?period=2h"), "period");
    EXPECT_EQ(wrong_field("analytics/errors?period=1h&started_after=2026-01-01"), "period");
    EXPECT_EQ(wrong_field("analytics/errors?started_after=2020-01-01&started_before=2026-01-01"),
              "started_after");
}

TEST_F(AnalyticsApi, PricesAreWrittenAndReadAgain) {
    EXPECT_EQ(get("prices").at("currency"), "USD");
    const std::string list =
        R"({"currency":"EUR","prices":[{"stage":"stt","provider":"x","per_audio_minute":0.01}]})";
    EXPECT_EQ(send("PUT", "/api/v1/prices", list).status, 200);
    EXPECT_EQ(get("prices"), *parse_json(list));
    EXPECT_EQ(send("PUT", "/api/v1/prices", R"({"currency":"x"})").status, 422);
    EXPECT_EQ(get("usage").at("currency"), "EUR");
    EXPECT_EQ(get("usage").at("total_cost").to_number<double>(), 0.0);
    const TestReply csv = send("GET", "/api/v1/usage?format=csv");
    EXPECT_TRUE(csv.body.starts_with("day,agent_name,stage,provider,model,requests,")) << csv.body;
    EXPECT_EQ(send("GET", "/api/v1/usage?format=jsonl").status, 200);
    EXPECT_EQ(wrong_field("usage?format=xml"), "format");
}

}  // namespace
}  // namespace studio::testing
