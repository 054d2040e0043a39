#include "base/rfc3339.hpp"

#include <gtest/gtest.h>

namespace studio {
namespace {

std::string read(std::string_view text) {
    const auto time = parse_rfc3339(text);
    return time ? to_rfc3339(*time) : "none";
}

TEST(Rfc3339, MomentsAreReadInUtc) {
    EXPECT_EQ(read("2026-11-28T10:30:00Z"), "2026-11-28T10:30:00.000Z");
    EXPECT_EQ(read("2026-11-28t10:30:00.5z"), "2026-11-28T10:30:00.500Z");
    EXPECT_EQ(read("2026-11-28T10:30:00.1239999+01:30"), "2026-11-28T09:00:00.123Z");
    EXPECT_EQ(read("2026-11-28T23:30:00-01:00"), "2026-11-29T00:30:00.000Z");
    EXPECT_EQ(read("2028-02-29"), "2028-02-29T00:00:00.000Z");
    EXPECT_EQ(read("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000Z");
}

TEST(Rfc3339, EverythingElseIsRefused) {
    for (const char* text : {"",
                             "2026",
                             "2026-11-28T",
                             "2026-11-28T10:30",
                             "2026-11-28T10:30:00",
                             "2026-11-28 10:30:00Z",
                             "2026-02-29",
                             "2026-13-01",
                             "2026-11-31",
                             "2026-11-28T24:00:00Z",
                             "2026-11-28T10:60:00Z",
                             "2026-11-28T10:30:61Z",
                             "2026-11-28T10:30:00.Z",
                             "2026-11-28T10:30:00+1:00",
                             "2026-11-28T10:30:00Zx",
                             "-026-11-28",
                             "1969-12-31",
                             "2026-1-1",
                             "1970-01-01T00:00:00+00:01",
                             "9999-12-31T23:59:59-00:01",
                             "2026-00-01",
                             "2026-11-28T10:30:00 01:00"}) {
        EXPECT_EQ(read(text), "none") << text;
    }
}

}  // namespace
}  // namespace studio
