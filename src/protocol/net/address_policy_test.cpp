#include "protocol/net/address_policy.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace studio::net {
namespace {

AddressPolicy policy_of(const std::vector<std::string>& entries) {
    AddressPolicy policy = AddressPolicy::public_only();
    for (const std::string& entry : entries) {
        EXPECT_TRUE(policy.allow(entry)) << entry;
    }
    return policy;
}

bool allows(const AddressPolicy& policy, const std::string& ip, std::uint16_t port,
            const std::string& host = "") {
    return policy.allows(*Address::parse(ip, port), host.empty() ? ip : host);
}

TEST(AddressPolicy, AllowsThePublicInternetUnlessToldMore) {
    const AddressPolicy policy = AddressPolicy::public_only();
    EXPECT_TRUE(allows(policy, "1.1.1.1", 443, "one.example"));
    EXPECT_FALSE(allows(policy, "127.0.0.1", 80, "one.example"));
    EXPECT_FALSE(allows(policy, "169.254.169.254", 80));
    EXPECT_FALSE(policy.allows(Address(), "one.example"));
    EXPECT_TRUE(allows(AddressPolicy::everything(), "169.254.169.254", 80));
}

TEST(AddressPolicy, AnEntryMeansNoMoreThanItSays) {
    const AddressPolicy policy =
        policy_of({"127.0.0.1:8090", "10.1.0.0/16", "[::1]:8000", "fd00::/8", "10.9.0.0/16:443",
                   "Models.Internal", "ollama:11434", "[fe80::]/10", "172.16.0.1"});
    EXPECT_TRUE(allows(policy, "127.0.0.1", 8090));
    EXPECT_TRUE(allows(policy, "::ffff:127.0.0.1", 8090));
    EXPECT_FALSE(allows(policy, "127.0.0.1", 8091));
    EXPECT_FALSE(allows(policy, "127.0.0.2", 8090));
    EXPECT_TRUE(allows(policy, "10.1.255.1", 1));
    EXPECT_FALSE(allows(policy, "10.2.0.1", 1));
    EXPECT_TRUE(allows(policy, "::1", 8000));
    EXPECT_FALSE(allows(policy, "::1", 8001));
    EXPECT_TRUE(allows(policy, "fd12::1", 9));
    EXPECT_FALSE(allows(policy, "fc12::1", 9));
    EXPECT_TRUE(allows(policy, "10.9.1.1", 443));
    EXPECT_FALSE(allows(policy, "10.9.1.1", 80));
    EXPECT_TRUE(allows(policy, "10.7.7.7", 9, "models.internal"));
    EXPECT_TRUE(allows(policy, "10.7.7.7", 9, "MODELS.internal."));
    EXPECT_FALSE(allows(policy, "10.7.7.7", 9, "models.internal.example"));
    EXPECT_TRUE(allows(policy, "172.18.0.3", 11434, "ollama"));
    EXPECT_FALSE(allows(policy, "172.18.0.3", 6379, "ollama"));
    EXPECT_TRUE(allows(policy, "fe80::1", 5));
    EXPECT_TRUE(allows(policy, "172.16.0.1", 5));
    EXPECT_FALSE(allows(policy, "172.16.0.2", 5));
}

TEST(AddressPolicy, AMistakeIsToldAndAddsNothing) {
    for (const char* wrong : {"", ":80", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:http",
                              "10.0.0.0/33", "::1/129", "10.0.0.0/", "http://127.0.0.1", "a b",
                              "[::1", "host:", "*", ".example", "10.0.0.0/8/8", "user@host"}) {
        AddressPolicy policy = AddressPolicy::public_only();
        const auto allowed = policy.allow(wrong);
        ASSERT_FALSE(allowed) << wrong;
        EXPECT_NE(allowed.error().find("host name"), std::string::npos);
        EXPECT_FALSE(allows(policy, "127.0.0.1", 80)) << wrong;
    }
}

}  // namespace
}  // namespace studio::net
