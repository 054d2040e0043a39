#include "services/live/call_board.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace studio::services {
namespace {

JsonObject call(const std::string& id, const std::string& status,
                const std::string& created_at = "2026-11-28T10:00:00.000Z") {
    return {{"call_id", id}, {"status", status}, {"created_at", created_at}};
}

LiveEvent event(const std::string& type, const std::string& id, const std::string& status) {
    LiveEvent event;
    event.call_id = CallId(id);
    event.type = type;
    event.data = serialize_json(call(id, status));
    return event;
}

class CallBoardTest : public ::testing::Test {
protected:
    [[nodiscard]] std::vector<std::string> listed(std::size_t count_max = 100) const {
        std::vector<std::string> ids;
        for (const Json& one : board_.view(count_max)) {
            ids.push_back(member_text(one, "call_id"));
        }
        return ids;
    }

    CallBoard board_;
    Instant now_{seconds{1'000}};
};

TEST_F(CallBoardTest, CountsWhatIsActiveAndForgetsWhatIsOver) {
    board_.apply(event("created", "c1", "pending"), now_);
    board_.apply(event("status", "c1", "connecting"), now_);
    EXPECT_EQ(board_.active(), 0U);
    board_.apply(event("started", "c1", "active"), now_);
    board_.apply(event("started", "c2", "active"), now_);
    EXPECT_EQ(board_.active(), 2U);
    board_.apply(event("ended", "c1", "completed"), now_);
    board_.apply(event("failed", "c2", "failed"), now_);
    EXPECT_EQ(board_.active(), 0U);
    EXPECT_TRUE(listed().empty());
}

TEST_F(CallBoardTest, AnEventThatComesBehindTheEndRevivesNoCall) {
    board_.apply(event("started", "c1", "active"), now_);
    board_.apply(event("ended", "c1", "completed"), now_);
    board_.apply(event("status", "c1", "active"), now_);
    EXPECT_EQ(board_.active(), 0U);
}

TEST_F(CallBoardTest, WhatIsNoStatusOrCannotBeReadChangesNothing) {
    board_.apply(event("transcript", "c1", "active"), now_);
    LiveEvent broken = event("status", "c2", "active");
    broken.data = "{";
    board_.apply(broken, now_);
    EXPECT_EQ(board_.size(), 0U);
}

TEST_F(CallBoardTest, TheStoreCorrectsWhatNoEventTold) {
    board_.apply(event("started", "c1", "active"), now_);
    board_.apply(event("status", "c2", "connecting"), now_);
    now_ += seconds{30};
    const auto corrected = board_.load({call("c2", "active"), call("c3", "pending")}, now_, now_);
    ASSERT_EQ(corrected.calls.size(), 2U);
    EXPECT_EQ(member_text(Json(corrected.calls[0]), "call_id"), "c2");
    EXPECT_EQ(member_text(Json(corrected.calls[1]), "call_id"), "c3");
    EXPECT_EQ(corrected.gone, std::vector<CallId>{CallId("c1")});
    EXPECT_EQ(board_.active(), 1U);
    const auto again = board_.load({call("c2", "active"), call("c3", "pending")}, now_, now_);
    EXPECT_TRUE(again.calls.empty());
    EXPECT_TRUE(again.gone.empty());
}

TEST_F(CallBoardTest, AnEventOfJustNowCountsMoreThanTheStore) {
    board_.apply(event("started", "c1", "active"), now_);
    board_.apply(event("started", "c2", "active"), now_);
    board_.apply(event("ended", "c2", "completed"), now_);
    const Instant asked_at = now_ + milliseconds{500};
    // The store knows neither the beginning of c1 nor the end of c2 yet.
    const auto corrected = board_.load({call("c2", "active")}, asked_at, asked_at);
    EXPECT_TRUE(corrected.calls.empty());
    EXPECT_TRUE(corrected.gone.empty());
    EXPECT_EQ(listed(), std::vector<std::string>{"c1"});
}

TEST_F(CallBoardTest, ListsTheNewestFirstAndNoMoreThanAskedFor) {
    const auto unused = board_.load({call("c1", "active", "2026-11-28T10:00:00.000Z"),
                                     call("c2", "active", "2026-11-28T12:00:00.000Z"),
                                     call("c3", "active", "2026-11-28T11:00:00.000Z")},
                                    now_, now_);
    EXPECT_EQ(unused.calls.size(), 3U);
    EXPECT_EQ(listed(2), (std::vector<std::string>{"c2", "c3"}));
}

}  // namespace
}  // namespace studio::services
