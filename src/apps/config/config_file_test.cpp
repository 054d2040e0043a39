#include "apps/config/config_file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace studio::apps {
namespace {

TEST(ConfigFile, ReadsWhatOptionsNeedOfToml) {
    const auto items = parse_config(
        "# a comment\n"
        "port = 8001   # behind a value\r\n"
        "\n"
        "calls-per-loop=1_000\n"
        "host = \"127.0.0.1\"\n"
        "name = 'C:\\dir # no comment'\n"
        "text = \"a \\\"b\\\" \\\\ \\t\"\n"
        "allow = true\n"
        "empty = \"\"\n"
        "list = [\"127.0.0.1\", \"::1\"]\n"
        "lines = [ # one\n  'a',\n  'b',\n]\n"
        "none = []");
    ASSERT_TRUE(items) << items.error();
    const std::pair<const char*, const char*> expected[] = {{"port", "8001"},
                                                            {"calls-per-loop", "1000"},
                                                            {"host", "127.0.0.1"},
                                                            {"name", "C:\\dir # no comment"},
                                                            {"text", "a \"b\" \\ \t"},
                                                            {"allow", "true"},
                                                            {"empty", ""},
                                                            {"list", "127.0.0.1,::1"},
                                                            {"lines", "a,b"},
                                                            {"none", ""}};
    ASSERT_EQ(items->size(), std::size(expected));
    for (std::size_t index = 0; index < items->size(); ++index) {
        EXPECT_EQ(items->at(index).key, expected[index].first);
        EXPECT_EQ(items->at(index).value, expected[index].second);
    }
    EXPECT_EQ(items->at(0).line, 2U);
    EXPECT_EQ(items->at(1).line, 4U);
    EXPECT_EQ(items->back().line, 15U);
    EXPECT_TRUE(parse_config("")->empty());
    EXPECT_TRUE(parse_config("\n# nothing\n")->empty());
}

TEST(ConfigFile, SaysWhichLineIsWrongAndShowsNothingOfIt) {
    for (const char* text : {"s3cret",
                             "port 8001 s3cret",
                             "= s3cret",
                             "key s3cret = 1",
                             "key =",
                             "key = s3cret",
                             "key = 1 s3cret",
                             "key = \"s3cret",
                             "key = 's3cret\n'",
                             "key = \"\\q s3cret\"",
                             "key = [\"s3cret\"",
                             "key = [s3cret]",
                             "key = [\"a\" \"s3cret\"]",
                             "[s3cret]",
                             "[[s3cret]]\nkey = 1",
                             "key = {s3cret = 1}",
                             "key = 1.5",
                             "key = -1",
                             "\x7f\x00\x01",
                             "key = \"a\"\nkey = \"b\""}) {
        const auto items = parse_config(std::string("good = 1\n") + text);
        ASSERT_FALSE(items) << text;
        EXPECT_TRUE(items.error().starts_with("line ")) << items.error();
        EXPECT_EQ(items.error().find("s3cret"), std::string::npos) << items.error();
    }
}

TEST(ConfigFile, OneThatCannotBeReadIsNamed) {
    const std::string folder = testing::TempDir();
    const std::string missing = folder + "/there_is_no_such_file.toml";
    for (const std::string& path : {missing, folder}) {
        const auto items = load_config(path);
        ASSERT_FALSE(items) << path;
        EXPECT_NE(items.error().find(path), std::string::npos) << items.error();
    }
    const std::string large = folder + "/config_large.toml";
    std::ofstream(large) << std::string(1'048'577, '#');
    EXPECT_FALSE(load_config(large));
    std::filesystem::remove(large);
}

}  // namespace
}  // namespace studio::apps
