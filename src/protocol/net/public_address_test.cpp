#include <gtest/gtest.h>

#include <string>

#include "protocol/net/public_address.hpp"

namespace studio::net {
namespace {

bool is_public(const std::string& text) {
    const auto address = Address::parse(text, 80);
    EXPECT_TRUE(address) << text;
    return address && is_public_address(*address);
}

TEST(PublicAddress, KnowsTheInternetFromWhatIsInside) {
    for (const char* inside :
         {"0.0.0.0",        "0.1.2.3",         "10.0.0.1",        "10.255.255.255",
          "100.64.0.1",     "100.100.100.200", "100.127.255.255", "127.0.0.1",
          "127.255.0.9",    "168.63.129.16",   "169.254.169.254", "172.16.0.1",
          "172.31.255.255", "192.0.0.192",     "192.0.2.1",       "192.88.99.1",
          "192.168.1.1",    "198.18.0.1",      "198.19.255.255",  "198.51.100.7",
          "203.0.113.9",    "224.0.0.1",       "239.255.255.255", "240.0.0.1",
          "255.255.255.255"}) {
        EXPECT_FALSE(is_public(inside)) << inside;
    }
    for (const char* outside :
         {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.1.1.1",
          "128.0.0.1", "168.63.129.17", "169.253.1.1", "169.255.1.1", "172.15.255.255",
          "172.32.0.0", "192.0.1.1", "192.167.1.1", "192.169.1.1", "198.17.0.1", "198.20.0.1",
          "223.255.255.255"}) {
        EXPECT_TRUE(is_public(outside)) << outside;
    }
}

TEST(PublicAddress, KnowsIpv6AndTheIpv4InIt) {
    for (const char* inside : {"::",
                               "::1",
                               "::ffff:127.0.0.1",
                               "::ffff:10.1.1.1",
                               "::127.0.0.1",
                               "64:ff9b::10.0.0.1",
                               "64:ff9b::169.254.169.254",
                               "64:ff9b:1::1.1.1.1",
                               "100::1",
                               "fc00::1",
                               "fd00:ec2::254",
                               "fe80::1",
                               "fec0::1",
                               "ff02::1",
                               "2001::1",
                               "2001:1ff::1",
                               "2001:db8::1",
                               "2002:7f00:1::",
                               "3fff::1",
                               "4000::1"}) {
        EXPECT_FALSE(is_public(inside)) << inside;
    }
    for (const char* outside : {"2001:200::1", "2001:4860:4860::8888", "2606:4700::1111",
                                "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"}) {
        EXPECT_TRUE(is_public(outside)) << outside;
    }
}

TEST(PublicAddress, TheEmptyOneIsNot) {
    EXPECT_FALSE(is_public_address(Address()));
}

}  // namespace
}  // namespace studio::net
