// Time from a push to the job in a worker's hands, on a real Redis: one loop pushes at a steady
// rate, each of several others takes, as workers do. Prints JSON.

#include <algorithm>
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

constexpr int pushes_per_second = 100;
constexpr int pushes = 1'000;
constexpr int takers = 3;
constexpr std::uint32_t calls_max = 100'000;

/// One loop with a connection of its own.
struct Side {
    explicit Side(const adapters::RedisOptions& redis, std::string name)
        : thread({.name = std::move(name)}), options(redis) {
        thread.start();
        thread.run_and_wait([this] {
            client = std::make_unique<adapters::RedisClient>(thread.loop(), options);
            queue = std::make_unique<adapters::RedisJobQueue>(*client);
            scope = std::make_unique<runtime::TaskScope>(thread.loop());
        });
    }
    ~Side() {
        thread.run_and_wait([this] {
            scope.reset();
            queue.reset();
            client.reset();
        });
        thread.stop();
    }
    Side(const Side&) = delete;
    Side& operator=(const Side&) = delete;

    runtime::LoopThread thread;
    adapters::RedisOptions options;
    std::unique_ptr<adapters::RedisClient> client;
    std::unique_ptr<adapters::RedisJobQueue> queue;
    std::unique_ptr<runtime::TaskScope> scope;
    std::vector<double> delays_ms;
    int failures = 0;
};

Task<> push_all(Side& side, runtime::AsioLoop& main_loop) {
    const Instant start = side.thread.loop().now();
    for (int index = 0; index < pushes; ++index) {
        const Instant due = start + seconds(1) * index / pushes_per_second;
        static_cast<void>(
            co_await runtime::sleep_for(side.thread.loop(), due - side.thread.loop().now()));
        // The call's name tells when it was pushed; all loops share the machine's clock.
        const std::int64_t pushed_ns = side.thread.loop().now().time_since_epoch().count();
        core::Job job{CallId(std::to_string(pushed_ns)),
                      TenantId("t"),
                      "agent",
                      "call-" + std::to_string(pushed_ns),
                      1,
                      side.thread.loop().wall_now()};
        AdmissionLimits limits{.tenant_calls_max = calls_max, .agent_calls_max = calls_max};
        if (!(co_await side.queue->push(std::move(job), limits))) {
            ++side.failures;
        }
    }
    static_cast<void>(co_await runtime::sleep_for(side.thread.loop(), seconds(2)));
    main_loop.stop();
}

Task<> take_all(Side& side, std::string worker_id) {
    for (;;) {
        TakeRequest request{.worker_id = worker_id,
                            .worker_calls_max = calls_max,
                            .agents = {},
                            .lease_duration = milliseconds(60'000)};
        const auto taken = co_await side.queue->take(std::move(request), milliseconds(1'000));
        const Instant now = side.thread.loop().now();
        if (!taken) {
            ++side.failures;
            static_cast<void>(co_await runtime::sleep_for(side.thread.loop(), milliseconds(10)));
        } else if (*taken) {
            const nanoseconds pushed(std::stoll((*taken)->job.call_id.text()));
            side.delays_ms.push_back(
                std::chrono::duration<double, std::milli>(now.time_since_epoch() - pushed).count());
        } else if (!side.delays_ms.empty()) {
            co_return;  // Nothing came for a whole second: the pushes are over.
        }
    }
}

double quantile(const std::vector<double>& sorted, double fraction) {
    return sorted.empty() ? 0
                          : sorted[static_cast<std::size_t>(
                                fraction * static_cast<double>(sorted.size() - 1))];
}

int run(const adapters::RedisOptions& redis) {
    runtime::AsioLoop main_loop;
    std::vector<std::unique_ptr<Side>> sides;
    for (int index = 0; index < takers; ++index) {
        sides.push_back(std::make_unique<Side>(redis, "taker" + std::to_string(index)));
        Side& side = *sides.back();
        side.thread.run_and_wait([&side, index] {
            side.scope->spawn(take_all(side, "worker" + std::to_string(index)));
        });
    }
    Side pusher(redis, "pusher");
    const auto beginning = main_loop.start_timer(main_loop.now() + milliseconds(500), [&] {
        pusher.thread.loop().post([&] { pusher.scope->spawn(push_all(pusher, main_loop)); });
    });
    main_loop.run();
    std::vector<double> delays;
    std::string shares;
    int failures = pusher.failures;
    for (const auto& side : sides) {
        side->thread.run_and_wait([&] {
            delays.insert(delays.end(), side->delays_ms.begin(), side->delays_ms.end());
            shares += (shares.empty() ? "" : ", ") + std::to_string(side->delays_ms.size());
            failures += side->failures;
        });
    }
    std::sort(delays.begin(), delays.end());
    std::printf(
        "{\"pushes\": %d, \"per_second\": %d, \"takers\": %d, \"taken\": %zu, \"failures\": %d,\n"
        " \"taken_by\": [%s],\n"
        " \"push_to_taken_ms\": {\"p50\": %.2f, \"p95\": %.2f, \"p99\": %.2f, \"max\": %.2f}}\n",
        pushes, pushes_per_second, takers, delays.size(), failures, shares.c_str(),
        quantile(delays, 0.5), quantile(delays, 0.95), quantile(delays, 0.99),
        quantile(delays, 1.0));
    return delays.size() == static_cast<std::size_t>(pushes) && failures == 0 ? 0 : 1;
}

}  // namespace

int main() {
    const char* const url = std::getenv("STUDIO_TEST_REDIS_URL");
    const auto redis = adapters::parse_redis_url(url == nullptr ? "redis://localhost" : url);
    if (!redis) {
        std::fprintf(stderr, "%s\n", redis.error().c_str());
        return 2;
    }
    return run(*redis);
}
