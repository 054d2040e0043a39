#include "http/server_fixture.hpp"

namespace studio::testing {
namespace {

class KeyApiTest : public ServerFixture {
protected:
    Json made(const char* body) {
        const TestReply reply = send("POST", "/api/v1/auth/api-keys", body);
        EXPECT_EQ(reply.status, 201) << reply.body;
        return *parse_json(reply.body);
    }
    Json me() { return *parse_json(send("GET", "/api/v1/auth/me").body); }
    /// What the list says of one key.
    Json listed(const std::string& id) {
        const auto page = parse_json(send("GET", "/api/v1/auth/api-keys").body);
        for (const Json& item : page->at("items").as_array()) {
            if (member_text(item, "id") == id) {
                return item;
            }
        }
        return nullptr;
    }
    void change_key(const std::string& id, const char* column, std::int64_t value) {
        const std::string sql = std::string("UPDATE api_keys SET ") + column + " = " +
                                std::to_string(value) + " WHERE id = '" + id + "'";
        thread_.run_and_wait([&] { platform_->scope.spawn(execute(*this, sql)); });
        while (!is_idle()) {
        }
    }
    static Task<> execute(KeyApiTest& test, std::string sql) {
        adapters::SqlDatabase::Work work = [&sql](adapters::SqlConnection& connection) {
            return connection.execute_script(sql);
        };
        const auto done = co_await test.database_->transact(
            test.platform_->loop, adapters::SqlAccess::write, std::move(work));
        EXPECT_TRUE(done.has_value());
    }
};

TEST_F(KeyApiTest, AKeyIsMadeShownOnceListedAndRevoked) {
    const Json key =
        made(R"({"name":"back end","scopes":["calls:create","calls:create"],"rate_limit":7})");
    EXPECT_TRUE(member_text(key, "key").starts_with("as_live_"));
    EXPECT_EQ(key.at("scopes"), JsonArray{"calls:create"});
    EXPECT_EQ(key.at("rate_limit").as_int64(), 7);
    const std::string id = member_text(key, "id");

    const Json shown = listed(id);
    EXPECT_EQ(member_text(shown, "name"), "back end");
    EXPECT_EQ(member_text(shown, "prefix"), member_text(key, "key").substr(0, 12));
    EXPECT_EQ(find_member(shown, "key"), nullptr);
    EXPECT_EQ(find_member(shown, "digest"), nullptr);
    EXPECT_TRUE(shown.at("revoked_at").is_null());

    const std::string full = std::exchange(key_, member_text(key, "key"));
    EXPECT_EQ(me().at("scopes"), JsonArray{"calls:create"});
    EXPECT_EQ(send("GET", "/api/v1/agents").status, 403);
    key_ = full;
    EXPECT_EQ(send("DELETE", "/api/v1/auth/api-keys/" + id).status, 204);
    EXPECT_EQ(send("DELETE", "/api/v1/auth/api-keys/" + id).status, 204);
    EXPECT_EQ(send("DELETE", "/api/v1/auth/api-keys/other").status, 404);
    EXPECT_FALSE(listed(id).at("revoked_at").is_null());
    key_ = member_text(key, "key");
    EXPECT_EQ(send("GET", "/api/v1/auth/me").status, 401);
}

TEST_F(KeyApiTest, AKeyGivesNoMoreThanItHas) {
    key_ = member_text(made(R"({"name":"a","scopes":["api_keys:write","calls:read"],
        "environment":"test","expires_at":"2099-01-01T00:00:00Z","rate_limit":50})"),
                       "key");
    EXPECT_TRUE(key_.starts_with("as_test_"));
    const auto refused = [this](const char* body) {
        const TestReply reply = send("POST", "/api/v1/auth/api-keys", body);
        EXPECT_EQ(reply.status, 403) << reply.body;
        const auto json = parse_json(reply.body);
        std::string fields;
        for (const Json& detail : json->at("error").at("details").as_array()) {
            fields += member_text(detail, "field") + ' ';
        }
        return fields;
    };
    EXPECT_EQ(refused(R"({"name":"b"})"), "environment expires_at rate_limit ");
    EXPECT_EQ(refused(R"({"name":"b","environment":"test","rate_limit":50,
        "expires_at":"2099-01-01T00:00:00Z","scopes":["calls:read","agents:read","*"]})"),
              "scopes scopes ");
    EXPECT_EQ(refused(R"({"name":"b","environment":"test","rate_limit":51,
        "expires_at":"2099-01-01T00:00:01Z"})"),
              "expires_at rate_limit ");
    const Json given = made(R"({"name":"b","environment":"test","rate_limit":50,
        "expires_at":"2099-01-01T00:00:00Z"})");
    EXPECT_EQ(given.at("scopes"), (JsonArray{"api_keys:write", "calls:read"}));
}

TEST_F(KeyApiTest, WhatIsWrongInTheWishForAKeyIsNamed) {
    for (const auto& [body, field] : std::initializer_list<std::pair<const char*, const char*>>{
             {R"({})", "name"},
             {R"({"name":" "})", "name"},
             {R"({"name":"a","environment":"prod"})", "environment"},
             {R"({"name":"a","scopes":[]})", "scopes"},
             {R"({"name":"a","scopes":["calls:fly"]})", "scopes[0]"},
             {R"({"name":"a","scopes":["calls:read",7]})", "scopes[1]"},
             {R"({"name":"a","expires_at":"tomorrow"})", "expires_at"},
             {R"({"name":"a","expires_at":""})", "expires_at"},
             {R"({"name":"a","expires_at":"2001-01-01T00:00:00Z"})", "expires_at"},
             {R"({"name":"a","rate_limit":0})", "rate_limit"},
             {R"({"name":"a","key":"as_live_x"})", "key"}}) {
        const TestReply reply = send("POST", "/api/v1/auth/api-keys", body);
        EXPECT_EQ(reply.status, 422) << body;
        EXPECT_NE(reply.body.find(std::string("\"field\":\"") + field + '"'), std::string::npos)
            << reply.body;
    }
    EXPECT_NE(send("GET", "/api/v1/auth/api-keys").body.find("\"total\":1"), std::string::npos);
}

TEST_F(KeyApiTest, NobodyShutsThemselvesOut) {
    const std::string own = member_text(me(), "id");
    EXPECT_EQ(send("DELETE", "/api/v1/auth/api-keys/" + own).status, 409);
    EXPECT_EQ(me().at("tenant").at("slug"), "default");
}

TEST_F(KeyApiTest, AnExpiredKeyOpensNothing) {
    const Json key = made(R"({"name":"a","expires_at":"2099-01-01T00:00:00Z"})");
    key_ = member_text(key, "key");
    EXPECT_EQ(send("GET", "/api/v1/agents").status, 200);
    change_key(member_text(key, "id"), "expires_at", 1'000);
    EXPECT_EQ(send("GET", "/api/v1/agents").status, 401);
}

TEST_F(KeyApiTest, WhenAKeyWasUsedIsNotedAtMostOnceAMinute) {
    const std::string id = member_text(me(), "id");
    while (listed(id).at("last_used_at").is_null()) {
    }
    const std::string first = member_text(listed(id), "last_used_at");
    EXPECT_EQ(member_text(listed(id), "last_used_at"), first);
    change_key(id, "last_used_at", 1'000);
    while (member_text(listed(id), "last_used_at").starts_with("1970")) {
    }
    EXPECT_GE(member_text(listed(id), "last_used_at"), first);
}

TEST_F(KeyApiTest, ACallOfATestKeyIsMarked) {
    ASSERT_EQ(
        send("POST", "/api/v1/agents", R"({"name":"waiter","config":{"prompt":{"system":"x"}}})")
            .status,
        201);
    const auto call = [this] {
        const TestReply reply = send("POST", "/api/v1/calls", R"({"agent_name":"waiter"})");
        const auto json = parse_json(reply.body);
        const TestReply loaded = send("GET", "/api/v1/calls/" + member_text(*json, "call_id"));
        EXPECT_EQ(json->at("livemode"), parse_json(loaded.body)->at("livemode"));
        return json->at("livemode").as_bool();
    };
    EXPECT_TRUE(call());
    key_ = member_text(made(R"({"name":"a","environment":"test"})"), "key");
    EXPECT_FALSE(call());
    EXPECT_FALSE(me().at("livemode").as_bool());
}

TEST_F(KeyApiTest, TooManyRequestsOfAKeyAreRefusedAndEachIsToldHowItStands) {
    const std::string full = key_;
    key_ = member_text(made(R"({"name":"a","scopes":["agents:read"],"rate_limit":3})"), "key");
    const auto left = [](const TestReply& reply) {
        const std::size_t at = reply.head.find("X-RateLimit-Remaining: ");
        return at == std::string::npos ? -1 : std::atoi(reply.head.c_str() + at + 23);
    };
    EXPECT_EQ(left(send("GET", "/api/v1/agents")), 2);
    // What the key may not do counts, too.
    const TestReply forbidden = send("GET", "/api/v1/calls");
    EXPECT_EQ(forbidden.status, 403);
    EXPECT_EQ(left(forbidden), 1);
    EXPECT_EQ(left(send("GET", "/api/v1/agents/none")), 0);
    for (int more = 0; more < 3; ++more) {
        const TestReply refused = send("GET", "/api/v1/agents");
        EXPECT_EQ(refused.status, 429);
        EXPECT_EQ(error_code_of(refused), "rate_limit_exceeded");
        EXPECT_EQ(left(refused), 0);
        EXPECT_NE(refused.head.find("X-RateLimit-Limit: 3"), std::string::npos);
        const std::size_t at = refused.head.find("Retry-After: ");
        ASSERT_NE(at, std::string::npos);
        const int wait = std::atoi(refused.head.c_str() + at + 13);
        EXPECT_GT(wait, 50);
        EXPECT_LE(wait, 60);
        const std::size_t reset = refused.head.find("X-RateLimit-Reset: ");
        ASSERT_NE(reset, std::string::npos);
        EXPECT_GT(std::atoll(refused.head.c_str() + reset + 19), 1'700'000'000);
    }
    // Health and the page are nobody's requests.
    EXPECT_EQ(send("GET", "/health/live").status, 200);
    EXPECT_EQ(send("GET", "/").status, 200);
    key_ = full;
    const TestReply other = send("GET", "/api/v1/agents");
    EXPECT_EQ(other.status, 200);
    EXPECT_EQ(left(other), -1);
}

}  // namespace
}  // namespace studio::testing
