#include "protocol/net/address.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace studio::net {
namespace {

TEST(Address, ReadsAndWritesNumericText) {
    struct Case {
        const char* text;
        const char* written;
    };
    for (const Case& row :
         {Case{"192.0.2.1", "192.0.2.1:7"}, Case{"2001:db8::1", "[2001:db8::1]:7"},
          Case{"::ffff:192.0.2.1", "192.0.2.1:7"}, Case{"::1", "[::1]:7"}}) {
        const auto address = Address::parse(row.text, 7);
        ASSERT_TRUE(address) << row.text;
        EXPECT_EQ(address->text(), row.written);
    }
}

TEST(Address, RefusesWhatIsNoNumericAddress) {
    for (const std::string_view text :
         {std::string_view(""), std::string_view("localhost"), std::string_view("1.2.3"),
          std::string_view("1.2.3.4.5"), std::string_view("fe80::1%eth0"),
          std::string_view("a.local"), std::string_view("1.2.3.4\0x", 9),
          std::string_view("0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000")}) {
        EXPECT_FALSE(Address::parse(text, 7)) << text;
    }
    EXPECT_TRUE(Address::from_bytes(Bytes(5), 1).empty());
}

TEST(Address, KnowsWhereADatagramMayGo) {
    struct Case {
        const char* text;
        bool unicast;
    };
    for (const Case& row :
         {Case{"192.0.2.1", true}, Case{"127.0.0.1", true}, Case{"0.0.0.0", false},
          Case{"224.0.0.1", false}, Case{"255.255.255.255", false}, Case{"::", false},
          Case{"ff02::1", false}, Case{"2001:db8::1", true}}) {
        EXPECT_EQ(Address::parse(row.text, 7)->is_unicast(), row.unicast) << row.text;
    }
    EXPECT_FALSE(Address::parse("192.0.2.1", 0)->is_unicast());
    EXPECT_FALSE(Address().is_unicast());
}

TEST(Address, ComparesAndHashesByFamilyAddressAndPort) {
    std::unordered_set<Address> set;
    set.insert(Address::from_v4(0x7F000001, 1));
    set.insert(Address::from_v4(0x7F000001, 2));
    set.insert(*Address::parse("127.0.0.1", 1));
    EXPECT_EQ(set.size(), 2U);
    EXPECT_LT(Address::from_v4(1, 1), Address::from_v4(2, 1));
    EXPECT_TRUE(Address::from_v4(0x7F000001, 1).is_loopback());
    EXPECT_TRUE(Address::parse("::1", 1)->is_loopback());
    EXPECT_FALSE(Address::parse("::2", 1)->is_loopback());
    EXPECT_TRUE(Address::parse("fe80::2", 1)->is_link_local());
}

}  // namespace
}  // namespace studio::net
