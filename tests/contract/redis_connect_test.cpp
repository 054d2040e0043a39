#include <gtest/gtest.h>

#include "contract/queue_world.hpp"

namespace studio::testing {
namespace {

using adapters::RedisClient;
using adapters::RedisOptions;

/// How a client finds and trusts its server: real ones, on real time.
class RedisConnect : public ::testing::Test {
protected:
    /// As `url` says, with what the tests' servers ask for beside it.
    static RedisOptions options_of(const std::string& url) {
        RedisOptions options = adapters::parse_redis_url(url).value();
        options.sentinel_password =
            Secret<std::string>(server_address("STUDIO_TEST_SENTINEL_PASSWORD"));
        options.ca_file = server_address("STUDIO_TEST_REDIS_CA");
        return options;
    }
    static RedisOptions sentinel() {
        return options_of(server_address("STUDIO_TEST_SENTINEL_URL"));
    }
    static RedisOptions encrypted() {
        return options_of(server_address("STUDIO_TEST_REDIS_TLS_URL"));
    }

    /// Whether a client with these options comes to work within a second, and knows it.
    static bool works(const RedisOptions& options) {
        runtime::AsioLoop loop;
        bool is_healthy = false;
        runtime::TaskScope scope(loop);
        scope.spawn(try_out(loop, options, is_healthy));
        loop.run();
        return is_healthy;
    }

private:
    static Task<> try_out(runtime::AsioLoop& loop, RedisOptions options, bool& is_healthy) {
        // A loop that is stopped before it runs would not run at all.
        co_await runtime::resume_on(loop);
        {
            RedisClient client(loop, std::move(options));
            for (int attempt = 0; attempt < 20 && !is_healthy; ++attempt) {
                is_healthy = co_await client.ping();
                static_cast<void>(co_await runtime::sleep_for(loop, milliseconds(50)));
            }
            EXPECT_EQ(client.connected_since().has_value(), is_healthy);
        }
        loop.stop();
    }
};

TEST_F(RedisConnect, ASentinelNamesTheMaster) {
    RedisOptions options = sentinel();
    EXPECT_TRUE(works(options));
    // One that is gone is passed over, wherever it stands.
    options.sentinels.insert(options.sentinels.begin(), {{"127.0.0.1", 1}, {"127.0.0.1", 2}});
    EXPECT_TRUE(works(options));
}

TEST_F(RedisConnect, WithoutASentinelThatKnowsThereIsNoMaster) {
    RedisOptions options = sentinel();
    options.master = "of-others";
    EXPECT_FALSE(works(options));
    options = sentinel();
    options.sentinel_password = Secret<std::string>("wrong");
    EXPECT_FALSE(works(options));
    options.sentinel_password = {};
    EXPECT_FALSE(works(options));
    // A server that is no Sentinel.
    options = sentinel();
    const auto tls = encrypted();
    options.sentinels.assign(1, {tls.host, tls.port});
    EXPECT_FALSE(works(options));
}

TEST_F(RedisConnect, ACertificateIsBelievedForItsNameAndAuthorityOnly) {
    RedisOptions options = encrypted();
    EXPECT_TRUE(works(options));
    options.host = "127.0.0.1";  // The same server; the certificate says `localhost`.
    EXPECT_FALSE(works(options));
    options = encrypted();
    options.ca_file.clear();  // The authorities of this machine do not know it.
    EXPECT_FALSE(works(options));
    options.ca_file = "/nowhere.pem";
    EXPECT_FALSE(works(options));
}

TEST_F(RedisConnect, EncryptedAndPlainDoNotMix) {
    RedisOptions options = encrypted();
    options.is_encrypted = false;
    EXPECT_FALSE(works(options));
    options = sentinel();
    options.is_encrypted = true;
    EXPECT_FALSE(works(options));
}

TEST_F(RedisConnect, AUserOfRedisIsLoggedIn) {
    RedisOptions options = encrypted();
    EXPECT_EQ(options.username, "app");
    EXPECT_EQ(options.password.reveal(), "p@/:#%$w");
    options.username.clear();  // The default user is switched off.
    EXPECT_FALSE(works(options));
}

}  // namespace
}  // namespace studio::testing
