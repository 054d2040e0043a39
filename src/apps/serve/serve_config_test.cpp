#include "apps/serve/serve_config.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace studio::apps {
namespace {

/// Parses a command line into a fresh configuration.
class ServeConfigTest : public testing::Test {
protected:
    void parse(const std::string& arguments) {
        CLI::App command;
        config_ = ServeConfig{};
        OptionSet set(command);
        config_.add_to(set);
        std::istringstream words(arguments);
        const auto stored = set.stored_arguments({std::istream_iterator<std::string>(words), {}});
        if (!stored) {
            throw CLI::ParseError(stored.error(), 2);
        }
        std::string line;
        for (const std::string& argument : *stored) {
            line += argument + ' ';
        }
        command.parse(line + arguments);
    }

    void TearDown() override {
        ::unsetenv("STUDIO_PORT");
        ::unsetenv("STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES");
    }

    ServeConfig config_;
};

TEST_F(ServeConfigTest, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
    const std::string path = testing::TempDir() + "/serve_config_test.toml";
    std::ofstream(path) << "port = 8001\ncalls-per-loop = 9\n";
    parse("");
    EXPECT_EQ(config_.http.port, 8000);
    parse("--config " + path);
    EXPECT_EQ(config_.http.port, 8001);
    EXPECT_EQ(config_.calls_per_loop_max, 9U);
    ::setenv("STUDIO_PORT", "8002", 1);
    parse("--config " + path);
    EXPECT_EQ(config_.http.port, 8002);
    parse("--config " + path + " --port 8003");
    EXPECT_EQ(config_.http.port, 8003);
    std::filesystem::remove(path);
}

TEST_F(ServeConfigTest, RefusesUnknownKeysInTheFile) {
    const std::string path = testing::TempDir() + "/serve_config_unknown.toml";
    std::ofstream(path) << "prot = 8001\n";
    EXPECT_THROW(parse("--config " + path), CLI::ParseError);
    std::filesystem::remove(path);
}

TEST_F(ServeConfigTest, ToolsStayOutOfPrivateNetworksUnlessToldOtherwise) {
    parse("");
    EXPECT_FALSE(config_.providers.allow_private_tool_addresses);
    parse("--allow-private-tool-addresses");
    EXPECT_TRUE(config_.providers.allow_private_tool_addresses);
    ::setenv("STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES", "true", 1);
    parse("");
    EXPECT_TRUE(config_.providers.allow_private_tool_addresses);
    ::setenv("STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES", "0", 1);
    parse("");
    EXPECT_FALSE(config_.providers.allow_private_tool_addresses);
}

TEST_F(ServeConfigTest, SinglePlacesAreAllowedByAddressNetworkAndName) {
    const auto allows = [](const net::AddressPolicy& policy) {
        return policy.allows(*net::Address::parse("127.0.0.1", 8090), "127.0.0.1");
    };
    parse("");
    EXPECT_FALSE(allows(config_.providers.tool_addresses()));
    parse("--allow-addresses 127.0.0.1:8090,10.0.0.0/8,ollama:11434");
    EXPECT_TRUE(config_.validate());
    EXPECT_TRUE(allows(config_.providers.tool_addresses()));
    EXPECT_TRUE(allows(config_.providers.provider_addresses()));
    parse("--allow-private-tool-addresses");
    EXPECT_TRUE(allows(config_.providers.tool_addresses()));
    EXPECT_FALSE(allows(config_.providers.provider_addresses())) << "tools only";
    parse("--allow-addresses 127.0.0.1:99999");
    ASSERT_FALSE(config_.validate());
    EXPECT_NE(config_.validate().error().find("--allow-addresses"), std::string::npos);
}

TEST_F(ServeConfigTest, RecordingNeedsAFolderThatIsThere) {
    parse("--record-inputs " + testing::TempDir());
    EXPECT_TRUE(config_.validate());
    parse("--record-inputs " + testing::TempDir() + "/no_such_folder");
    EXPECT_FALSE(config_.validate());
}

TEST_F(ServeConfigTest, ChecksLimits) {
    parse("--media-address 127.0.0.1,::1 --log-level warning --drain-timeout 5");
    EXPECT_EQ(config_.operators.log_level, LogLevel::warning);
    EXPECT_EQ(config_.drain_timeout, seconds(5));
    EXPECT_EQ(config_.media_addresses, (std::vector<std::string>{"127.0.0.1", "::1"}));
    EXPECT_TRUE(config_.validate());
    parse("--calls-per-loop 0");
    EXPECT_FALSE(config_.validate());
    parse("--blocking-threads 65");
    EXPECT_FALSE(config_.validate());
    parse("--media-port 65535 --media-loops 2");
    EXPECT_FALSE(config_.validate());
    for (const char* wrong : {"--media-address bogus", "--media-address 127.0.0.1,bogus",
                              "--media-loops 257", "--media-port 65536", "--drain-timeout soon",
                              "--openai-base-url bogus", "--deepgram-url http://x"}) {
        EXPECT_THROW(parse(wrong), CLI::ParseError) << wrong;
    }
}

TEST_F(ServeConfigTest, TakesTheFirstKeyFromTheEnvironment) {
    ::setenv("STUDIO_API_KEY", "as_live_0123456789abcdefghijABCDEFGHIJ01", 1);
    parse("");
    EXPECT_TRUE(config_.validate());
    EXPECT_EQ(config_.first_api_key.reveal(), "as_live_0123456789abcdefghijABCDEFGHIJ01");
    ::setenv("STUDIO_API_KEY", "as_live_short", 1);
    parse("");
    ASSERT_FALSE(config_.validate());
    EXPECT_EQ(config_.validate().error().find("as_live_short"), std::string::npos);
    ::unsetenv("STUDIO_API_KEY");
}

TEST_F(ServeConfigTest, TakesEncryptionKeysThatAreSuchAndShowsNone) {
    const char* const key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    ::setenv("STUDIO_ENCRYPTION_KEY_PREVIOUS", key, 1);
    parse("");
    EXPECT_FALSE(config_.validate()) << "which key is the present one?";
    ::setenv("STUDIO_ENCRYPTION_KEY", key, 1);
    parse("");
    EXPECT_TRUE(config_.validate());
    ::setenv("STUDIO_ENCRYPTION_KEY", "a-short-one", 1);
    parse("");
    ASSERT_FALSE(config_.validate());
    EXPECT_EQ(config_.validate().error().find("a-short-one"), std::string::npos);
    ::unsetenv("STUDIO_ENCRYPTION_KEY");
    ::unsetenv("STUDIO_ENCRYPTION_KEY_PREVIOUS");
}

}  // namespace
}  // namespace studio::apps
