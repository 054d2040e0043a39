#include "services/webhooks/delivery_slots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace studio::services {
namespace {

const Instant start{seconds(100)};

std::size_t free_for(const DeliverySlots& slots, const std::string& endpoint, Instant now) {
    const auto shares = slots.plan({endpoint}, now);
    return shares.empty() ? 0 : shares.front().count;
}

std::size_t fill(DeliverySlots& slots, const std::string& endpoint, Instant now) {
    const std::size_t free = free_for(slots, endpoint, now);
    for (std::size_t index = 0; index < free; ++index) {
        slots.begin(endpoint, now);
    }
    return free;
}

/// Has it known to be fine.
void prove(DeliverySlots& slots, const std::string& endpoint, Instant now) {
    slots.begin(endpoint, now);
    slots.end(endpoint, now, now, true);
}

using State = DeliverySlots::State;

TEST(DeliverySlots, AnEndpointHasItsOwnLimitThatGrowsWithItsFirstSuccess) {
    DeliverySlots slots;
    EXPECT_EQ(fill(slots, "a", start), 2U);
    EXPECT_EQ(free_for(slots, "a", start), 0U);
    slots.end("a", start, start + seconds(1), true);
    EXPECT_EQ(fill(slots, "a", start + seconds(1)), 7U);
    EXPECT_EQ(free_for(slots, "a", start + seconds(1)), 0U);
    EXPECT_EQ(free_for(slots, "b", start + seconds(1)), 2U);
}

TEST(DeliverySlots, TroubleIsFailureOrSlownessAndEndsWithAQuickSuccess) {
    DeliverySlots slots;
    prove(slots, "a", start);
    slots.begin("a", start);
    EXPECT_EQ(slots.state_of("a", start + seconds(2)), State::fine);
    EXPECT_EQ(slots.state_of("a", start + milliseconds(2'001)), State::troubled) << "under way";
    EXPECT_EQ(free_for(slots, "a", start + seconds(3)), 1U);
    slots.end("a", start, start + seconds(3), true);
    EXPECT_EQ(slots.state_of("a", start + seconds(3)), State::troubled);
    prove(slots, "a", start + seconds(4));
    EXPECT_EQ(slots.state_of("a", start + seconds(4)), State::fine);
    slots.begin("a", start + seconds(6));
    slots.end("a", start + seconds(6), start + seconds(6), false);
    EXPECT_EQ(slots.state_of("a", start + seconds(6)), State::troubled);
    EXPECT_EQ(free_for(slots, "a", start + seconds(6)), 2U);
}

TEST(DeliverySlots, AnyNumberOfDeadEndpointsLeavesPlacesForThoseThatAreFine) {
    DeliverySlots slots;
    prove(slots, "fine", start);
    std::size_t most = 0;
    // All seem fine at first, and hang for half a minute; again and again.
    for (int second = 0; second < 120; ++second) {
        const Instant now = start + seconds(second);
        for (int index = 0; index < 500; ++index) {
            fill(slots, "dead" + std::to_string(index), now);
        }
        most = std::max(most, slots.under_way());
        EXPECT_EQ(fill(slots, "fine", now), 8U) << second;
        for (int each = 0; each < 8; ++each) {
            slots.end("fine", now, now, true);
        }
    }
    EXPECT_EQ(most, 192U);
}

TEST(DeliverySlots, ThoseInTroubleLeavePlacesForThoseThatAreNew) {
    DeliverySlots slots;
    for (int index = 0; index < 500; ++index) {
        const std::string id = "dead" + std::to_string(index);
        slots.begin(id, start);
        slots.end(id, start, start + seconds(1), false);
    }
    for (int index = 0; index < 500; ++index) {
        fill(slots, "dead" + std::to_string(index), start + seconds(1));
    }
    EXPECT_EQ(slots.under_way(), 128U);
    EXPECT_EQ(free_for(slots, "new", start + seconds(1)), 2U);
}

TEST(DeliverySlots, WhatIsPlannedTogetherKeepsTheLimitsTogether) {
    DeliverySlots slots;
    std::vector<std::string> endpoints;
    for (int index = 0; index < 300; ++index) {
        endpoints.push_back("new" + std::to_string(index));
    }
    for (int index = 0; index < 40; ++index) {
        endpoints.push_back("fine" + std::to_string(index));
        prove(slots, endpoints.back(), start);
    }
    std::size_t unknown = 0;
    std::size_t fine = 0;
    for (const DeliverySlots::Share& share : slots.plan(endpoints, start)) {
        (share.endpoint.starts_with("new") ? unknown : fine) += share.count;
    }
    EXPECT_EQ(unknown, 64U);
    EXPECT_EQ(fine, 192U);
}

TEST(DeliverySlots, AllTogetherHaveALimit) {
    DeliverySlots slots;
    for (int index = 0; index < 40; ++index) {
        prove(slots, std::to_string(index), start);
        fill(slots, std::to_string(index), start);
    }
    EXPECT_EQ(slots.under_way(), 256U);
    EXPECT_EQ(free_for(slots, "0", start), 0U);
    EXPECT_EQ(free_for(slots, "other", start), 0U);
}

}  // namespace
}  // namespace studio::services
