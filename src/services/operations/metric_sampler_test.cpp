#include "services/operations/metric_sampler.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/metric.hpp"
#include "runtime/virtual_loop.hpp"
#include "support/queue/memory_job_queue.hpp"

namespace studio::services {
namespace {

class QueueSamplerTest : public ::testing::Test {
protected:
    Task<void> push(std::string id, std::string agent) {
        core::Job job;
        job.call_id = CallId(std::move(id));
        job.tenant_id = TenantId("t1");
        job.agent_name = std::move(agent);
        job.room_name = "room-" + job.call_id.text();
        job.queued_at = loop_.wall_now();
        EXPECT_TRUE((co_await queue_.push(std::move(job), AdmissionLimits{})).has_value());
    }
    Task<void> take_all(std::string agent) {
        TakeRequest request;
        request.worker_id = "w1";
        request.worker_calls_max = 100;
        request.agents.push_back(std::move(agent));
        bool found = true;
        while (found) {
            const auto taken = co_await queue_.take(request, milliseconds(0));
            found = taken && *taken;
        }
    }
    void run(Task<void> task) {
        scope_.spawn(std::move(task));
        loop_.run_for(milliseconds(1));
    }
    static std::int64_t waiting(const std::string& pool) {
        return metrics().gauge("studio_queue_pool_waiting", "", "pool=\"" + pool + '"').value();
    }

    runtime::VirtualLoop loop_;
    testing::MemoryJobQueue queue_{loop_};
    QueueSampler sampler_{queue_};
    runtime::TaskScope scope_{loop_};
};

TEST_F(QueueSamplerTest, ShowsWhatWaitsInEachPoolAndInTheCommonList) {
    run(take_all("meals"));
    run(push("a", "meals"));
    run(push("b", "meals"));
    run(push("c", "nobody"));
    run(sampler_.sample());
    EXPECT_EQ(waiting("meals"), 2);
    EXPECT_EQ(waiting("*"), 1);
    run(take_all("meals"));
    run(sampler_.sample());
    EXPECT_EQ(waiting("meals"), 0);
    EXPECT_EQ(waiting("*"), 1);
}

TEST_F(QueueSamplerTest, KeepsItsFiguresWhileTheQueueIsAway) {
    run(push("a", "nobody"));
    run(sampler_.sample());
    queue_.set_available(false);
    run(sampler_.sample());
    EXPECT_EQ(waiting("*"), 1);
}

TEST(PoolsServed, AreThoseOfTheFilterAndWithoutOneEvery) {
    const auto serves = [](const std::string& pool) {
        return metrics().render().find("studio_worker_serves{pool=\"" + pool + "\"} 1\n") !=
               std::string::npos;
    };
    show_pools_served({"meals", "odd\"\\name"});
    EXPECT_TRUE(serves("meals"));
    EXPECT_TRUE(serves("oddname")) << "what would break the text format is left out";
    EXPECT_FALSE(serves("*"));
    show_pools_served({});
    EXPECT_TRUE(serves("*"));
}

}  // namespace
}  // namespace studio::services
