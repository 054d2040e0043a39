#include "http/people_fixture.hpp"
#include "services/accounts/roles.hpp"

namespace studio::testing {
namespace {

class UserApiTest : public PeopleFixture {
protected:
    TestReply patch(const std::string& id, const char* body) {
        return send("PATCH", "/api/v1/users/" + id, body);
    }
    std::string id_of(const std::string& credential) {
        const std::string kept = std::exchange(key_, credential);
        const std::string id = member_text(parsed(send("GET", "/api/v1/auth/me")), "id");
        key_ = kept;
        return id;
    }
};

TEST_F(UserApiTest, PeopleAreInvitedListedChangedAndErased) {
    const Json invited = invite("b@x", "viewer");
    const std::string id = member_text(invited, "id");
    EXPECT_FALSE(invited.at("has_password").as_bool());
    EXPECT_EQ(send("POST", "/api/v1/users", R"({"email":"B@x","role":"admin"})").status, 409);
    const Json session = accept(member_text(invited, "invitation_token"));
    invite("a@x", "operator");
    const Json page = parsed(send("GET", "/api/v1/users"));
    ASSERT_EQ(page.at("items").as_array().size(), 2U);
    EXPECT_EQ(member_text(page.at("items").at(0), "email"), "a@x");
    EXPECT_EQ(find_member(page.at("items").at(0), "invitation_token"), nullptr);

    EXPECT_EQ(patch(id, R"({"name":"B","role":"operator"})").status, 200);
    const Json loaded = parsed(send("GET", "/api/v1/users/" + id));
    EXPECT_EQ(member_text(loaded, "name"), "B");
    EXPECT_EQ(member_text(loaded, "role"), "operator");
    EXPECT_TRUE(loaded.at("has_password").as_bool());
    EXPECT_EQ(patch(id, R"({"is_active":false})").status, 200);
    EXPECT_EQ(me_with(access(session)), 401);
    EXPECT_EQ(refresh(session).status, 401);
    EXPECT_EQ(login("b@x").status, 401);
    EXPECT_EQ(patch(id, R"({"is_active":true})").status, 200);
    EXPECT_EQ(login("b@x").status, 200);
    EXPECT_EQ(send("DELETE", "/api/v1/users/" + id).status, 204);
    EXPECT_EQ(send("GET", "/api/v1/users/" + id).status, 404);
    EXPECT_EQ(send("DELETE", "/api/v1/users/" + id).status, 404);
    EXPECT_EQ(login("b@x").status, 401);
}

TEST_F(UserApiTest, WhatIsWrongIsNamed) {
    for (const auto& [body, field] : std::initializer_list<std::pair<const char*, const char*>>{
             {R"({"role":"viewer"})", "email"},
             {R"({"email":"a","role":"viewer"})", "email"},
             {R"({"email":"a@b@c","role":"viewer"})", "email"},
             {R"({"email":"a b@c","role":"viewer"})", "email"},
             {R"({"email":"a@b"})", "role"},
             {R"({"email":"a@b","role":"king"})", "role"}}) {
        const TestReply reply = send("POST", "/api/v1/users", body);
        EXPECT_EQ(reply.status, 422) << body;
        EXPECT_NE(reply.body.find(std::string("\"field\":\"") + field), std::string::npos);
    }
}

TEST_F(UserApiTest, NobodyMakesOrChangesWhoMayDoMoreThanThey) {
    const std::string owner = access(join("owner@x", "owner"));
    const std::string admin = access(join("admin@x", "admin"));
    const std::string other = access(join("other@x", "admin"));
    key_ = admin;
    EXPECT_EQ(send("POST", "/api/v1/users", R"({"email":"o@x","role":"owner"})").status, 403);
    EXPECT_EQ(send("POST", "/api/v1/users", R"({"email":"o@x","role":"admin"})").status, 201);
    const std::string theirs = id_of(owner);
    EXPECT_EQ(patch(theirs, R"({"name":"x"})").status, 403);
    EXPECT_EQ(send("DELETE", "/api/v1/users/" + theirs).status, 403);
    EXPECT_EQ(send("POST", "/api/v1/users/" + theirs + "/invitation").status, 403);
    EXPECT_EQ(patch(id_of(admin), R"({"role":"owner"})").status, 403);
    EXPECT_EQ(patch(id_of(other), R"({"role":"viewer"})").status, 200);
    // A key, too: what an admin makes is no more than an admin.
    EXPECT_EQ(send("POST", "/api/v1/auth/api-keys", R"({"name":"k","scopes":["*"]})").status, 403);
    key_ = other;
    EXPECT_EQ(send("GET", "/api/v1/users").status, 403) << "the role counts, not the token";
}

TEST_F(UserApiTest, ATenantKeepsAnOwner) {
    const std::string full = key_;
    const std::string first = access(join("first@x", "owner"));
    const std::string id = id_of(first);
    invite("second@x", "owner");
    for (const char* body : {R"({"role":"admin"})", R"({"is_active":false})"}) {
        EXPECT_EQ(patch(id, body).status, 409) << body;
    }
    EXPECT_EQ(send("DELETE", "/api/v1/users/" + id).status, 409);
    EXPECT_EQ(me_with(first), 200);
    join("third@x", "owner");
    EXPECT_EQ(send("DELETE", "/api/v1/users/" + id).status, 204);
    EXPECT_EQ(me_with(first), 401);
}

TEST_F(UserApiTest, EveryRoleOpensItsRoutesAndNoOthers) {
    const std::string full = key_;
    const auto routes = platform_->all_routes();
    for (const services::Role& role : services::roles()) {
        key_ = full;
        key_ = access(join(std::string(role.name) + "@x", std::string(role.name)));
        services::Principal who;
        who.scopes = services::scopes_of(role);
        for (const auto& route : routes) {
            if (!route.pattern.starts_with("/api/") || route.scope.empty()) {
                continue;
            }
            std::string path = route.pattern;
            for (std::size_t open = path.find('{'); open != std::string::npos;
                 open = path.find('{')) {
                path.replace(open, path.find('}', open) - open + 1, "unknown");
            }
            const bool may = route.scope == adapters::any_scope || who.has_scope(route.scope);
            // HEAD is let in as GET is, and has no body that might not end.
            const std::string method = route.method == "GET" ? "HEAD" : route.method;
            EXPECT_EQ(send(method, path).status != 403, may)
                << role.name << " at " << route.method << ' ' << route.pattern;
        }
    }
}

}  // namespace
}  // namespace studio::testing
