#include "adapters/access_tokens/jwt_access_tokens.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "protocol/jwt/jwt.hpp"

namespace studio::adapters {
namespace {

const WallTime now{seconds{1'800'000'000}};
const Secret<std::string> key(std::string("the present key"));
const Secret<std::string> old_key(std::string("the previous key"));

AccessClaims claims() {
    return {UserId("u"), TenantId("t"), {"calls:read", "*"}, now, now + seconds{1'800}};
}

JsonObject json_claims() {
    return {{"sub", "u"},           {"tenant_id", "t"},
            {"type", "access"},     {"scopes", JsonArray{"calls:read"}},
            {"iat", 1'800'000'000}, {"exp", 1'800'001'800}};
}

TEST(JwtAccessTokens, WhatWasIssuedIsReadUntilItsEnd) {
    const JwtAccessTokens tokens(key);
    const auto token = tokens.issue(claims());
    const auto read = tokens.read(token.reveal(), now + seconds{1'799});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->user_id, UserId("u"));
    EXPECT_EQ(read->tenant_id, TenantId("t"));
    EXPECT_EQ(read->scopes, claims().scopes);
    EXPECT_EQ(read->issued_at, now);
    EXPECT_EQ(read->expires_at, now + seconds{1'800});
    EXPECT_FALSE(tokens.read(token.reveal(), now + seconds{1'806}));
}

TEST(JwtAccessTokens, HasTheClaimsThatOthersExpect) {
    const auto token = JwtAccessTokens(key).issue(claims());
    const auto read = jwt::verify_jwt(token.reveal(), key, {.now = now});
    ASSERT_TRUE(read);
    EXPECT_EQ(serialize_json(*read),
              R"({"sub":"u","tenant_id":"t","type":"access","scopes":["calls:read","*"],)"
              R"("iat":1800000000,"exp":1800001800})");
}

TEST(JwtAccessTokens, AKeyIsExchangedWithoutSigningInAnew) {
    const auto token = JwtAccessTokens(old_key).issue(claims());
    EXPECT_TRUE(JwtAccessTokens(key, old_key).read(token.reveal(), now));
    EXPECT_FALSE(JwtAccessTokens(key).read(token.reveal(), now));
    // Nothing is signed with an empty key that was only left out.
    const auto empty = JwtAccessTokens(Secret<std::string>()).issue(claims());
    EXPECT_FALSE(JwtAccessTokens(key).read(empty.reveal(), now));
}

TEST(JwtAccessTokens, WhatIsNoAccessTokenOfOursIsNone) {
    const JwtAccessTokens tokens(key);
    EXPECT_TRUE(tokens.read(jwt::sign_jwt(json_claims(), key).reveal(), now));
    for (const char* member : {"sub", "tenant_id", "type", "scopes", "iat", "exp"}) {
        JsonObject lacking = json_claims();
        lacking.erase(member);
        EXPECT_FALSE(tokens.read(jwt::sign_jwt(lacking, key).reveal(), now)) << member;
        JsonObject wrong = json_claims();
        wrong[member] = JsonObject{};
        EXPECT_FALSE(tokens.read(jwt::sign_jwt(wrong, key).reveal(), now)) << member;
    }
    JsonObject refresh = json_claims();
    refresh["type"] = "refresh";
    EXPECT_FALSE(tokens.read(jwt::sign_jwt(refresh, key).reveal(), now));
    // `alg: none`, with and without a signature.
    const auto part = [](std::string_view text) {
        return encode_base64(bytes_of(text), Base64Kind::url_unpadded);
    };
    const std::string none =
        part(R"({"alg":"none","typ":"JWT"})") + '.' + part(serialize_json(json_claims())) + '.';
    const std::string real = jwt::sign_jwt(json_claims(), key).reveal();
    EXPECT_FALSE(tokens.read(none, now));
    EXPECT_FALSE(tokens.read(none + real.substr(real.rfind('.') + 1), now));
    EXPECT_FALSE(tokens.read(real.substr(0, real.rfind('.') + 1), now));
    EXPECT_FALSE(tokens.read("", now));
    EXPECT_FALSE(tokens.read("as_live_00000000000000000000000000000000", now));
}

}  // namespace
}  // namespace studio::adapters
