#include "http/server_fixture.hpp"

namespace studio::testing {
namespace {

/// What comes from outside is finite, UTF-8, without NUL and bounded, or it is refused.
class TextEdges : public ServerFixture {
protected:
    TextEdges() {
        EXPECT_EQ(send("POST", "/api/v1/agents",
                       R"({"name":"waiter","config":{"prompt":{"system":"x"}}})")
                      .status,
                  201);
    }
    /// `status field` of the first detail.
    static std::string trouble(const TestReply& reply) {
        const auto json = parse_json(reply.body);
        const Json* error = json ? find_member(*json, "error") : nullptr;
        const Json* details = error == nullptr ? nullptr : find_member(*error, "details");
        std::string field;
        if (details != nullptr && !details->get_array().empty()) {
            field = ' ' + member_text(details->get_array()[0], "field");
        }
        return std::to_string(reply.status) + field;
    }
    std::string post_call(const std::string& rest) {
        return trouble(send("POST", "/api/v1/calls", R"({"agent_name":"waiter",)" + rest + '}'));
    }
};

TEST_F(TextEdges, NumbersThatCannotBeKeptAreRefusedWithTheirPlace) {
    EXPECT_EQ(post_call(R"("metadata":{"e":1e400})"), "422 metadata.e");
    EXPECT_EQ(post_call(R"("metadata":{"e":[1,-1e400]})"), "422 metadata.e[1]");
    EXPECT_EQ(post_call(R"("user_context":{"a":{"b":1e999}})"), "422 user_context.a.b");
    EXPECT_EQ(post_call(R"("metadata":{"id":123456789012345678901234})"), "422 metadata.id");
    EXPECT_EQ(post_call(R"("metadata":{"e":Infinity})"), "400");
    EXPECT_EQ(post_call(R"("metadata":{"e":NaN})"), "400");
    EXPECT_EQ(post_call(R"("metadata":{"e":1e99999999999})"), "400");
    EXPECT_EQ(trouble(send("POST", "/api/v1/agents",
                           R"({"name":"a","config":{"prompt":{"system":"x"},
                               "llm":{"options":{"rules":1e400}}}})")),
              "422 config.llm.options.rules");
    EXPECT_EQ(trouble(send("PATCH", "/api/v1/agents/waiter",
                           R"({"config":{"vad":{"activation_threshold":-1e400}}})")),
              "422 config.vad.activation_threshold");
    EXPECT_EQ(trouble(send("POST", "/api/v1/tools",
                           R"({"name":"t","description":"d","config":{"actions":[
                               {"type":"context.set","path":"a","value":1e400}]}})")),
              "422 config.actions[0].value");
    EXPECT_EQ(send("GET", "/api/v1/calls").status, 200);
}

TEST_F(TextEdges, NumbersComeBackAsTheyWereWritten) {
    const TestReply created =
        send("POST", "/api/v1/calls",
             R"({"agent_name":"waiter","metadata":{"z":0.0,"d":9.5,"i":9007199254740993,)"
             R"("u":18446744073709551615,"s":0.001,"m":-3}})");
    ASSERT_EQ(created.status, 201) << created.body;
    const std::string id = member_text(*parse_json(created.body), "call_id");
    const TestReply call = send("GET", "/api/v1/calls/" + id);
    EXPECT_NE(call.body.find(R"({"z":0,"d":9.5,"i":9007199254740993,"u":18446744073709551615,)"
                             R"("s":0.001,"m":-3})"),
              std::string::npos)
        << call.body;
    EXPECT_NE(call.body.find(R"("duration_seconds":0,)"), std::string::npos) << call.body;
}

TEST_F(TextEdges, TextIsUtf8WithoutNul) {
    EXPECT_EQ(post_call("\"user_id\":\"a\\u0000\""), "422 user_id");
    EXPECT_EQ(post_call("\"metadata\":{\"a\":\"\\u0000\"}"), "422 metadata.a");
    EXPECT_EQ(post_call("\"metadata\":{\"a\\u0000\":1}"), "422 metadata");
    EXPECT_EQ(post_call("\"user_id\":\"\xFF\""), "400");
    EXPECT_EQ(post_call("\"user_id\":\"\xC0\x80\""), "400");
    EXPECT_EQ(post_call("\"user_id\":\"\\ud800\""), "400");
    EXPECT_EQ(post_call("\"user_id\":\"" + std::string(1, '\0') + '"'), "400");
    EXPECT_EQ(post_call("\"user_id\":\"grüß 😀\""), "201");
}

TEST_F(TextEdges, DepthIsBounded) {
    const auto nested = [](std::size_t depth) {
        return "\"metadata\":{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + '}';
    };
    EXPECT_EQ(post_call(nested(30)), "201");
    EXPECT_EQ(post_call(nested(31)), "400");
    EXPECT_EQ(post_call(nested(100'000)), "400");
}

TEST_F(TextEdges, PathsQueriesAndHeadersAreText) {
    for (const char* path :
         {"/api/v1/agents/%ff", "/api/v1/calls/%ff", "/api/v1/calls/%FF/transcript",
          "/api/v1/agents?search=%ff", "/api/v1/agents?search=%c3", "/api/v1/agents?search=%00",
          "/api/v1/calls?agent_name=%ed%a0%80", "/api/v1/agents?%ff=1", "/api/v1/agents/%00",
          "/api/v1/tools/a%00b", "/%f0%9f%98"}) {
        EXPECT_EQ(send("GET", path).status, 400) << path;
    }
    EXPECT_EQ(send("GET", "/api/v1/agents?search=%C3%BC").status, 200);
    EXPECT_EQ(send("GET", "/api/v1/agents/%C3%BC").status, 404);
    EXPECT_EQ(send("DELETE", "/api/v1/agents/%ff").status, 400);
    EXPECT_EQ(send("POST", "/api/v1/calls/%ff/end").status, 400);

    const std::string body = R"({"agent_name":"waiter"})";
    const std::string long_key(129, 'k');
    for (const std::string& key : {std::string("\xFF"), std::string("a\xC3\xBC"), long_key}) {
        EXPECT_EQ(send("POST", "/api/v1/calls", body, "Idempotency-Key: " + key + "\r\n").status,
                  400);
    }
    EXPECT_EQ(
        send("POST", "/api/v1/calls", body, "Idempotency-Key: a\r\nIdempotency-Key: b\r\n").status,
        400);
    EXPECT_EQ(send("POST", "/api/v1/calls", body, "Idempotency-Key: " + long_key.substr(1) + "\r\n")
                  .status,
              201);
}

TEST_F(TextEdges, LengthsAreCountedInCharacters) {
    std::string hundred;
    for (int count = 0; count < 100; ++count) {
        hundred += "%C3%BC";
    }
    EXPECT_EQ(send("GET", "/api/v1/agents?search=" + hundred).status, 200);
    EXPECT_EQ(send("GET", "/api/v1/agents?search=" + hundred + "x").status, 422);
}

TEST_F(TextEdges, ABodyWithAContentCodingIsNotTaken) {
    const TestReply reply =
        send("POST", "/api/v1/calls", "\x1f\x8b\x08", "Content-Encoding: gzip\r\n");
    EXPECT_EQ(reply.status, 415);
    EXPECT_NE(reply.head.find("Accept-Encoding: identity"), std::string::npos);
    EXPECT_EQ(send("POST", "/api/v1/calls", R"({"agent_name":"waiter"})",
                   "Content-Encoding: identity\r\n")
                  .status,
              201);
}

}  // namespace
}  // namespace studio::testing
