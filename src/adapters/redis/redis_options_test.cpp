#include "adapters/redis/redis_options.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

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
             Case{"redis://a%24b:%40%2F%3A%23%25%24@h", "h", 6'379, "a$b", "@/:#%$", 0},
             // Not escaped, but for the % without which nothing could be told.
             Case{"redis://app:@/:#%25$@h:1/2", "h", 1, "app", "@/:#%$", 2},
         }) {
        const auto options = parse_redis_url(expected.url);
        ASSERT_TRUE(options) << expected.url;
        EXPECT_EQ(options->host, expected.host) << expected.url;
        EXPECT_EQ(options->port, expected.port) << expected.url;
        EXPECT_EQ(options->username, expected.username) << expected.url;
        EXPECT_EQ(options->password.reveal(), expected.password) << expected.url;
        EXPECT_EQ(options->database, expected.database) << expected.url;
        EXPECT_TRUE(options->sentinels.empty()) << expected.url;
        EXPECT_FALSE(options->is_encrypted) << expected.url;
    }
}

TEST(RedisUrl, AsksForTls) {
    const auto options = parse_redis_url("rediss://:pw@redis:6380");
    ASSERT_TRUE(options);
    EXPECT_TRUE(options->is_encrypted);
    EXPECT_EQ(options->host, "redis");
    EXPECT_TRUE(parse_redis_url("rediss+sentinel://h/m").value().is_encrypted);
}

TEST(RedisUrl, NamesSentinels) {
    const auto options =
        parse_redis_url("redis+sentinel://app:p%40@one,10.0.0.2:5000,[::1]:26380/my%2Fmaster/3");
    ASSERT_TRUE(options);
    EXPECT_EQ(options->sentinels,
              (std::vector<RedisAddress>{{"one", 26'379}, {"10.0.0.2", 5'000}, {"::1", 26'380}}));
    EXPECT_EQ(options->master, "my/master");
    EXPECT_EQ(options->database, 3U);
    EXPECT_EQ(options->username, "app");
    EXPECT_EQ(options->password.reveal(), "p@");
    EXPECT_FALSE(options->is_encrypted);
    std::string many = "redis+sentinel://h";
    for (int count = 1; count < 16; ++count) {
        many += ",h";
    }
    EXPECT_TRUE(parse_redis_url(many + "/m"));
    EXPECT_FALSE(parse_redis_url(many + ",h/m"));
}

TEST(RedisUrl, IsRefusedWithoutShowingIt) {
    const std::string with_nul = std::string("redis://h") + '\0' + "i";
    for (const std::string& url : std::vector<std::string>{"",
                                                           "redis:/",
                                                           "http://redis",
                                                           "redis://",
                                                           "redis://:hidden@",
                                                           "redis://h:0",
                                                           "redis://h:65536",
                                                           "redis://h:x",
                                                           "redis://[::1",
                                                           "redis://h/x",
                                                           "redis://:hidden%4@h",
                                                           "redis://h h",
                                                           "redis://h,i",
                                                           "redis://h/0/1",
                                                           "redisx://h",
                                                           "rediss:h",
                                                           with_nul,
                                                           "redis+sentinel://:hidden@h",
                                                           "redis+sentinel://h/",
                                                           "redis+sentinel://h//0",
                                                           "redis+sentinel://h,/m",
                                                           "redis+sentinel:///m",
                                                           "redis+sentinel://h/m/x",
                                                           "redis+sentinel://h/m%4",
                                                           "redis+sentinel://h:0/m"}) {
        const auto options = parse_redis_url(url);
        ASSERT_FALSE(options) << url;
        EXPECT_FALSE(options.error().empty()) << url;
        EXPECT_EQ(options.error().find("hidden"), std::string::npos) << url;
    }
}

TEST(RedisOptions, ACaFileMustBeThere) {
    auto options = parse_redis_url("rediss://h").value();
    EXPECT_EQ(validate(options), "");
    options.ca_file = "/nowhere/ca.pem";
    EXPECT_NE(validate(options), "");
    const std::string path = ::testing::TempDir() + "studio_redis_no_ca.pem";
    std::ofstream(path) << "no certificate\n";
    options.ca_file = path;
    EXPECT_NE(validate(options), "");
    // Without TLS nobody reads it.
    options.is_encrypted = false;
    EXPECT_EQ(validate(options), "");
    std::remove(path.c_str());
}

}  // namespace
}  // namespace studio::adapters
