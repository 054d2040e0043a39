#include "apps/call/call_options.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "apps/config/key_file.hpp"

namespace studio::apps {
namespace {

/// What the command line says, with the key that calls over REST need.
CallOptions parse(const std::string& line) {
    CLI::App app;
    CallOptions options;
    add_call_options(app, options);
    app.parse(line);
    return options;
}

struct Case {
    const char* line;
    bool has_key;
    bool is_valid;
};

TEST(CallOptions, NameOneAgentOrOneRoom) {
    for (const Case& wanted : {
             Case{"--agent a --say hello", true, true},
             Case{"--agent a --say hello", false, false},
             Case{"--say hello", true, false},
             Case{"--url ws://127.0.0.1:7880 --token t --say hello", false, true},
             Case{"--url wss://rooms.example --token t --say hello", false, true},
             Case{"--url ws://127.0.0.1:7880 --say hello", true, false},
             Case{"--url http://127.0.0.1:7880 --token t --say hello", true, false},
             Case{"--url ws://127.0.0.1:7880 --token t", true, false},
         }) {
        CallOptions options = parse(wanted.line);
        options.api_key = Secret<std::string>(wanted.has_key ? "as_live_key" : "");
        EXPECT_EQ(validate(options).has_value(), wanted.is_valid) << wanted.line;
    }
    EXPECT_THROW((void)parse("--agent a --url ws://h --token t --say hello"), CLI::ParseError);
}

TEST(CallOptions, SaysWhatIsWrong) {
    for (const auto& [line, word] : std::initializer_list<std::pair<const char*, const char*>>{
             {"--agent a --say hi --server bogus", "--server"},
             {"--agent a --say hi --context [1]", "--context"},
             {"--agent a --say hi --context {", "--context"},
             {"--agent a --say hi --via bogus", "--via"},
             {"--agent a --say hi --record /nowhere/x.wav", "--record"},
             {"--agent a --wav /nowhere.wav", "--wav"},
         }) {
        CallOptions options = parse(line);
        options.api_key = Secret<std::string>("as_live_key");
        const auto valid = validate(options);
        ASSERT_FALSE(valid) << line;
        EXPECT_NE(valid.error().find(word), std::string::npos) << valid.error();
    }
    for (const char* timeout : {"0", "soon", "-1", "86401"}) {
        EXPECT_THROW((void)parse("--agent a --say hi --timeout " + std::string(timeout)),
                     CLI::ParseError);
    }
}

TEST(CallOptions, TheKeyOfAServerOfThisMachineIsFoundBesideItsDatabase) {
    ::unsetenv("STUDIO_API_KEY");
    const std::string database = testing::TempDir() + "call_options_test.db";
    ASSERT_TRUE(write_key_file(key_file_of(database), Secret<std::string>("as_live_file")));
    const auto key_of = [&database](const std::string& more) {
        CallOptions options = parse("--agent a --say hello --database " + database + more);
        find_key(options);
        return options.api_key.reveal();
    };
    EXPECT_EQ(key_of(""), "as_live_file");
    EXPECT_EQ(key_of(" --server http://localhost:8001"), "as_live_file");
    EXPECT_EQ(key_of(" --server http://studio.example:8000"), "") << "it is sent nowhere else";
    ::setenv("STUDIO_API_KEY", "as_live_environment", 1);
    EXPECT_EQ(key_of(""), "as_live_environment");
    ::unsetenv("STUDIO_API_KEY");
    EXPECT_EQ(std::remove(key_file_of(database).c_str()), 0);
    EXPECT_EQ(key_of(""), "");
}

TEST(CallOptions, ATokenComesFromTheEnvironmentToo) {
    ::setenv("STUDIO_CALL_TOKEN", "from-environment", 1);
    EXPECT_EQ(parse("--url ws://h --say hello").room_token.reveal(), "from-environment");
    EXPECT_EQ(parse("--url ws://h --token flag --say hello").room_token.reveal(), "flag");
    ::unsetenv("STUDIO_CALL_TOKEN");
}

}  // namespace
}  // namespace studio::apps
