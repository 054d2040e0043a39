#pragma once

#include <string>

#include "http/server_fixture.hpp"

namespace studio::testing {

/// People who sign in. `key_` is whatever comes with the requests: a key or an access token.
class PeopleFixture : public ServerFixture {
protected:
    static constexpr const char* password = "a long sentence";

    /// Invites somebody with the present key and accepts for them; what they hold.
    Json join(const std::string& email, const std::string& role) {
        const Json invited = invite(email, role);
        return accept(member_text(invited, "invitation_token"));
    }
    Json invite(const std::string& email, const std::string& role) {
        const TestReply reply =
            send("POST", "/api/v1/users",
                 serialize_json(JsonObject{{"email", email}, {"role", role}, {"name", "N"}}));
        EXPECT_EQ(reply.status, 201) << reply.body;
        return parsed(reply);
    }
    Json accept(const std::string& token) {
        const TestReply reply =
            send("POST", "/api/v1/auth/invitations/accept",
                 serialize_json(JsonObject{{"token", token}, {"password", password}}));
        EXPECT_EQ(reply.status, 200) << reply.body;
        return parsed(reply);
    }
    TestReply login(const std::string& email, const std::string& word = password) {
        return send("POST", "/api/v1/auth/login",
                    serialize_json(JsonObject{{"email", email}, {"password", word}}));
    }
    TestReply refresh(const Json& session, const char* route = "refresh") {
        return send(
            "POST", std::string("/api/v1/auth/") + route,
            serialize_json(JsonObject{{"refresh_token", member_text(session, "refresh_token")}}));
    }
    int me_with(const std::string& credential) {
        const std::string kept = std::exchange(key_, credential);
        const int status = send("GET", "/api/v1/auth/me").status;
        key_ = kept;
        return status;
    }
    static Json parsed(const TestReply& reply) {
        auto json = parse_json(reply.body);
        return json ? *std::move(json) : Json(nullptr);
    }
    static std::string access(const Json& session) { return member_text(session, "access_token"); }
};

}  // namespace studio::testing
