#include "adapters/redis/internal/live_event_text.hpp"

#include <gtest/gtest.h>

namespace studio::adapters {
namespace {

TEST(LiveEventText, IsReadAsItIsWritten) {
    LiveEvent event;
    event.call_id = CallId("c1");
    event.type = "transcript";
    event.timestamp = "2026-11-28T10:00:00.000Z";
    event.data = R"({"content":"line\nbreak"})";
    const auto read = parse_live_message("17-3\n" + live_event_text(event));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, (LiveId{17, 3}));
    EXPECT_EQ(read->call_id, event.call_id);
    EXPECT_EQ(read->type, event.type);
    EXPECT_EQ(read->timestamp, event.timestamp);
    EXPECT_EQ(read->data, event.data);
}

TEST(LiveEventText, WhatOthersPutThereIsNoEvent) {
    for (const char* text :
         {"", "\n", "17-3", "17-3\nc1\ntype\ntime", "x\nc1\ntype\ntime\n{}",
          "17-3\n\ntype\ntime\n{}", "17-3\nc1\ntype\ntime\n[]",
          "17-3\nc1\ntype\ntime\n{}\n\ndata:", "17-3\nc1\ntype\ntime\n{}\revil"}) {
        EXPECT_FALSE(parse_live_message(text)) << text;
    }
}

}  // namespace
}  // namespace studio::adapters
