#include <map>
#include <set>

#include "http/people_fixture.hpp"
#include "services/accounts/tenants.hpp"

namespace studio::testing {
namespace {

/// One tenant with something of everything, and a second one with a key that may do everything.
class TenantWalk : public PeopleFixture {
protected:
    TenantWalk() {
        owner_ = key_;
        thread_.run_and_wait([this] { platform_->scope.spawn(make_other(*this)); });
        while (!is_idle()) {
        }
    }
    static Task<> make_other(TenantWalk& test) {
        Platform& platform = *test.platform_;
        services::Tenants tenants(
            {platform.account_store, platform.digest, platform.entropy, platform.loop});
        const auto made = co_await tenants.create("other", "");
        EXPECT_TRUE(made.has_value());
        test.other_ = made->key.reveal();
    }
    static Task<> erase_other(TenantWalk& test) {
        Platform& platform = *test.platform_;
        services::Tenants tenants(
            {platform.account_store, platform.digest, platform.entropy, platform.loop});
        EXPECT_TRUE((co_await tenants.erase("other")).has_value());
        const auto refused = co_await tenants.erase("default");
        EXPECT_FALSE(refused.has_value());
        const auto again = co_await tenants.erase("other");
        EXPECT_FALSE(again.has_value());
    }

    std::string made(const std::string& path, const std::string& body, const char* id) {
        const TestReply reply = send("POST", path, body);
        EXPECT_EQ(reply.status, 201) << path << reply.body;
        return member_text(parsed(reply), id);
    }
    /// Something of everything for the present key's tenant; ids by route, without the method.
    std::map<std::string, std::string> fill() {
        made("/api/v1/agents", agent("waiter"), "id");
        made("/api/v1/tools", tool("look_up"), "id");
        made("/api/v1/workflows", workflow("clinic"), "id");
        const std::string call = made("/api/v1/calls", R"({"agent_name":"waiter"})", "call_id");
        return {
            {"/api/v1/agents/{name}", "waiter"},
            {"/api/v1/tools/{name}", "look_up"},
            {"/api/v1/workflows/{slug}", "clinic"},
            {"/api/v1/calls/{id}", call},
            {"/api/v1/sse/calls/{id}", call},
            {"/api/v1/webhooks/{id}",
             made("/api/v1/webhooks", R"({"url":"https://x.test/hook","events":["*"]})", "id")},
            {"/api/v1/auth/api-keys/{id}", made("/api/v1/auth/api-keys", R"({"name":"k"})", "id")},
            {"/api/v1/users/{id}",
             made("/api/v1/users", R"({"email":"a@b","role":"viewer"})", "id")}};
    }
    static std::string agent(const std::string& name) {
        return R"({"name":")" + name + R"(","config":{"prompt":{"system":"x"}}})";
    }
    static std::string tool(const std::string& name) {
        return R"({"name":")" + name +
               R"(","description":"d","config":{"actions":[{"type":"respond","message":"m"}]}})";
    }
    static std::string workflow(const std::string& slug) {
        return R"({"slug":")" + slug +
               R"(","config":{"nodes":[{"id":"n","agent_name":"waiter","is_entry":true,)"
               R"("is_exit":true}],"connections":[]}})";
    }
    /// A body that the route takes, so that nothing but the id is wrong.
    static std::string body_for(const std::string& route) {
        // The first part that a route has; what is more special comes first.
        static const std::vector<std::pair<std::string, std::string>> bodies{
            {"/nodes/", R"({"agent_name":"waiter"})"},
            {"/connections/", R"({"source_id":"n","target_id":"n"})"},
            {"/chat", "{}"},
            {"/try", "{}"},
            {"/say", R"({"text":"stolen"})"},
            {"/inject", R"({"message":"stolen"})"},
            {"/transfer", R"({"agent":"waiter"})"},
            {"/mute_agent", R"({"muted":true})"},
            {"/sdp", "v=0"},
            {"/agents/", R"({"config":{"prompt":{"system":"stolen"}}})"},
            {"/tools/", R"({"config":{"actions":[{"type":"respond","message":"stolen"}]}})"},
            {"/workflows/", workflow("clinic")},
            {"/users/", R"({"name":"stolen"})"},
            {"/webhooks/", R"({"url":"https://hooks.example/stolen"})"}};
        for (const auto& [part, body] : bodies) {
            if (route.find(part) != std::string::npos) {
                return body;
            }
        }
        return "";
    }
    static std::string headers_for(const std::string& route) {
        return route.ends_with("/sdp") ? "Content-Type: application/sdp\r\n" : "";
    }
    std::string everything() {
        std::string text;
        for (const char* list :
             {"agents", "tools", "workflows", "calls", "users", "webhooks", "auth/api-keys"}) {
            text += send("GET", std::string("/api/v1/") + list).body + '\n';
        }
        return text;
    }
    /// Without when keys were used, which only says that we have asked.
    static std::string without_use(std::string text) {
        for (std::size_t at = text.find("\"last_used_at\":"); at != std::string::npos;
             at = text.find("\"last_used_at\":", at)) {
            text.erase(at, text.find(',', at) - at);
        }
        return text;
    }

    std::string owner_;
    std::string other_;
};

TEST_F(TenantWalk, OfAnotherTenantsThingsNoRouteKnowsAnything) {
    const auto ids = fill();
    const std::string before = without_use(everything());
    key_ = other_;
    // So that nothing is missing but what is another's.
    made("/api/v1/agents", agent("mine"), "id");
    std::set<std::string> walked;
    for (const auto& route : platform_->all_routes()) {
        const std::size_t open = route.pattern.find('{');
        // Whose calls go is told by a word of the tenant's own, which may well be another's, too.
        if (!route.pattern.starts_with("/api/") || open == std::string::npos ||
            route.pattern.starts_with("/api/v1/callers/")) {
            continue;
        }
        const std::size_t close = route.pattern.find('}', open);
        const auto found = ids.find(route.pattern.substr(0, close + 1));
        ASSERT_NE(found, ids.end()) << "what does the other tenant have at " << route.pattern;
        std::string path = route.pattern;
        path.replace(open, close - open + 1, found->second);
        if (const std::size_t second = path.find('{'); second != std::string::npos) {
            path.replace(second, path.find('}') - second + 1, "n");
        }
        const TestReply reply =
            send(route.method, path, body_for(route.pattern), headers_for(route.pattern));
        EXPECT_EQ(reply.status, 404) << route.method << ' ' << path << ' ' << reply.body;
        EXPECT_EQ(error_code_of(reply), "not_found");
        EXPECT_EQ(reply.body.find("stolen"), std::string::npos);
        walked.insert(found->first);
    }
    EXPECT_EQ(walked.size(), ids.size());
    // Lists hold one's own.
    for (const auto& [list, total] :
         std::initializer_list<std::pair<const char*, const char*>>{{"agents", "1"},
                                                                    {"tools", "0"},
                                                                    {"workflows", "0"},
                                                                    {"calls", "0"},
                                                                    {"users", "0"},
                                                                    {"auth/api-keys", "1"}}) {
        const TestReply reply = send("GET", std::string("/api/v1/") + list);
        EXPECT_NE(reply.body.find(std::string("\"total\":") + total), std::string::npos)
            << reply.body;
    }
    EXPECT_EQ(send("DELETE", "/api/v1/callers/u/data").status, 200);
    // A name of another's is free, and what refers to it finds nothing.
    EXPECT_EQ(send("POST", "/api/v1/calls", R"({"agent_name":"waiter"})").status, 422);
    EXPECT_EQ(send("POST", "/api/v1/calls", R"({"workflow_slug":"clinic"})").status, 422);
    EXPECT_EQ(send("POST", "/api/v1/users", R"({"email":"a@b","role":"viewer"})").status, 201);
    EXPECT_EQ(send("POST", "/api/v1/agents", agent("waiter")).status, 201);
    key_ = owner_;
    EXPECT_EQ(without_use(everything()), before);
}

TEST_F(TenantWalk, AnAddressMayBelongToTwoTenantsWhoAreNamedThen) {
    join("a@b", "viewer");
    EXPECT_EQ(login("a@b").status, 200);
    key_ = other_;
    join("a@b", "admin");
    EXPECT_EQ(login("a@b").status, 401);
    for (const auto& [slug, role] : std::initializer_list<std::pair<const char*, const char*>>{
             {"default", "viewer"}, {"other", "admin"}}) {
        const TestReply reply = send(
            "POST", "/api/v1/auth/login",
            serialize_json(JsonObject{{"email", "a@b"}, {"password", password}, {"tenant", slug}}));
        ASSERT_EQ(reply.status, 200) << reply.body;
        key_ = access(parsed(reply));
        const Json me = parsed(send("GET", "/api/v1/auth/me"));
        EXPECT_EQ(member_text(me, "role"), role);
        EXPECT_EQ(member_text(me.at("tenant"), "slug"), slug);
    }
}

TEST_F(TenantWalk, ATenantGoesWithAllThatIsItsOwn) {
    fill();
    const std::string before = without_use(everything());
    key_ = other_;
    fill();
    const Json session = join("b@b", "owner");
    thread_.run_and_wait([this] { platform_->scope.spawn(erase_other(*this)); });
    while (!is_idle()) {
    }
    EXPECT_EQ(send("GET", "/api/v1/auth/me").status, 401);
    EXPECT_EQ(me_with(access(session)), 401);
    EXPECT_EQ(refresh(session).status, 401);
    EXPECT_EQ(login("b@b").status, 401);
    key_ = owner_;
    EXPECT_EQ(without_use(everything()), before);
}

}  // namespace
}  // namespace studio::testing
