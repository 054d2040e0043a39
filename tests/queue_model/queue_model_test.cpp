#include <gtest/gtest.h>

#include <cstdlib>

#include "queue_model/history.hpp"

namespace studio::testing {
namespace {

/// At once on one connection, so that their commands travel together.
constexpr int histories_at_once = 64;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// STUDIO_TEST_SEED repeats one history; STUDIO_TEST_HISTORIES asks for more or fewer.
std::uint64_t first_seed() {
    return number_from("STUDIO_TEST_SEED", 1);
}

std::uint64_t last_seed() {
    return number_from("STUDIO_TEST_SEED", number_from("STUDIO_TEST_HISTORIES", 10'000));
}

void report(std::uint64_t seed, const History& history) {
    EXPECT_EQ(history.fault(), "") << "repeat with STUDIO_TEST_SEED=" << seed;
}

TEST(QueueModel, TheQueueInMemoryHoldsThroughRandomHistories) {
    for (std::uint64_t seed = first_seed(); seed <= last_seed() && !HasFailure(); ++seed) {
        MemoryQueueWorld world;
        History history(seed, world);
        world.run(history.run());
        report(seed, history);
    }
}

Task<> run_history(RedisConnections& connections, std::uint64_t seed) {
    RedisQueueWorld world(connections, "model:" + std::to_string(seed) + ':');
    History history(seed, world);
    co_await history.run();
    report(seed, history);
}

Task<> run_all(RedisConnections& connections) {
    std::uint64_t seed = first_seed();
    while (seed <= last_seed() && !::testing::Test::HasFailure()) {
        // What is left of earlier histories would make forgetting slow.
        std::vector<std::string> command(1, "FLUSHALL");
        EXPECT_TRUE((co_await connections.client.run(std::move(command))).has_value());
        runtime::TaskScope scope(connections.loop);
        for (int count = 0; count < histories_at_once && seed <= last_seed(); ++count) {
            scope.spawn(run_history(connections, seed++));
        }
        co_await scope.close();
    }
}

TEST(QueueModel, TheQueueInRedisHoldsThroughRandomHistories) {
    RedisConnections connections;
    connections.run(run_all(connections));
}

}  // namespace
}  // namespace studio::testing
