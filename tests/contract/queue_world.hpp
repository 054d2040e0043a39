#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/redis/redis_job_queue.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"
#include "support/queue/memory_job_queue.hpp"
#include "support/servers/servers.hpp"

namespace studio::testing {

/// A queue, its clock and what a test may do to it. `other` is the same queue seen by another
/// process.
class QueueWorld {
public:
    virtual ~QueueWorld() = default;
    virtual JobQueue& queue() = 0;
    virtual JobQueue& other() = 0;
    virtual runtime::Loop& loop() = 0;
    /// Runs the loop until the task has ended.
    virtual void run(Task<> task) = 0;
    virtual WallTime now() = 0;
    [[nodiscard]] virtual Task<> advance(milliseconds duration) = 0;
    [[nodiscard]] virtual Task<> lose_memory() = 0;
    /// The jobs that wait in a pool, or in the common list, as their JSON, head first.
    [[nodiscard]] virtual Task<std::vector<std::string>> list(std::string pool) = 0;
};

class MemoryQueueWorld final : public QueueWorld {
public:
    MemoryQueueWorld() : queue_(loop_, {.recovery_grace = milliseconds(2'000)}) {}

    JobQueue& queue() override { return queue_; }
    JobQueue& other() override { return queue_; }
    runtime::Loop& loop() override { return loop_; }
    void run(Task<> task) override {
        runtime::TaskScope scope(loop_);
        scope.spawn(std::move(task));
        while (scope.size() != 0 && loop_.run_next()) {
        }
    }
    WallTime now() override { return loop_.wall_now(); }
    Task<> advance(milliseconds duration) override {
        static_cast<void>(co_await runtime::sleep_for(loop_, duration));
    }
    Task<> lose_memory() override {
        queue_.lose_memory();
        co_return;
    }
    Task<std::vector<std::string>> list(std::string pool) override {
        std::vector<std::string> texts;
        for (const core::Job& job : queue_.waiting_jobs(pool)) {
            texts.push_back(core::serialize_job(job));
        }
        co_return texts;
    }

private:
    runtime::VirtualLoop loop_;
    testing::MemoryJobQueue queue_;
};

/// One loop and two connections to the test's Redis.
struct RedisConnections {
    RedisConnections()
        : client(loop, *adapters::parse_redis_url(server_address("STUDIO_TEST_REDIS_URL"))),
          other(loop, *adapters::parse_redis_url(server_address("STUDIO_TEST_REDIS_URL"))) {}

    void run(Task<> task) {
        runtime::TaskScope scope(loop);
        scope.spawn(finish(std::move(task)));
        loop.run();
    }

    runtime::AsioLoop loop;
    adapters::RedisClient client;
    adapters::RedisClient other;

private:
    Task<> finish(Task<> task) {
        // A loop that is stopped before it runs would not run at all.
        co_await runtime::resume_on(loop);
        co_await std::move(task);
        loop.stop();
    }
};

class RedisQueueWorld final : public QueueWorld {
public:
    /// Keys begin with `prefix`, so that worlds share a server.
    RedisQueueWorld(RedisConnections& connections, std::string prefix)
        : connections_(connections),
          prefix_(std::move(prefix)),
          queue_(connections.client, options()),
          other_(connections.other, options()) {}

    JobQueue& queue() override { return queue_; }
    JobQueue& other() override { return other_; }
    runtime::Loop& loop() override { return connections_.loop; }
    void run(Task<> task) override { connections_.run(std::move(task)); }
    WallTime now() override { return now_; }
    Task<> advance(milliseconds duration) override {
        now_ += duration;
        co_return;
    }
    Task<> lose_memory() override {
        std::vector<std::string> command{
            "EVAL",
            "for _, name in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do redis.call('DEL', name) "
            "end return 1",
            "0", prefix_};
        static_cast<void>(co_await connections_.client.run(std::move(command)));
    }
    Task<std::vector<std::string>> list(std::string pool) override {
        std::string name = prefix_ + "call-queue" + (pool.empty() ? "" : ":" + pool);
        std::vector<std::string> command{"LRANGE", std::move(name), "0", "-1"};
        const auto answer = co_await connections_.client.run(std::move(command));
        std::vector<std::string> texts;
        if (answer) {
            for (const adapters::RedisValue& element : answer->elements) {
                texts.push_back(element.text);
            }
        }
        co_return texts;
    }

private:
    adapters::RedisJobQueueOptions options() {
        adapters::RedisJobQueueOptions options;
        options.key_prefix = prefix_;
        options.test_clock = [this] { return now_; };
        return options;
    }

    RedisConnections& connections_;
    std::string prefix_;
    WallTime now_{seconds{1'800'000'000}};
    adapters::RedisJobQueue queue_;
    adapters::RedisJobQueue other_;
};

}  // namespace studio::testing
