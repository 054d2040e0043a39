#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "contract/queue_world.hpp"

namespace studio::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Implementation {
    const char* name;
    bool is_redis;
};

class JobQueueContract : public ::testing::TestWithParam<Implementation> {
protected:
    JobQueueContract() {
        if (GetParam().is_redis) {
            connections_ = std::make_unique<RedisConnections>();
            const std::string name =
                ::testing::UnitTest::GetInstance()->current_test_info()->name();
            world_ = std::make_unique<RedisQueueWorld>(*connections_, "contract:" + name + ':');
        } else {
            world_ = std::make_unique<MemoryQueueWorld>();
        }
        world_->run(world_->lose_memory());
        advance(3'000);
    }

    JobQueue& queue() { return world_->queue(); }
    JobQueue& other() { return world_->other(); }

    template <class Value>
    Value run(Task<Value> task) {
        std::optional<Value> value;
        world_->run(keep(std::move(task), value));
        return std::move(*value);
    }
    void advance(int duration_ms) { world_->run(world_->advance(milliseconds(duration_ms))); }

    core::Job job(const std::string& id, const std::string& agent = "agent",
                  const std::string& tenant = "tenant") {
        return {CallId(id), TenantId(tenant), agent, "call-" + id, 1, world_->now()};
    }
    static TakeRequest worker(const std::string& id, std::vector<std::string> agents = {},
                              std::uint32_t calls_max = 10) {
        return {.worker_id = id, .worker_calls_max = calls_max, .agents = std::move(agents)};
    }
    bool push(const std::string& id, const std::string& agent = "agent") {
        return *run(queue().push(job(id, agent), {}));
    }
    std::optional<Lease> take(TakeRequest request) {
        return *run(queue().take(std::move(request), milliseconds(0)));
    }
    /// Reaps as a worker does, every 250 ms.
    ReapOutcome reap_for(int duration_ms) {
        ReapOutcome all;
        for (int passed = 0; passed <= duration_ms; passed += 250) {
            ReapOutcome one = *run(other().reap());
            all.put_back.insert(all.put_back.end(), one.put_back.begin(), one.put_back.end());
            all.dead.insert(all.dead.end(), one.dead.begin(), one.dead.end());
            advance(250);
        }
        return all;
    }
    std::vector<std::string> list(const std::string& pool = "") {
        std::vector<std::string> ids;
        for (const std::string& text : run(world_->list(pool))) {
            ids.push_back(core::parse_job(text)->call_id.text());
        }
        return ids;
    }

    template <class Value>
    static Task<> keep(Task<Value> task, std::optional<Value>& target) {
        target = co_await std::move(task);
    }

    std::unique_ptr<RedisConnections> connections_;
    std::unique_ptr<QueueWorld> world_;
};

TEST_P(JobQueueContract, JobsAreTakenInTheirOrderAndPushedOnce) {
    EXPECT_TRUE(push("a"));
    EXPECT_TRUE(push("b"));
    EXPECT_FALSE(push("a"));
    EXPECT_THAT(list(), ElementsAre("a", "b"));
    advance(40);
    const QueueDepth before = *run(other().depth());
    EXPECT_EQ(before.waiting, 2);
    EXPECT_EQ(before.oldest_age, milliseconds(40));
    const auto first = take(worker("w"));
    const auto second = take(worker("w"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->job.call_id.text(), "a");
    EXPECT_EQ(first->job.attempt, 1);
    EXPECT_EQ(second->job.call_id.text(), "b");
    EXPECT_GT(second->fencing_token, first->fencing_token);
    EXPECT_FALSE(take(worker("w")));
    EXPECT_FALSE(push("a"));
    EXPECT_EQ(run(queue().depth())->leased, 2);
    EXPECT_THAT(list(), IsEmpty());
}

TEST_P(JobQueueContract, PoolsHaveListsOfTheirOwn) {
    push("a1", "x");
    push("b1", "y");
    EXPECT_THAT(list(), ElementsAre("a1", "b1"));
    // The worker makes the pool, and what waited for it moves there.
    EXPECT_EQ(take(worker("v", {"z", "y"}))->job.call_id.text(), "b1");
    advance(1);
    push("b2", "y");
    advance(1);
    push("a2", "x");
    EXPECT_THAT(list(), ElementsAre("a1", "a2"));
    EXPECT_THAT(list("y"), ElementsAre("b2"));
    EXPECT_THAT(list("z"), IsEmpty());
    // A pool without calls is told too: it is one that had workers.
    const QueueDepth depth = *run(queue().depth());
    std::vector<std::pair<std::string, std::uint64_t>> pools;
    for (const PoolDepth& pool : depth.pools) {
        pools.emplace_back(pool.agent, pool.waiting);
    }
    EXPECT_THAT(pools, ElementsAre(std::pair("", 2), std::pair("y", 1), std::pair("z", 0)));
    // A worker without a filter takes what waits longest, wherever it is.
    for (const char* expected : {"a1", "b2", "a2"}) {
        EXPECT_EQ(take(worker("w"))->job.call_id.text(), expected);
    }
}

TEST_P(JobQueueContract, AnEndedLeaseGoesToTheHeadAndDiesAfterItsAttempts) {
    push("a");
    reap_for(3'000);
    std::uint64_t last_token = 0;
    for (std::uint32_t attempt = 1; attempt <= 5; ++attempt) {
        const auto lease = take(worker("w"));
        ASSERT_TRUE(lease);
        EXPECT_EQ(lease->job.attempt, attempt);
        EXPECT_GT(lease->fencing_token, last_token);
        last_token = lease->fencing_token;
        push("later" + std::to_string(attempt));
        EXPECT_THAT(reap_for(1'500).put_back, IsEmpty());
        const ReapOutcome over = reap_for(1'000);
        if (attempt < 5) {
            EXPECT_THAT(over.put_back, ElementsAre(CallId("a")));
            EXPECT_EQ(list().front(), "a");
        } else {
            ASSERT_THAT(over.dead, SizeIs(1));
            EXPECT_EQ(over.dead.front().call_id, CallId("a"));
        }
    }
    EXPECT_EQ(run(queue().depth())->dead, 1);
    EXPECT_FALSE(push("a"));
    EXPECT_THAT(reap_for(15'000).dead, IsEmpty());
}

TEST_P(JobQueueContract, ARenewedLeaseLastsAndAReapedOneIsStale) {
    push("a");
    reap_for(3'000);
    const auto lease = *take(worker("w"));
    const auto renew = [&](const Lease& held) {
        return run(queue().renew("w", std::vector<Lease>{held}, milliseconds(2'000)))->stale;
    };
    for (int count = 0; count < 6; ++count) {
        EXPECT_THAT(reap_for(750).put_back, IsEmpty());
        EXPECT_THAT(renew(lease), IsEmpty());
    }
    advance(2'100);  // Ended, but not reaped.
    EXPECT_THAT(renew(lease), IsEmpty());
    EXPECT_THAT(reap_for(5'000).put_back, ElementsAre(CallId("a")));
    EXPECT_THAT(renew(lease), ElementsAre(CallId("a")));
    const auto newer = *take(worker("v"));
    EXPECT_THAT(renew(lease), ElementsAre(CallId("a")));
    EXPECT_EQ(run(queue().acknowledge({CallId("a"), lease.fencing_token})).error(),
              QueueError::stale);
    EXPECT_EQ(run(queue().release({CallId("a"), lease.fencing_token}, false)).error(),
              QueueError::stale);
    EXPECT_TRUE(run(queue().acknowledge({CallId("a"), newer.fencing_token})));
}

TEST_P(JobQueueContract, NothingRevivesACallThatIsOver) {
    push("a");
    const auto lease = *take(worker("w"));
    const LeaseKey key{CallId("a"), lease.fencing_token};
    EXPECT_TRUE(run(queue().acknowledge(key)));
    EXPECT_TRUE(run(queue().acknowledge(key)));
    EXPECT_FALSE(push("a"));
    EXPECT_THAT(run(queue().renew("w", std::vector<Lease>{lease}, milliseconds(2'000)))->stale,
                ElementsAre(CallId("a")));
    EXPECT_EQ(run(queue().release(key, true)).error(), QueueError::stale);
    const QueueDepth depth = *run(queue().depth());
    EXPECT_EQ(depth.waiting + depth.leased + depth.dead, 0);
}

TEST_P(JobQueueContract, AReleasedJobIsTheNextOne) {
    push("a");
    push("b");
    const auto first = *take(worker("w"));
    const LeaseKey key{CallId("a"), first.fencing_token};
    EXPECT_TRUE(*run(queue().release(key, false)));
    EXPECT_TRUE(*run(queue().release(key, false)));
    EXPECT_THAT(list(), ElementsAre("a", "b"));
    for (std::uint32_t attempt = 1; attempt <= 5; ++attempt) {
        const auto lease = *take(worker("w"));
        EXPECT_EQ(lease.job.attempt, attempt);
        EXPECT_EQ(*run(queue().release({CallId("a"), lease.fencing_token}, true)), attempt < 5);
    }
    EXPECT_EQ(run(queue().depth())->dead, 1);
    EXPECT_EQ(run(queue().release({CallId("c"), 1}, true)).error(), QueueError::unavailable);
    // A call that changes its worker after a while has not waited all the time.
    const auto second = *take(worker("w"));
    advance(60'000);
    EXPECT_TRUE(*run(queue().release({CallId("b"), second.fencing_token}, false)));
    advance(10);
    EXPECT_EQ(run(queue().depth())->oldest_age, milliseconds(10));
}

TEST_P(JobQueueContract, ARenewalWritesTheAttemptsBack) {
    push("a");
    for (int count = 0; count < 3; ++count) {
        const auto failed = *take(worker("w"));
        EXPECT_TRUE(*run(queue().release({CallId("a"), failed.fencing_token}, true)));
    }
    auto lease = *take(worker("w"));
    EXPECT_EQ(lease.job.attempt, 4);
    lease.job.attempt = 1;
    EXPECT_THAT(run(queue().renew("w", std::vector<Lease>{lease}, milliseconds(2'000)))->stale,
                IsEmpty());
    EXPECT_TRUE(*run(queue().release({CallId("a"), lease.fencing_token}, true)));
    EXPECT_EQ(take(worker("v"))->job.attempt, 2);
}

TEST_P(JobQueueContract, LimitsHoldAndPlacesComeBack) {
    const AdmissionLimits limits{.tenant_calls_max = 3, .agent_calls_max = 2};
    EXPECT_TRUE(run(queue().push(job("a", "x"), limits)));
    EXPECT_TRUE(run(queue().push(job("b", "x"), limits)));
    EXPECT_EQ(run(queue().push(job("c", "x"), limits)).error(), QueueError::agent_limit);
    EXPECT_TRUE(run(queue().push(job("c", "y"), limits)));
    EXPECT_EQ(run(queue().push(job("d", "z"), limits)).error(), QueueError::tenant_limit);
    EXPECT_TRUE(run(queue().push(job("e", "x", "other"), limits)));
    const auto lease = *take(worker("w", {}, 1));
    EXPECT_EQ(run(queue().take(worker("w", {}, 1), milliseconds(0))).error(),
              QueueError::worker_limit);
    EXPECT_EQ(run(queue().push(job("d", "z"), limits)).error(), QueueError::tenant_limit);
    EXPECT_TRUE(run(queue().acknowledge({CallId("a"), lease.fencing_token})));
    EXPECT_TRUE(run(queue().push(job("d", "z"), limits)));
    EXPECT_TRUE(take(worker("w", {}, 1)));
    EXPECT_EQ(run(queue().push(job("f"), {.waiting_max = 3})).error(), QueueError::overloaded);
    advance(600);
    EXPECT_EQ(run(queue().push(job("f"), {.oldest_age_max = milliseconds(500)})).error(),
              QueueError::overloaded);
    EXPECT_TRUE(run(queue().push(job("f"), {.oldest_age_max = milliseconds(700)})));
}

TEST_P(JobQueueContract, TheNextPlaceIsKeptForWhoWasAnswered) {
    const AdmissionLimits fresh{.tenant_calls_max = 1};
    AdmissionLimits answered = fresh;
    answered.place_kept = milliseconds(3'000);
    const auto ask = [&](JobQueue& whom, const char* id, const AdmissionLimits& limits) {
        return run(whom.push(job(id), limits));
    };
    EXPECT_TRUE(ask(queue(), "first", fresh));
    EXPECT_EQ(ask(queue(), "owed", answered), fail(QueueError::tenant_limit));
    const auto held = take(worker("w"));
    ASSERT_TRUE(held);
    EXPECT_TRUE(run(queue().acknowledge({held->job.call_id, held->fencing_token})));
    EXPECT_EQ(ask(other(), "fresh", fresh), fail(QueueError::tenant_limit));
    EXPECT_EQ(run(other().take_directly(job("direct"), fresh, worker("w"))),
              fail(QueueError::tenant_limit));
    EXPECT_TRUE(ask(other(), "owed", answered));
    ASSERT_TRUE(take(worker("w")));
    // It has its place: none is kept any more, and its end makes one for anybody.
    EXPECT_EQ(ask(queue(), "late", answered), fail(QueueError::tenant_limit));
    EXPECT_EQ(run(queue().cancel(CallId("owed"))), Cancellation::told);
    advance(3'001);
    EXPECT_EQ(ask(queue(), "fresh", fresh), fail(QueueError::tenant_limit)) << "still held";
    EXPECT_EQ(ask(queue(), "fresh", {.tenant_calls_max = 2}), true)
        << "nobody asked for late again";
}

TEST_P(JobQueueContract, NobodyWhoWasAnsweredStarves) {
    const AdmissionLimits fresh{.tenant_calls_max = 2, .agent_calls_max = 2};
    AdmissionLimits answered = fresh;
    answered.place_kept = milliseconds(3'000);
    std::set<std::string> owed{"a", "b", "c", "d", "e"};
    int made = 0;
    for (int round = 0; round < 10; ++round) {
        // Those who come anew ask at every moment, the sweep once a round.
        for (int count = 0; count < 5; ++count) {
            static_cast<void>(run(other().push(job("new" + std::to_string(made++)), fresh)));
        }
        for (const std::string& id : std::set<std::string>(owed)) {
            if (run(queue().push(job(id), answered))) {
                owed.erase(id);
            }
        }
        const auto lease = take(worker("w"));
        ASSERT_TRUE(lease);
        advance(500);
        EXPECT_TRUE(run(queue().acknowledge({lease->job.call_id, lease->fencing_token})));
    }
    EXPECT_THAT(owed, IsEmpty());
}

TEST_P(JobQueueContract, AJobMayBeTakenDirectly) {
    const AdmissionLimits limits{.tenant_calls_max = 2};
    const auto lease = run(queue().take_directly(job("a"), limits, worker("w")));
    ASSERT_TRUE(lease);
    EXPECT_EQ(run(queue().take_directly(job("a"), limits, worker("w")))->fencing_token,
              lease->fencing_token);
    EXPECT_EQ(run(queue().take_directly(job("a"), limits, worker("v"))).error(), QueueError::stale);
    push("b");
    EXPECT_TRUE(run(queue().take_directly(job("b"), limits, worker("w"))));
    EXPECT_THAT(list(), IsEmpty());
    EXPECT_EQ(run(queue().take_directly(job("c"), limits, worker("w"))).error(),
              QueueError::tenant_limit);
    EXPECT_EQ(run(queue().take_directly(job("c"), {}, worker("w", {}, 2))).error(),
              QueueError::worker_limit);
}

TEST_P(JobQueueContract, ARoomHasOneAgent) {
    const auto in_lobby = [this](const std::string& id) {
        core::Job made = job(id);
        made.room_name = "lobby";
        return made;
    };
    const auto first = run(queue().take_directly(in_lobby("a"), {}, worker("w1")));
    ASSERT_TRUE(first);
    EXPECT_EQ(run(other().take_directly(in_lobby("b"), {}, worker("w2"))).error(),
              QueueError::room_taken);
    EXPECT_EQ(run(other().push(in_lobby("b"), {})).error(), QueueError::room_taken);
    EXPECT_FALSE(is_transient(QueueError::room_taken));
    // A repeat is the same agent; so is the call when it waits for another worker.
    EXPECT_TRUE(run(queue().take_directly(in_lobby("a"), {}, worker("w1"))));
    EXPECT_TRUE(*run(queue().release({CallId("a"), first->fencing_token}, false)));
    EXPECT_EQ(run(other().push(in_lobby("b"), {})).error(), QueueError::room_taken);
    const auto second = take(worker("w2"));
    ASSERT_TRUE(second);
    EXPECT_EQ(run(other().push(in_lobby("b"), {})).error(), QueueError::room_taken);
    // When it is over the room is free, whoever comes next.
    EXPECT_TRUE(*run(queue().acknowledge({CallId("a"), second->fencing_token})));
    EXPECT_TRUE(*run(other().push(in_lobby("b"), {})));
    EXPECT_EQ(*run(queue().cancel(CallId("b"))), Cancellation::removed);
    EXPECT_TRUE(run(other().take_directly(in_lobby("c"), {}, worker("w2"))));
}

TEST_P(JobQueueContract, ARoomIsKnownAgainWhenItsHolderRenewed) {
    core::Job made = job("a");
    made.room_name = "lobby";
    const auto lease = run(queue().take_directly(made, {}, worker("w1")));
    ASSERT_TRUE(lease);
    // The age of the memory tells that it was lost, and begins anew with it.
    advance(10);
    world_->run(world_->lose_memory());
    made.call_id = CallId("b");
    // Until holders had time to renew nobody enters a room of others.
    static_cast<void>(run(queue().depth()));
    EXPECT_EQ(run(queue().take_directly(made, {}, worker("w1"))).error(), QueueError::unavailable);
    EXPECT_TRUE(run(queue().renew("w1", {*lease}, milliseconds(10'000))));
    advance(3'000);
    EXPECT_EQ(run(queue().take_directly(made, {}, worker("w1"))).error(), QueueError::room_taken);
}

TEST_P(JobQueueContract, HoldersBringBackWhatTheQueueForgot) {
    push("a");
    const auto lease = *take(worker("w"));
    advance(10);
    world_->run(world_->lose_memory());
    const AdmissionLimits limits{.tenant_calls_max = 1};
    // Until holders had time to renew, nobody is admitted under a limit.
    EXPECT_EQ(run(queue().push(job("b"), limits)).error(), QueueError::unavailable);
    EXPECT_THAT(run(queue().renew("w", std::vector<Lease>{lease}, milliseconds(9'000)))->stale,
                IsEmpty());
    advance(2'500);
    EXPECT_EQ(run(queue().push(job("b"), limits)).error(), QueueError::tenant_limit);
    push("c");
    EXPECT_GT(take(worker("v"))->fencing_token, lease.fencing_token);
    EXPECT_EQ(run(queue().depth())->leased, 2);
}

TEST_P(JobQueueContract, ACancelledCallLeavesItsQueueAndItsPlaces) {
    const AdmissionLimits limits{.tenant_calls_max = 1};
    EXPECT_TRUE(run(queue().push(job("a"), limits)));
    EXPECT_EQ(run(other().cancel(CallId("a"))), Cancellation::removed);
    EXPECT_THAT(list(), IsEmpty());
    EXPECT_EQ(run(queue().depth())->waiting, 0);
    EXPECT_FALSE(take(worker("w")));
    EXPECT_EQ(run(queue().cancel(CallId("a"))), Cancellation::unknown);
    EXPECT_FALSE(push("a"));
    EXPECT_EQ(run(queue().cancel(CallId("nobody"))), Cancellation::unknown);
    EXPECT_TRUE(*run(queue().push(job("b"), limits)));
}

TEST_P(JobQueueContract, WhoHoldsACancelledCallIsToldUntilItIsOver) {
    push("a");
    push("b");
    reap_for(3'000);
    const std::vector<Lease> leases{*take(worker("w")), *take(worker("w"))};
    const auto cancelled = [&](const std::string& who) {
        return run(queue().renew(who, leases, milliseconds(2'000)))->cancelled;
    };
    EXPECT_THAT(cancelled("w"), IsEmpty());
    EXPECT_EQ(run(other().cancel(CallId("b"))), Cancellation::told);
    EXPECT_EQ(run(other().cancel(CallId("b"))), Cancellation::told);
    EXPECT_THAT(cancelled("w"), ElementsAre(CallId("b")));
    EXPECT_THAT(cancelled("w"), ElementsAre(CallId("b")));
    // Its worker died: who takes it next is told, too.
    EXPECT_THAT(reap_for(3'000).put_back, SizeIs(2));
    const std::vector<Lease> next{*take(worker("v")), *take(worker("v"))};
    EXPECT_THAT(run(queue().renew("v", next, milliseconds(2'000)))->cancelled,
                ElementsAre(CallId("b")));
    for (const Lease& lease : next) {
        EXPECT_TRUE(run(queue().acknowledge({lease.job.call_id, lease.fencing_token})));
    }
    EXPECT_EQ(run(queue().cancel(CallId("b"))), Cancellation::unknown);
}

TEST_P(JobQueueContract, CallsThatNobodyKnowsAreRestoredBeyondLimits) {
    push("held");
    push("waits");
    const auto lease = *take(worker("w"));
    advance(10);
    world_->run(world_->lose_memory());
    const std::vector<core::Job> rows{job("held"), job("orphan"), job("other")};
    // First their holders have time to renew.
    EXPECT_EQ(run(other().depth())->leased, 0);
    EXPECT_EQ(run(queue().restore(rows)).error(), QueueError::unavailable);
    EXPECT_TRUE(run(queue().renew("w", std::vector<Lease>{lease}, milliseconds(9'000))));
    advance(2'500);
    push("new");
    EXPECT_THAT(*run(queue().restore(rows)), ElementsAre(CallId("other"), CallId("orphan")));
    EXPECT_THAT(*run(queue().restore(rows)), IsEmpty());
    EXPECT_THAT(list(), ElementsAre("orphan", "other", "new"));
    EXPECT_EQ(run(queue().push(job("more"), {.tenant_calls_max = 4})).error(),
              QueueError::tenant_limit);
}

TEST_P(JobQueueContract, NothingIsReapedUntilHoldersHadTimeToRenew) {
    reap_for(3'000);
    push("a");
    EXPECT_TRUE(take(worker("w")));
    advance(60'000);  // Nobody could reap or renew: the queue was away.
    EXPECT_THAT(reap_for(1'500).put_back, IsEmpty());
    EXPECT_THAT(reap_for(1'000).put_back, ElementsAre(CallId("a")));
}

TEST_P(JobQueueContract, WaitingTakersAreWoken) {
    std::optional<Result<std::optional<Lease>, QueueError>> first;
    std::optional<Result<std::optional<Lease>, QueueError>> second;
    const auto scenario = [&]() -> Task<> {
        runtime::TaskScope takers(world_->loop());
        takers.spawn(keep(queue().take(worker("w"), milliseconds(5'000)), first));
        takers.spawn(keep(other().take(worker("v", {"x"}), milliseconds(5'000)), second));
        static_cast<void>(co_await runtime::sleep_for(world_->loop(), milliseconds(120)));
        static_cast<void>(co_await other().push(job("b", "x"), {}));
        static_cast<void>(co_await other().push(job("a", "y"), {}));
        co_await takers.close();
    };
    world_->run(scenario());
    ASSERT_TRUE(first && *first && **first);
    ASSERT_TRUE(second && *second && **second);
    EXPECT_EQ((**second)->job.call_id.text(), "b");
    EXPECT_EQ((**first)->job.call_id.text(), "a");
    EXPECT_FALSE(*run(queue().take(worker("w"), milliseconds(30))));
}

INSTANTIATE_TEST_SUITE_P(Implementations, JobQueueContract,
                         ::testing::Values(Implementation{"memory", false},
                                           Implementation{"redis", true}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace studio::testing
