#include "apps/config/value_check.hpp"

#include <gtest/gtest.h>

namespace studio::apps {
namespace {

void expect(const ValueCheck& check, std::initializer_list<const char*> right,
            std::initializer_list<const char*> wrong) {
    for (const char* value : right) {
        EXPECT_EQ(check(value), "") << value;
    }
    for (const char* value : wrong) {
        EXPECT_TRUE(check(value).starts_with("must ")) << value << ": " << check(value);
    }
}

TEST(ValueCheck, TellsRightValuesFromWrongOnes) {
    expect(number_check(0, 65'535), {"0", "8000", "65535"},
           {"65536", "99999", "-1", "", " 1", "1 ", "0x10", "1e3", "eight", "+1",
            "99999999999999999999"});
    expect(number_check(1, 64), {"1", "64"}, {"0", "65"});
    expect(truth_check(), {"true", "FALSE", "1", "0", "yes", "off"}, {"maybe", "", "2"});
    expect(choice_check({"debug", "info"}), {"debug", "INFO"}, {"loud", "", "debug,info"});
    expect(address_check(), {"127.0.0.1", "0.0.0.0", "::1", "2001:db8::7"},
           {"bogus", "localhost", "256.1.1.1", "127.0.0.1:80", "", "[::1]"});
    expect(address_list_check(), {"", "127.0.0.1", "127.0.0.1, ::1"}, {"bogus", "127.0.0.1,x"});
    expect(url_check({"ws", "wss"}), {"ws://host:7880", "wss://host"},
           {"http://host", "ws://", "ws:///x", "host", "", "ws://a b"});
    expect(optional_url_check({"ws"}), {"", "ws://host"}, {"bogus"});
    expect(text_check(), {"x"}, {""});
}

TEST(ValueCheck, SaysWhatWouldBeRight) {
    EXPECT_EQ(number_check(0, 65'535)("99999"), "must be a whole number from 0 to 65535");
    EXPECT_EQ(choice_check({"debug", "info", "off"})("loud"), "must be debug, info or off");
    // The value may be a secret that stands in the wrong place.
    EXPECT_EQ(address_check()("s3cret").find("s3cret"), std::string::npos);
}

TEST(NearestName, IsWhatWasMeantOrNothing) {
    const std::vector<std::string> names{"serve", "api", "worker", "call", "log-level"};
    EXPECT_EQ(nearest_name("sevre", names), "serve");
    EXPECT_EQ(nearest_name("server", names), "serve");
    EXPECT_EQ(nearest_name("loglevel", names), "log-level");
    EXPECT_EQ(nearest_name("frobnicate", names), "");
    EXPECT_EQ(nearest_name("x", names), "");
}

}  // namespace
}  // namespace studio::apps
