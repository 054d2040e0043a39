#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "apps/config/cpu_count.hpp"
#include "apps/config/option_groups.hpp"

namespace studio::apps {
namespace {

TEST(MaskUrl, HidesPasswordsAndNothingElse) {
    const std::pair<const char*, const char*> cases[] = {
        {"postgresql://studio:s3cret@db:5432/studio", "postgresql://studio:***@db:5432/studio"},
        {"redis://:s3cret@redis:6379/0", "redis://:***@redis:6379/0"},
        {"redis://redis:6379", "redis://redis:6379"},
        {"rediss+sentinel://app:s3cret@a:1,b,[::1]:2/mine/0",
         "rediss+sentinel://app:***@a:1,b,[::1]:2/mine/0"},
        {"redis://app:s3@/:#%25$cret@redis", "***"},
        {"postgresql://studio@db/studio", "postgresql://studio@db/studio"},
        {"postgresql://u:p@ss@db/x", "postgresql://u:***@db/x"},
        {"postgresql://db/x?user=a&password=s3cret", "postgresql://db/x?***"},
        {"host=db password=s3cret", "***"},
        // Passwords with characters that should have been escaped: nothing tells where they end.
        {"postgresql://u:s3/cret@db/x", "***"},
        {"postgresql://u:s3?cret@db/x", "***"},
        {"postgresql://u:s3#cret@db/x", "postgresql://u:***@db/x"},
        {"postgresql://u:s3@cr/et@db/x", "***"},
        {"postgresql://u:s3 cret@db/x", "postgresql://u:***@db/x"},
        {"postgresql://u:s3@cr?et@db/x", "***"},
        {"postgresql://u:s3cret", "***"},
        {"redis://s3cret!@x y/0", "***"},
        {"redis://:s3:cret@redis:6379", "redis://:***@redis:6379"},
        {"postgresql://u:s3cret@[::1]:5432/x", "postgresql://u:***@[::1]:5432/x"},
        {"postgresql://u:s3cret@a:1,b:2/x", "postgresql://u:***@a:1,b:2/x"},
        {"https://s3cret@models.example/v1", "https://***@models.example/v1"},
        {"wss://key:s3cret@deepgram.example", "wss://***:***@deepgram.example"},
        {"", ""},
    };
    for (const auto& [url, masked] : cases) {
        EXPECT_EQ(mask_url(url), masked);
    }
}

TEST(CpuQuota, ReadsWhatTheKernelWrites) {
    EXPECT_EQ(parse_cpu_quota("200000 100000"), 2U);
    EXPECT_EQ(parse_cpu_quota("150000 100000\n"), 2U);
    EXPECT_EQ(parse_cpu_quota("50000 100000"), 1U);
    for (const char* none : {"max 100000", "", "200000", "200000 0", "x y"}) {
        EXPECT_EQ(parse_cpu_quota(none), 0U) << none;
    }
    EXPECT_GE(usable_cpus(), 1U);
}

class OptionSetTest : public testing::Test {
protected:
    OptionSetTest() {
        ::setenv("REDIS_URL", "redis://:s3cret@redis:6379", 1);
        ::setenv("LIVEKIT_API_SECRET", "s3cret", 1);
    }
    ~OptionSetTest() override {
        for (const char* name : {"REDIS_URL", "LIVEKIT_API_SECRET", "STUDIO_PORT",
                                 "STUDIO_QUEUE_AGE_MAX", "STUDIO_LOG_LEVEL"}) {
            ::unsetenv(name);
        }
    }

    void parse(const std::string& flags) {
        CLI::App command("", "test");
        OptionSet set(command);
        http_ = {};
        limits_ = {};
        http_.add_to(set);
        redis_.add_to(set);
        livekit_.add_to(set);
        limits_.add_to(set);
        operators_.add_to(set);
        const auto stored = set.stored_arguments(split_words(flags));
        if (!stored) {
            throw CLI::ParseError(stored.error(), 2);
        }
        std::string line;
        for (const std::string& argument : *stored) {
            line += argument + ' ';
        }
        command.parse(line + flags);
        shown_.clear();
        for (const std::string& option : set.effective()) {
            shown_ += option + '\n';
        }
    }

    static std::vector<std::string> split_words(const std::string& line) {
        std::istringstream stream(line);
        return {std::istream_iterator<std::string>(stream), {}};
    }

    /// The sentence with which a command line is refused; empty where it is not.
    std::string refusal(const std::string& flags) {
        try {
            parse(flags);
        } catch (const CLI::ParseError& error) {
            return error.what();
        }
        return "";
    }

    HttpOptions http_;
    RedisOptions redis_;
    LivekitOptions livekit_;
    LimitOptions limits_;
    OperatorOptions operators_;
    std::string shown_;
};

TEST_F(OptionSetTest, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
    const std::string path = ::testing::TempDir() + "/config_test.toml";
    std::ofstream(path) << "port = 8001\nqueue-age-max = 9\n";
    parse("");
    EXPECT_EQ(http_.port, 8000);
    EXPECT_EQ(limits_.waiting_age_max, seconds(30));
    parse("--config " + path);
    EXPECT_EQ(http_.port, 8001);
    EXPECT_EQ(limits_.waiting_age_max, seconds(9));
    ::setenv("STUDIO_PORT", "8002", 1);
    ::setenv("STUDIO_QUEUE_AGE_MAX", "", 1);
    parse("--config " + path);
    EXPECT_EQ(http_.port, 8002);
    EXPECT_EQ(limits_.waiting_age_max, seconds(9));
    parse("--config " + path + " --port 8003");
    EXPECT_EQ(http_.port, 8003);
    std::filesystem::remove(path);
}

TEST_F(OptionSetTest, UnknownKeysAreErrors) {
    const std::string path = ::testing::TempDir() + "/config_unknown.toml";
    std::ofstream(path) << "prot = 8001\n";
    EXPECT_THROW(parse("--config " + path), CLI::ParseError);
    EXPECT_THROW(parse("--prot 8001"), CLI::ParseError);
    std::filesystem::remove(path);
}

TEST_F(OptionSetTest, SaysWhereAWrongValueStandsAndWhatItMustBe) {
    EXPECT_EQ(refusal("--port 99999"), "--port must be a whole number from 0 to 65535");
    EXPECT_EQ(refusal("--log-level loud"),
              "--log-level must be debug, info, warning, error or off");
    EXPECT_NE(refusal("--host bogus").find("--host must be an IP address"), std::string::npos);
    EXPECT_NE(refusal("--queue-age-max -1"), "");
    EXPECT_NE(refusal("--queue-waiting-max 1.5"), "");
    ::setenv("STUDIO_PORT", "eight", 1);
    EXPECT_EQ(refusal("--port 8001"), "STUDIO_PORT must be a whole number from 0 to 65535");
    ::unsetenv("STUDIO_PORT");
    ::setenv("STUDIO_LOG_LEVEL", "LOUD", 1);
    EXPECT_TRUE(refusal("").starts_with("STUDIO_LOG_LEVEL must be"));
    ::setenv("STUDIO_LOG_LEVEL", "Debug", 1);
    EXPECT_EQ(refusal(""), "");
    EXPECT_EQ(operators_.log_level, LogLevel::debug);
}

TEST_F(OptionSetTest, SaysWhichFileAndLineIsWrong) {
    const std::string path = ::testing::TempDir() + "/config_wrong.toml";
    std::ofstream(path) << "port = 8001\nprot = 8002\n";
    EXPECT_NE(refusal("--config " + path).find(path + ", line 2: there is no option 'prot'"),
              std::string::npos);
    EXPECT_NE(refusal("--config=" + path).find("did you mean 'port'?"), std::string::npos);
    std::ofstream(path) << "log-level = \"loud\"\n";
    EXPECT_NE(refusal("--config " + path).find("line 1: log-level must be"), std::string::npos);
    std::ofstream(path) << "redis-url = \"redis://:s3cret@h\"\n";
    const std::string secret = refusal("--config " + path);
    EXPECT_NE(secret, "");
    EXPECT_EQ(secret.find("s3cret"), std::string::npos) << secret;
    std::filesystem::remove(path);
    EXPECT_NE(refusal("--config " + path).find(path), std::string::npos);
    EXPECT_NE(refusal("--config " + ::testing::TempDir()), "");
}

TEST_F(OptionSetTest, ShowsWhatIsInForceWithoutSecrets) {
    parse("--livekit-url ws://livekit:7880 --livekit-api-key devkey");
    EXPECT_EQ(shown_.find("s3cret"), std::string::npos) << shown_;
    EXPECT_NE(shown_.find("REDIS_URL=redis://:***@redis:6379\n"), std::string::npos) << shown_;
    EXPECT_NE(shown_.find("LIVEKIT_API_SECRET=***\n"), std::string::npos);
    EXPECT_NE(shown_.find("livekit-url=ws://livekit:7880\n"), std::string::npos);
    EXPECT_NE(shown_.find("STUDIO_METRICS_TOKEN=\n"), std::string::npos);
    EXPECT_TRUE(livekit_.validate());
    EXPECT_TRUE(redis_.validate());
}

TEST_F(OptionSetTest, SaysWhatIsMissingAndWhatToDo) {
    parse("--livekit-url http://livekit");
    EXPECT_NE(livekit_.validate().error().find("LIVEKIT_URL must be set"), std::string::npos);
    EXPECT_NE(DatabaseOptions{}.validate().error().find("DATABASE_URL"), std::string::npos);
    EXPECT_NE(RedisOptions{}.validate().error().find("REDIS_URL"), std::string::npos);
}

}  // namespace
}  // namespace studio::apps
