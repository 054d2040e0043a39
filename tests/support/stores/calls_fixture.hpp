#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "base/entropy.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"
#include "support/stores/fake_call_store.hpp"
#include "support/stores/fake_idempotency_store.hpp"
#include "support/stores/fake_resource_store.hpp"

namespace studio::testing {

inline const TenantId tenant("t1");

/// For the tests of how calls are asked for: the stores of one tenant with the agent `waiter`, on
/// virtual time.
class CallsFixture : public ::testing::Test {
protected:
    CallsFixture() {
        Resource agent;
        agent.id = "a1";
        agent.tenant_id = tenant;
        agent.name = "waiter";
        agent.config = *parse_json(R"({"prompt":{"system":"x"}})");
        run(add(std::move(agent)));
    }

    /// Starts `task`, and gives it a moment.
    void run(Task<void> task) {
        scope_.spawn(std::move(task));
        loop_.run_for(milliseconds(1));
    }
    Task<void> add(Resource agent) {
        EXPECT_TRUE(
            (co_await resources_.create(ResourceKind::agent, std::move(agent))).has_value());
    }

    runtime::VirtualLoop loop_;
    SeededEntropy entropy_{7};
    FakeCallStore store_;
    FakeResourceStore resources_;
    FakeIdempotencyStore keys_;
    runtime::TaskScope scope_{loop_};
};

}  // namespace studio::testing
