#include "adapters/redis/redis_options.hpp"

#include <gtest/gtest.h>

namespace studio::adapters {
namespace {

TEST(RedisUrl, IsRead) {
    struct Case {
        const char* url;
        const char* host;
        std::uint16_t port;
        const char* username;
        const char* password;
        std::uint32_t database;
    };
    for (const Case& expected : {
             Case{"redis://localhost", "localhost", 6'379, "", "", 0},
             Case{"redis://redis:7000/3", "redis", 7'000, "", "", 3},
             Case{"redis://:s3cret@redis:6379/", "redis", 6'379, "", "s3cret", 0},
             Case{"redis://app:p%40ss%3A@10.0.0.1:6380/15", "10.0.0.1", 6'380, "app", "p@ss:", 15},
             Case{"redis://[::1]:6400", "::1", 6'400, "", "", 0},
         }) {
        const auto options = parse_redis_url(expected.url);
        ASSERT_TRUE(options) << expected.url;
        EXPECT_EQ(options->host, expected.host) << expected.url;
        EXPECT_EQ(options->port, expected.port) << expected.url;
        EXPECT_EQ(options->username, expected.username) << expected.url;
        EXPECT_EQ(options->password.reveal(), expected.password) << expected.url;
        EXPECT_EQ(options->database, expected.database) << expected.url;
    }
}

TEST(RedisUrl, IsRefusedWithoutShowingIt) {
    for (const char* url : {"", "redis:/", "http://redis", "rediss://:hidden@redis", "redis://",
                            "redis://:hidden@", "redis://h:0", "redis://h:65536", "redis://h:x",
                            "redis://[::1", "redis://h/x", "redis://:hidden%4@h", "redis://h h"}) {
        const auto options = parse_redis_url(url);
        ASSERT_FALSE(options) << url;
        EXPECT_FALSE(options.error().empty()) << url;
        EXPECT_EQ(options.error().find("hidden"), std::string::npos) << url;
    }
}

}  // namespace
}  // namespace studio::adapters
