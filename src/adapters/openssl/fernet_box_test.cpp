#include "adapters/openssl/fernet_box.hpp"

#include <gtest/gtest.h>

#include "adapters/openssl/openssl_keyed_digest.hpp"

namespace studio::adapters {
namespace {

using Key = Secret<std::string>;

// The examples of Fernet's specification (generate.json, verify.json).
const char* const key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const char* const token =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU"
    "4IwqDA==";

/// 0, 1, 2 … as the example has it.
class Counting final : public Entropy {
public:
    void fill(std::span<std::uint8_t> target) override {
        for (std::size_t index = 0; index < target.size(); ++index) {
            target[index] = static_cast<std::uint8_t>(index);
        }
    }
};

WallTime moment_of_example() {
    return WallTime{seconds{499'162'800}};
}

TEST(FernetBox, MakesAndOpensTheTokenOfTheSpecification) {
    Counting entropy;
    const FernetBox box({Key(key)}, entropy, &moment_of_example);
    EXPECT_EQ(box.seal(Key("hello")), token);
    EXPECT_EQ(box.open(token)->reveal(), "hello");
}

TEST(FernetBox, OpensNothingThatWasChanged) {
    SystemEntropy entropy;
    const FernetBox box({Key(key)}, entropy, &moment_of_example);
    const std::string sealed = box.seal(Key("whsec_abc"));
    EXPECT_EQ(sealed.find("whsec"), std::string::npos);
    EXPECT_NE(sealed, box.seal(Key("whsec_abc")));
    for (std::size_t index = 0; index < sealed.size(); ++index) {
        std::string changed = sealed;
        changed[index] = changed[index] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(box.open(changed)) << index;
        EXPECT_FALSE(box.open(sealed.substr(0, index))) << index;
    }
}

TEST(FernetBox, AnEarlierKeyOpensAndTheFirstSeals) {
    SystemEntropy entropy;
    const char* const newer = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const FernetBox before({Key(key)}, entropy, &moment_of_example);
    const FernetBox both({Key(newer), Key(key)}, entropy, &moment_of_example);
    const FernetBox after({Key(newer), Key("")}, entropy, &moment_of_example);
    EXPECT_EQ(both.open(before.seal(Key("a")))->reveal(), "a");
    EXPECT_EQ(after.open(both.seal(Key("b")))->reveal(), "b");
    EXPECT_FALSE(after.open(before.seal(Key("a"))));
}

TEST(FernetBox, WithoutAKeyItSaysSo) {
    SystemEntropy entropy;
    const FernetBox none({Key("")}, entropy, &moment_of_example);
    EXPECT_FALSE(none.has_key());
    EXPECT_EQ(none.seal(Key("a")), "plain:a");
    const FernetBox later({Key(key)}, entropy, &moment_of_example);
    EXPECT_EQ(later.open("plain:a")->reveal(), "a");
    EXPECT_FALSE(none.open(later.seal(Key("a"))));
}

TEST(FernetBox, KnowsItsKeys) {
    EXPECT_TRUE(is_fernet_key(key));
    for (const char* wrong : {"", "abc", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4",
                              "cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=", "AAECAw=="}) {
        EXPECT_FALSE(is_fernet_key(wrong)) << wrong;
    }
}

// RFC 4231, test cases 2 and 6.
TEST(OpensslKeyedDigest, MatchesThePublishedExamples) {
    const OpensslKeyedDigest digest;
    EXPECT_EQ(digest.hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(digest.hmac_sha256_hex(std::string(131, '\xaa'),
                                     "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace studio::adapters
