#include "http/people_fixture.hpp"
#include "protocol/jwt/jwt.hpp"

namespace studio::testing {
namespace {

using SessionApiTest = PeopleFixture;

TEST_F(SessionApiTest, WhoWasInvitedSignsInStaysAndSignsOut) {
    const Json first = join("Ada@Example.org", "designer");
    const std::string key = key_;
    key_ = access(first);
    const Json me = parsed(send("GET", "/api/v1/auth/me"));
    EXPECT_EQ(member_text(me, "type"), "user");
    EXPECT_EQ(member_text(me, "email"), "ada@example.org");
    EXPECT_EQ(member_text(me, "role"), "designer");
    EXPECT_EQ(send("GET", "/api/v1/agents").status, 200);
    EXPECT_EQ(send("GET", "/api/v1/users").status, 403);

    key_.clear();
    const TestReply signed_in = login("ADA@example.org");
    ASSERT_EQ(signed_in.status, 200) << signed_in.body;
    const Json session = parsed(signed_in);
    EXPECT_EQ(member_text(session, "token_type"), "bearer");
    EXPECT_EQ(session.at("expires_in").as_int64(), 1'800);
    EXPECT_EQ(me_with(access(session)), 200);
    const TestReply renewed = refresh(session);
    ASSERT_EQ(renewed.status, 200) << renewed.body;
    EXPECT_EQ(me_with(access(parsed(renewed))), 200);
    EXPECT_EQ(refresh(parsed(renewed), "logout").status, 204);
    EXPECT_EQ(refresh(parsed(renewed), "logout").status, 204);
    EXPECT_EQ(refresh(parsed(renewed)).status, 401);
    // The other login is another family.
    EXPECT_EQ(refresh(first).status, 200);
}

TEST_F(SessionApiTest, ARefreshTokenThatIsUsedAgainEndsItsWholeFamily) {
    join("a@b", "viewer");
    const Json one = parsed(login("a@b"));
    const Json other_login = parsed(login("a@b"));
    const Json two = parsed(refresh(one));
    const Json three = parsed(refresh(two));
    EXPECT_EQ(refresh(one).status, 401);
    EXPECT_EQ(refresh(three).status, 401) << "who has the latest may be the thief";
    EXPECT_EQ(refresh(other_login).status, 200);
}

TEST_F(SessionApiTest, NeitherAnswerTellsWhetherAnAddressIsAnybodys) {
    join("a@b", "viewer");
    invite("invited@b", "viewer");
    const TestReply wrong = login("a@b", "another sentence");
    for (const char* email : {"nobody@b", "invited@b"}) {
        const TestReply nobody = login(email);
        EXPECT_EQ(nobody.status, 401);
        EXPECT_EQ(nobody.body, wrong.body);
    }
    EXPECT_EQ(wrong.status, 401);
    // Locked alike, too: the right password does not show through.
    for (const char* email : {"a@b", "nobody@b"}) {
        for (int more = 0; more < 4; ++more) {
            EXPECT_EQ(login(email, "another sentence").status, 401) << email;
        }
        const TestReply locked = login(email);
        EXPECT_EQ(locked.status, 429) << email;
        EXPECT_NE(locked.head.find("Retry-After: 60"), std::string::npos) << locked.head;
    }
}

TEST_F(SessionApiTest, ASuccessForgetsTheFailures) {
    join("a@b", "viewer");
    for (int round = 0; round < 3; ++round) {
        for (int more = 0; more < 4; ++more) {
            EXPECT_EQ(login("a@b", "another sentence").status, 401);
        }
        EXPECT_EQ(login("a@b").status, 200);
    }
}

TEST_F(SessionApiTest, AnInvitationIsGoodOnceAndTheLatestOnly) {
    const Json invited = invite("a@b", "viewer");
    const std::string id = member_text(invited, "id");
    const Json again = parsed(send("POST", "/api/v1/users/" + id + "/invitation"));
    const auto try_with = [this](const Json& invitation) {
        return send(
                   "POST", "/api/v1/auth/invitations/accept",
                   serialize_json(JsonObject{{"token", member_text(invitation, "invitation_token")},
                                             {"password", password}}))
            .status;
    };
    EXPECT_EQ(try_with(invited), 401);
    EXPECT_EQ(try_with(again), 200);
    EXPECT_EQ(try_with(again), 401);
    EXPECT_EQ(login("a@b").status, 200);
    // Who lost the password gets another one; what was held before is void.
    const Json before = parsed(login("a@b"));
    const Json reset = parsed(send("POST", "/api/v1/users/" + id + "/invitation"));
    EXPECT_EQ(me_with(access(before)), 200);
    EXPECT_EQ(try_with(reset), 200);
    EXPECT_EQ(me_with(access(before)), 401);
    EXPECT_EQ(refresh(before).status, 401);
}

TEST_F(SessionApiTest, APasswordIsChangedByWhoKnowsIt) {
    const std::string full = key_;
    join("a@b", "viewer");
    const Json other = parsed(login("a@b"));
    const Json session = parsed(login("a@b"));
    const auto change = [this](const char* present, const char* fresh) {
        return send(
            "POST", "/api/v1/auth/password",
            serialize_json(JsonObject{{"current_password", present}, {"new_password", fresh}}));
    };
    EXPECT_EQ(change(password, "a longer sentence").status, 403) << "a key has none";
    key_ = access(session);
    EXPECT_EQ(change("another sentence", "a longer sentence").status, 401);
    EXPECT_EQ(change(password, "short").status, 422);
    const TestReply changed = change(password, "a longer sentence");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(me_with(access(parsed(changed))), 200);
    EXPECT_EQ(me_with(access(session)), 401);
    EXPECT_EQ(me_with(access(other)), 401);
    EXPECT_EQ(refresh(other).status, 401);
    EXPECT_EQ(login("a@b").status, 401);
    EXPECT_EQ(login("a@b", "a longer sentence").status, 200);
}

TEST_F(SessionApiTest, TokensThatAreNoneOfOursOpenNothing) {
    const Json session = join("a@b", "owner");
    const Secret<std::string> secret(std::string("the key of the tests, 32 letters"));
    auto claims =
        jwt::verify_jwt(access(session), secret, {.now = WallTime{seconds{1'000'000'000}}});
    ASSERT_TRUE(claims);
    EXPECT_EQ(me_with(access(session)), 200);
    EXPECT_EQ(me_with(jwt::sign_jwt(*claims, secret).reveal()), 200);
    const auto with = [&](const char* member, const Json& value) {
        JsonObject changed = *claims;
        changed[member] = value;
        return me_with(jwt::sign_jwt(changed, secret).reveal());
    };
    EXPECT_EQ(with("type", "refresh"), 401);
    EXPECT_EQ(with("exp", 1'000'000'000), 401);
    EXPECT_EQ(with("iat", 1'000'000'000), 401) << "from before the password was set";
    EXPECT_EQ(with("tenant_id", "another"), 401);
    EXPECT_EQ(with("sub", "another"), 401);
    // What the token says that it may is not what counts.
    EXPECT_EQ(with("scopes", JsonArray{}), 200);
    EXPECT_EQ(me_with(member_text(session, "refresh_token")), 401);
    const Secret<std::string> foreign(std::string("the key of somebody else, 32 let"));
    EXPECT_EQ(me_with(jwt::sign_jwt(*claims, foreign).reveal()), 401);
    const std::string token = access(session);
    const std::string none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0" + token.substr(token.find('.'));
    EXPECT_EQ(me_with(none), 401);
    EXPECT_EQ(me_with(none.substr(0, none.rfind('.') + 1)), 401);
    // Nowhere but in a header.
    key_.clear();
    EXPECT_EQ(send("GET", "/api/v1/auth/me?access_token=" + token).status, 401);
    EXPECT_EQ(refresh(JsonObject{{"refresh_token", token}}).status, 422) << "too long for one";
    EXPECT_EQ(refresh(JsonObject{{"refresh_token", token.substr(0, 200)}}).status, 401);
}

}  // namespace
}  // namespace studio::testing
