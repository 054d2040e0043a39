#include "protocol/sse/sse_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace studio::sse {
namespace {

std::vector<std::string> events_of(std::string_view stream, std::size_t piece_size) {
    SseParser parser;
    std::vector<std::string> events;
    for (std::size_t offset = 0; offset < stream.size(); offset += piece_size) {
        parser.handle(stream.substr(offset, piece_size));
        while (const auto event = parser.poll()) {
            events.push_back(std::string(event->type) + "|" + std::string(event->data));
        }
    }
    EXPECT_FALSE(parser.failed());
    return events;
}

struct Case {
    const char* name;
    std::string_view stream;
    std::vector<std::string> events;
};

class SseStreams : public testing::TestWithParam<Case> {};

TEST_P(SseStreams, GivesTheSameEventsForEverySplit) {
    for (std::size_t size = 1; size <= GetParam().stream.size(); ++size) {
        EXPECT_EQ(events_of(GetParam().stream, size), GetParam().events) << "pieces of " << size;
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, SseStreams,
    testing::Values(Case{"line_feeds", "data: a\n\ndata: b\n\n", {"|a", "|b"}},
                    Case{"carriage_returns", "data: a\r\rdata: b\r\r", {"|a", "|b"}},
                    Case{"both", "data: a\r\n\r\ndata: b\r\n\r\n", {"|a", "|b"}},
                    Case{"joins_lines", "data: a\ndata\ndata:b\n\n", {"|a\n\nb"}},
                    Case{"keeps_one_space", "data:  a \n\n", {"| a "}},
                    Case{"type", "event: ping\ndata: 1\n\ndata: 2\n\n", {"ping|1", "|2"}},
                    Case{"type_without_data_is_forgotten", "event: ping\n\ndata: 2\n\n", {"|2"}},
                    Case{"comments_and_others", ": hi\nid: 3\nretry: 9\nx: y\ndata: a\n\n", {"|a"}},
                    Case{"byte_order_mark",
                         "\xEF\xBB\xBF"
                         "data: a\n\n",
                         {"|a"}},
                    Case{"unfinished_is_not_given", "data: a\n\ndata: b\n", {"|a"}},
                    Case{"empty_data_counts", "data\n\n", {"|"}},
                    Case{"rubbish", "<html>\n<p>no</p>\n\n", {}}),
    [](const testing::TestParamInfo<Case>& test) { return std::string(test.param.name); });

TEST(SseParser, RefusesALongLineEvenUnfinished) {
    SseParser parser({.line_bytes_max = 10, .event_bytes_max = 100});
    parser.handle("data: 4567");
    EXPECT_FALSE(parser.poll());
    EXPECT_FALSE(parser.failed());
    parser.handle("8");
    EXPECT_FALSE(parser.poll());
    EXPECT_TRUE(parser.failed());
    parser.handle("\n\ndata: a\n\n");
    EXPECT_FALSE(parser.poll());
}

TEST(SseParser, RefusesALargeEventOfShortLines) {
    SseParser parser({.line_bytes_max = 100, .event_bytes_max = 20});
    parser.handle("data: 0123456789\ndata: 0123456789\n\n");
    EXPECT_FALSE(parser.poll());
    EXPECT_TRUE(parser.failed());
}

}  // namespace
}  // namespace studio::sse
