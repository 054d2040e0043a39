#include "apps/serve/serve_config.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace studio::apps {
namespace {

/// Parses a command line into a fresh configuration.
class ServeConfigTest : public testing::Test {
protected:
    void parse(const std::string& arguments) {
        CLI::App command;
        config_ = ServeConfig{};
        OptionSet set(command);
        config_.add_to(set, command);
        std::string line;
        for (const std::string& argument : environment_arguments(command)) {
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
}

}  // namespace
}  // namespace studio::apps
