#include "protocol/jwt/jwt.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "protocol/jwt/livekit_token.hpp"

namespace studio::jwt {
namespace {

const Secret<std::string> key("a-string-secret-at-least-256-bits-long");
const WallTime noon(seconds(1'800'000'000));

JsonObject lasting(std::int64_t from, std::int64_t to) {
    const std::int64_t now = 1'800'000'000;
    return {{"iss", "APIkey"}, {"nbf", now + from}, {"exp", now + to}};
}

std::string encode(std::string_view text) {
    return encode_base64(bytes_of(text), Base64Kind::url_unpadded);
}

TEST(Jwt, VerifiesAWellKnownToken) {
    // The example of jwt.io, which has no `exp`: the signature holds, the lifetime does not.
    const std::string token =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWUsImlhdCI6MTUxNjIzOTAyMn"
        "0"
        ".KMUFsIDTnFmyG3nMiGM6H9FNFUROf3wh7SmqJp-QV30";
    EXPECT_EQ(verify_jwt(token, key, {.now = noon}).error(), JwtError::expired);
    EXPECT_EQ(verify_jwt(token, Secret<std::string>("another"), {.now = noon}).error(),
              JwtError::bad_signature);
}

TEST(Jwt, SignsTheExampleOfTheRfc) {
    // RFC 7515, appendix A.1, signs this text with this key.
    const auto secret = decode_base64(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        Base64Kind::url_unpadded);
    ASSERT_TRUE(secret);
    const std::string token =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"
        "Vl"
        "fQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const auto claims = verify_jwt(token, Secret<std::string>(*secret),
                                   {.now = WallTime(seconds(1'300'819'000)), .issuer = "joe"});
    ASSERT_TRUE(claims.has_value());
    EXPECT_EQ(claims->at("exp").as_int64(), 1'300'819'380);
}

TEST(Jwt, ComesBackAsItWasSigned) {
    const JsonObject claims = lasting(0, 60);
    const auto token = sign_jwt(claims, key);
    const auto verified = verify_jwt(token.reveal(), key, {.now = noon, .issuer = "APIkey"});
    ASSERT_TRUE(verified.has_value());
    EXPECT_EQ(*verified, claims);
    EXPECT_EQ(peek_issuer(token.reveal()), "APIkey");
}

TEST(Jwt, HoldsOnlyInItsTime) {
    const auto verdict = [](std::int64_t from, std::int64_t to) {
        const auto token = sign_jwt(lasting(from, to), key);
        const auto verified = verify_jwt(token.reveal(), key, {.now = noon});
        return verified ? std::string("holds") : std::string(name_of(verified.error()));
    };
    EXPECT_EQ(verdict(0, 1), "holds");
    EXPECT_EQ(verdict(-100, -59), "holds") << "within the leeway";
    EXPECT_EQ(verdict(-100, -60), "expired");
    EXPECT_EQ(verdict(60, 100), "holds");
    EXPECT_EQ(verdict(61, 100), "not_yet_valid");
}

TEST(Jwt, RefusesDatesThatAreNone) {
    for (const char* text : {R"({})", R"({"exp":"9999999999"})", R"({"exp":null})",
                             R"({"exp":true})", R"({"exp":-1e300})"}) {
        const auto token = sign_jwt(parse_json(text)->get_object(), key);
        EXPECT_EQ(verify_jwt(token.reveal(), key, {.now = noon}).error(), JwtError::expired)
            << text;
    }
    const auto token = sign_jwt(parse_json(R"({"exp":1e300,"nbf":"0"})")->get_object(), key);
    EXPECT_EQ(verify_jwt(token.reveal(), key, {.now = noon}).error(), JwtError::not_yet_valid);
}

TEST(Jwt, ChecksTheIssuer) {
    const auto token = sign_jwt(lasting(0, 60), key);
    EXPECT_EQ(verify_jwt(token.reveal(), key, {.now = noon, .issuer = "APIother"}).error(),
              JwtError::wrong_issuer);
}

TEST(Jwt, RefusesOtherAlgorithms) {
    const std::string claims = encode(R"({"exp":9999999999})");
    for (const char* header :
         {R"({"alg":"none"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})", R"({})",
          R"({"alg":"hs256"})", R"({"alg":"HS256","crit":["b64"],"b64":false})"}) {
        EXPECT_EQ(verify_jwt(encode(header) + "." + claims + ".", key, {.now = noon}).error(),
                  JwtError::wrong_algorithm)
            << header;
    }
}

TEST(Jwt, RefusesWhatWasChanged) {
    const std::string token = sign_jwt(lasting(0, 60), key).reveal();
    for (std::size_t index = 0; index < token.size(); ++index) {
        std::string changed = token;
        changed[index] = changed[index] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(verify_jwt(changed, key, {.now = noon}).has_value()) << index;
        EXPECT_FALSE(verify_jwt(token.substr(0, index), key, {.now = noon}).has_value()) << index;
    }
}

TEST(Jwt, RefusesWhatIsNoToken) {
    for (const std::string& text :
         {std::string(), std::string("a"), std::string("."), std::string(".."),
          std::string("a.b.c"), std::string("a.b.c.d"), encode("[]") + "." + encode("{}") + ".",
          std::string(token_bytes_max + 1, 'A')}) {
        EXPECT_EQ(verify_jwt(text, key, {.now = noon}).error(), JwtError::malformed);
        EXPECT_FALSE(peek_issuer(text));
    }
    const std::string signed_text = encode(R"({"alg":"HS256"})") + "." + encode("[1]");
    EXPECT_FALSE(verify_jwt(signed_text + ".AAAA", key, {.now = noon}).has_value());
}

TEST(Jwt, AnEmptyKeyVerifiesNothing) {
    const Secret<std::string> none("");
    const auto token = sign_jwt(lasting(0, 60), none);
    EXPECT_EQ(verify_jwt(token.reveal(), none, {.now = noon}).error(), JwtError::bad_signature);
}

TEST(Jwt, HashesAsWebhooksDo) {
    EXPECT_EQ(sha256_base64("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST(LivekitToken, CarriesEveryClaim) {
    const LivekitKey pair{"APIkey", key};
    LivekitClaims claims;
    claims.identity = "agent-1";
    claims.name = "Agent";
    claims.kind = "agent";
    claims.metadata = R"({"a":1})";
    claims.attributes = {{"sip.callStatus", "active"}};
    claims.video = VideoGrant{.room_create = true,
                              .room_join = true,
                              .room = "call-1",
                              .can_publish = false,
                              .can_update_own_metadata = true,
                              .can_publish_sources = {"microphone"},
                              .agent = true};
    claims.sip = SipGrant{.admin = true, .call = false};
    claims.room_config = JsonObject{{"agents", JsonArray{JsonObject{{"agentName", "studio"}}}}};
    claims.sha256 = "abc=";
    const auto token = make_livekit_token(pair, claims, noon, seconds(600));
    const auto parsed = parse_livekit_token(token.reveal(), pair, noon + seconds(599));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(*parsed, claims);
    EXPECT_EQ(parse_livekit_token(token.reveal(), pair, noon + seconds(661)).error(),
              JwtError::expired);
    EXPECT_EQ(parse_livekit_token(token.reveal(), {"APIother", key}, noon).error(),
              JwtError::wrong_issuer);
}

TEST(LivekitToken, LeavesOutWhatIsNotGiven) {
    LivekitClaims claims;
    claims.identity = "a";
    claims.video = VideoGrant{.room_join = true, .room = "r"};
    const auto token = make_livekit_token({"APIkey", key}, claims, noon, seconds(60));
    const auto raw = verify_jwt(token.reveal(), key, {.now = noon});
    ASSERT_TRUE(raw.has_value());
    EXPECT_EQ(serialize_json(*raw),
              R"({"iss":"APIkey","iat":1800000000,"nbf":1800000000,"exp":1800000060,)"
              R"("sub":"a","video":{"roomJoin":true,"room":"r"}})");
}

TEST(LivekitToken, PassesOverClaimsOfAnotherType) {
    const JsonObject claims =
        parse_json(R"({"iss":"APIkey","exp":9999999999,"sub":7,"attributes":{"a":1,"b":"c"},
                       "video":[],"sip":{"admin":"yes"}})")
            ->get_object();
    const auto parsed = parse_livekit_token(sign_jwt(claims, key).reveal(), {"APIkey", key}, noon);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->identity, "");
    EXPECT_EQ(parsed->attributes.size(), 1U);
    EXPECT_FALSE(parsed->video);
    EXPECT_EQ(parsed->sip, SipGrant{});
}

}  // namespace
}  // namespace studio::jwt
