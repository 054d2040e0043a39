#include <vector>

#include "http/server_fixture.hpp"

namespace studio::testing {
namespace {

/// Writes of agents and tools that meet, that expect a state, and that others stand in the way of.
class ResourceWrites : public ServerFixture {
protected:
    void create_tool(const std::string& name) {
        ASSERT_EQ(send("POST", "/api/v1/tools",
                       R"({"name":")" + name + R"(","description":"d","config":{}})")
                      .status,
                  201);
    }
    TestReply create_agent(const std::string& name, const std::string& more = "") {
        return send("POST", "/api/v1/agents",
                    R"({"name":")" + name + R"(","config":{"prompt":{"system":"x"})" + more + "}}");
    }
    static std::string field_of(const TestReply& reply, const std::string& name) {
        const std::size_t at = reply.head.find("\r\n" + name + ": ");
        if (at == std::string::npos) {
            return "";
        }
        const std::size_t begin = at + name.size() + 4;
        return reply.head.substr(begin, reply.head.find('\r', begin) - begin);
    }
    Json config_of(const std::string& path) {
        const auto json = parse_json(send("GET", path).body);
        const Json* config = json ? find_member(*json, "config") : nullptr;
        return config == nullptr ? Json() : *config;
    }
};

TEST_F(ResourceWrites, SimultaneousPatchesOfDifferentFieldsAllSurvive) {
    ASSERT_EQ(create_agent("waiter").status, 201);
    const std::vector<std::string> languages{"aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh",
                                             "ii", "jj", "kk", "ll", "mm", "nn", "oo", "pp"};
    std::vector<boost::asio::ip::tcp::socket> sockets;
    for (std::size_t index = 0; index < languages.size(); ++index) {
        sockets.push_back(connect());
    }
    for (std::size_t index = 0; index < languages.size(); ++index) {
        const std::string body =
            R"({"config":{"tts":{"voices":{")" + languages[index] + R"(":"v"}}}})";
        const std::string request =
            "PATCH /api/v1/agents/waiter HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + key_ +
            "\r\nContent-Type: application/merge-patch+json\r\nConnection: close\r\n"
            "Content-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body;
        boost::asio::write(sockets[index], boost::asio::buffer(request));
    }
    for (auto& socket : sockets) {
        std::string text;
        boost::system::error_code error;
        boost::asio::read(socket, boost::asio::dynamic_buffer(text), error);
        EXPECT_EQ(split(text).status, 200) << text;
    }
    const Json config = config_of("/api/v1/agents/waiter");
    EXPECT_EQ(config.at_pointer("/tts/voices").get_object().size(), languages.size());
}

TEST_F(ResourceWrites, ATagNamesAStateAndAWriteMayAskForIt) {
    const TestReply created = create_agent("waiter");
    const std::string first = field_of(created, "ETag");
    ASSERT_TRUE(first.starts_with('"')) << created.head;
    const std::string path = "/api/v1/agents/waiter";
    EXPECT_EQ(field_of(send("GET", path), "ETag"), first);
    const auto patch = [&](const std::string& headers) {
        return send("PATCH", path, R"({"description":"d"})", headers);
    };
    const TestReply changed = patch("If-Match: " + first + "\r\n");
    EXPECT_EQ(changed.status, 200);
    const std::string second = field_of(changed, "ETag");
    EXPECT_NE(second, first);

    const TestReply refused = patch("If-Match: " + first + "\r\n");
    EXPECT_EQ(refused.status, 412);
    EXPECT_EQ(error_code_of(refused), "precondition_failed");
    // A weak tag never matches strongly; a list may hold the right one; `*` is any state.
    EXPECT_EQ(patch("If-Match: W/" + second + "\r\n").status, 412);
    EXPECT_EQ(patch("If-Match: \"other\"\r\n").status, 412);
    EXPECT_EQ(patch("If-Match: rubbish\r\n").status, 412);
    EXPECT_EQ(patch("If-None-Match: *\r\n").status, 412);
    const TestReply third = patch("If-Match: \"a,b\", " + second + "\r\n");
    EXPECT_EQ(third.status, 200);
    EXPECT_EQ(patch("If-Match: *\r\n").status, 200);
    EXPECT_EQ(send("PATCH", "/api/v1/agents/nobody", "{}", "If-Match: *\r\n").status, 404);

    EXPECT_EQ(
        send("PUT", path, R"({"config":{"prompt":{"system":"y"}}})", "If-Match: " + first + "\r\n")
            .status,
        412);
    EXPECT_EQ(send("DELETE", path, "", "If-Match: " + first + "\r\n").status, 412);
    const std::string last = field_of(send("GET", path), "ETag");
    EXPECT_EQ(send("DELETE", path, "", "If-Match: " + last + "\r\n").status, 204);
}

TEST_F(ResourceWrites, AReaderWhoHasItIsToldSo) {
    create_tool("tool");
    const std::string tag = field_of(send("GET", "/api/v1/tools/tool"), "ETag");
    for (const std::string& list : {tag, "W/" + tag, "\"x\" , W/" + tag, std::string("*")}) {
        const TestReply reply =
            send("GET", "/api/v1/tools/tool", "", "If-None-Match: " + list + "\r\n");
        EXPECT_EQ(reply.status, 304) << list;
        EXPECT_EQ(field_of(reply, "ETag"), tag);
        EXPECT_TRUE(reply.body.empty());
        EXPECT_EQ(send("HEAD", "/api/v1/tools/tool", "", "If-None-Match: " + list + "\r\n").status,
                  304);
    }
    for (const std::string& list : {std::string("\"x\""), "x" + tag, std::string(",")}) {
        EXPECT_EQ(send("GET", "/api/v1/tools/tool", "", "If-None-Match: " + list + "\r\n").status,
                  200)
            << list;
    }
    // The files of the page follow the same rules.
    const std::string page = field_of(send("GET", "/"), "ETag");
    for (const std::string& list : {"W/" + page, "\"x\", " + page, std::string("*")}) {
        EXPECT_EQ(send("GET", "/", "", "If-None-Match: " + list + "\r\n").status, 304) << list;
    }
    EXPECT_EQ(
        send("GET", "/", "", "If-None-Match: \"x\"\r\nIf-None-Match: " + page + "\r\n").status,
        304);
}

TEST_F(ResourceWrites, APatchMergesAndNullRemoves) {
    ASSERT_EQ(create_agent("waiter", R"(,"llm":{"model":"m","temperature":0.5},
                                        "languages":["en","de"])")
                  .status,
              201);
    const std::string path = "/api/v1/agents/waiter";
    const TestReply patched = send("PATCH", path, R"({"display_name":"Shown","config":{
        "llm":{"model":null},"languages":["en"],"prompt":{"greeting":"Hello."}}})");
    ASSERT_EQ(patched.status, 200) << patched.body;
    EXPECT_EQ(config_of(path), *parse_json(R"({"prompt":{"system":"x","greeting":"Hello."},
                              "llm":{"temperature":0.5},"languages":["en"]})"));
    const TestReply removed = send("PATCH", path, R"({"display_name":null,"is_active":null})");
    EXPECT_EQ(removed.status, 200);
    EXPECT_EQ(member_text(*parse_json(removed.body), "display_name"), "waiter");
    EXPECT_EQ(send("PATCH", path, R"({"config":null})").status, 422);
    EXPECT_EQ(send("PATCH", path, R"({"name":null})").status, 422);
    EXPECT_EQ(send("PATCH", path, R"({"config":{"prompt":{"system":null}}})").status, 422);
    EXPECT_EQ(send("PATCH", path, R"({"nothing":1})").status, 422);
    EXPECT_EQ(send("PATCH", path, "{}", "Content-Type: text/plain\r\n").status, 415);
}

TEST_F(ResourceWrites, WhatIsInUseStaysAndItsUsersAreNamed) {
    create_tool("book_table");
    create_tool("spare");
    ASSERT_EQ(create_agent("waiter", R"(,"tools":["book_table"])").status, 201);
    ASSERT_EQ(create_agent("host", R"(,"handoffs":[{"target_agent":"waiter"}])").status, 201);
    const TestReply erased = send("DELETE", "/api/v1/tools/book_table");
    EXPECT_EQ(erased.status, 409);
    EXPECT_NE(erased.body.find("is used by agent waiter"), std::string::npos) << erased.body;
    const TestReply renamed = send("PATCH", "/api/v1/tools/book_table", R"({"name":"other"})");
    EXPECT_EQ(renamed.status, 409);
    EXPECT_NE(renamed.body.find("agent waiter"), std::string::npos) << renamed.body;
    EXPECT_EQ(
        send("PUT", "/api/v1/tools/book_table", R"({"name":"other","description":"d","config":{}})")
            .status,
        409);
    EXPECT_NE(send("DELETE", "/api/v1/agents/waiter").body.find("agent host"), std::string::npos);
    EXPECT_EQ(send("PATCH", "/api/v1/tools/book_table", R"({"description":"new"})").status, 200);
    EXPECT_EQ(send("PATCH", "/api/v1/tools/spare", R"({"name":"free"})").status, 200);
    EXPECT_EQ(send("DELETE", "/api/v1/tools/free").status, 204);
    EXPECT_EQ(send("PATCH", "/api/v1/agents/waiter", R"({"config":{"tools":null}})").status, 200);
    EXPECT_EQ(send("DELETE", "/api/v1/tools/book_table").status, 204);
    EXPECT_EQ(send("DELETE", "/api/v1/agents/host").status, 204);
    EXPECT_EQ(send("DELETE", "/api/v1/agents/waiter").status, 204);
    const TestReply missing = create_agent("late", R"(,"tools":["book_table"])");
    EXPECT_EQ(missing.status, 422);
    EXPECT_NE(missing.body.find("config.tools[0]"), std::string::npos) << missing.body;
}

TEST_F(ResourceWrites, WhatWillNotWorkIsSaid) {
    const TestReply plain = create_agent("plain");
    EXPECT_NE(plain.body.find(R"("warnings":[])"), std::string::npos) << plain.body;
    const TestReply created = create_agent("waiter", R"(,"llm":{"provider":"openai","model":"m"},
                                  "handoffs":[{"target_agent":"nobody"}])");
    ASSERT_EQ(created.status, 201) << created.body;
    EXPECT_NE(created.body.find("config.llm.provider"), std::string::npos) << created.body;
    EXPECT_NE(created.body.find("there is no agent nobody"), std::string::npos) << created.body;
    EXPECT_NE(send("GET", "/api/v1/agents/waiter").body.find("config.llm.provider"),
              std::string::npos);
    EXPECT_NE(send("GET", "/health").body.find(R"("openai":{"status":"unavailable")"),
              std::string::npos);
}

TEST_F(ResourceWrites, AnIdempotencyKeyMeansOneBody) {
    ASSERT_EQ(create_agent("waiter").status, 201);
    const std::string key = "Idempotency-Key: k\r\n";
    const auto post = [this, &key](const std::string& body) {
        return send("POST", "/api/v1/calls", body, key);
    };
    const TestReply first = post(R"({"agent_name":"waiter","metadata":{"a":1,"b":[2]}})");
    ASSERT_EQ(first.status, 201) << first.body;
    // The order of members and the blanks between them say nothing.
    const TestReply again = post(R"({"metadata" : {"b":[2], "a":1}, "agent_name":"waiter"})");
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    const TestReply other = post(R"({"agent_name":"waiter","metadata":{"a":2,"b":[2]}})");
    EXPECT_EQ(other.status, 422);
    EXPECT_NE(other.body.find("Idempotency-Key"), std::string::npos) << other.body;
    // A request that was refused leaves the key free.
    const std::string free = "Idempotency-Key: free\r\n";
    EXPECT_EQ(send("POST", "/api/v1/calls", R"({"agent_name":"nobody"})", free).status, 422);
    EXPECT_EQ(send("POST", "/api/v1/calls", R"({"agent_name":"waiter"})", free).status, 201);
}

}  // namespace
}  // namespace studio::testing
