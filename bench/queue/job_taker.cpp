// Takes jobs as workers do and prints one line for each: the call's id and the moment, in
// nanoseconds of CLOCK_MONOTONIC. bench/queue/post_to_taken.py compares it with the request's.

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/redis_job_queue.hpp"
#include "runtime/loop_thread.hpp"
#include "runtime/task_scope.hpp"

namespace {

using namespace studio;

/// One worker's hands: a loop that takes and keeps its leases, which the bench outlives.
struct Taker {
    Taker(const adapters::RedisOptions& redis, unsigned index)
        : name("taker-" + std::to_string(index)), thread({.name = name}) {
        thread.start();
        thread.run_and_wait([this, &redis] {
            client = std::make_unique<adapters::RedisClient>(thread.loop(), redis);
            queue = std::make_unique<adapters::RedisJobQueue>(*client);
            scope = std::make_unique<runtime::TaskScope>(thread.loop());
            scope->spawn(take());
        });
    }

    Task<> take() {
        while (true) {
            TakeRequest request;
            request.worker_id = name;
            request.worker_calls_max = 100'000;
            request.lease_duration = seconds(300);
            const auto lease = co_await queue->take(std::move(request), seconds(1));
            if (lease && *lease) {
                const auto moment = thread.loop().now().time_since_epoch().count();
                std::printf("%s %lld\n", (*lease)->job.call_id.text().c_str(),
                            static_cast<long long>(moment));
                std::fflush(stdout);
            }
        }
    }

    std::string name;
    runtime::LoopThread thread;
    std::unique_ptr<adapters::RedisClient> client;
    std::unique_ptr<adapters::RedisJobQueue> queue;
    std::unique_ptr<runtime::TaskScope> scope;
};

}  // namespace

int main() {
    const char* url = std::getenv("REDIS_URL");
    const auto redis = adapters::parse_redis_url(url == nullptr ? "" : url);
    if (!redis) {
        std::fprintf(stderr, "REDIS_URL: %s\n", redis.error().c_str());
        return 2;
    }
    std::vector<std::unique_ptr<Taker>> takers;
    for (unsigned index = 0; index < 2; ++index) {
        takers.push_back(std::make_unique<Taker>(*redis, index));
    }
    // Until whoever reads the lines has enough and ends their pipe.
    while (std::getchar() != EOF) {
    }
    std::_Exit(0);
}
