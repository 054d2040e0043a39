#include "services/calls/direct/direct_calls.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "support/stores/calls_fixture.hpp"

namespace studio::services {
namespace {

using testing::tenant;
constexpr seconds offer_timeout{60};

/// Takes offers that begin as SDP does, after a while that the test chooses.
class SlowStarter final : public CallStarter {
public:
    explicit SlowStarter(runtime::Loop& loop) : loop_(loop) {}

    Task<Result<std::string, StartError>> start(DirectOrder order) override {
        ++started;
        co_await runtime::sleep_for(loop_, delay, {});
        if (!order.offer_sdp.starts_with("v=0")) {
            co_return fail(StartError::malformed_offer);
        }
        co_return std::string("v=0\r\no=answer\r\n");
    }
    Task<bool> end(CallId, core::EndReason) override { co_return true; }

    milliseconds delay{0};
    int started = 0;

private:
    runtime::Loop& loop_;
};

/// Direct calls of one process on virtual time.
class DirectCallsTest : public testing::CallsFixture {
protected:
    ~DirectCallsTest() override { run(calls_.close()); }

    CallId create() {
        CallId id;
        run(create_into(id));
        EXPECT_FALSE(id.empty());
        return id;
    }
    Task<void> create_into(CallId& id) {
        CallOrigin origin;
        auto made = co_await calls_.create(tenant, *parse_json(R"({"agent_name":"waiter"})"),
                                           std::move(origin));
        if (made) {
            id = made->record.id;
        }
    }
    core::CallRecord row(const CallId& id) {
        core::CallRecord record;
        run(load_into(record, id));
        return record;
    }
    Task<void> load_into(core::CallRecord& record, CallId id) {
        auto found = co_await store_.load(tenant, std::move(id));
        EXPECT_TRUE(found.has_value());
        if (found) {
            record = std::move(*found);
        }
    }
    using Answer = std::optional<ServiceResult<std::string>>;
    void offer(Answer& answer, const CallId& id, std::string sdp) {
        run(offer_into(answer, id, std::move(sdp)));
    }
    Task<void> offer_into(Answer& answer, CallId id, std::string sdp) {
        answer = co_await calls_.accept_offer(tenant, std::move(id), std::move(sdp));
    }

    SlowStarter starter_{loop_};
    DirectCalls calls_{{.offer_timeout = offer_timeout},
                       {store_, resources_, keys_, starter_, entropy_, loop_}};
};

TEST_F(DirectCallsTest, ACallWhoseOfferNeverComesFailsAtItsDeadlineAndNotBefore) {
    const CallId early = create();
    loop_.run_for(seconds{20});
    const CallId late = create();

    loop_.run_for(offer_timeout - seconds{21});
    EXPECT_EQ(row(early).status, core::CallStatus::pending);
    loop_.run_for(seconds{2});
    const core::CallRecord failed = row(early);
    EXPECT_EQ(failed.status, core::CallStatus::failed);
    EXPECT_EQ(failed.status_reason, "no_offer");
    EXPECT_TRUE(failed.ended_at.has_value());
    // Each call has its own deadline.
    EXPECT_EQ(row(late).status, core::CallStatus::pending);
    EXPECT_EQ(calls_.pending(), 1U);
    loop_.run_for(seconds{20});
    EXPECT_EQ(row(late).status_reason, "no_offer");
    EXPECT_EQ(calls_.pending(), 0U);
}

TEST_F(DirectCallsTest, AnOfferThatComesTooLateIsRefusedAndStartsNothing) {
    const CallId id = create();
    loop_.run_for(offer_timeout + seconds{1});
    Answer answer;
    offer(answer, id, "v=0");
    ASSERT_TRUE(answer.has_value());
    ASSERT_FALSE(answer->has_value());
    EXPECT_EQ(answer->error().code, ServiceErrorCode::conflict);
    EXPECT_EQ(starter_.started, 0);
}

TEST_F(DirectCallsTest, ACallWithAnAnswerOutlivesTheDeadline) {
    const CallId id = create();
    Answer answer;
    offer(answer, id, "v=0");
    ASSERT_TRUE(answer.has_value() && answer->has_value());
    loop_.run_for(2 * offer_timeout);
    EXPECT_EQ(row(id).status, core::CallStatus::connecting);
    EXPECT_EQ(row(id).status_reason, "");
}

TEST_F(DirectCallsTest, AnOfferUnderWayAtTheDeadlineCounts) {
    const CallId id = create();
    starter_.delay = seconds{10};
    loop_.run_for(offer_timeout - seconds{5});
    Answer answer;
    offer(answer, id, "v=0");
    loop_.run_for(seconds{20});
    ASSERT_TRUE(answer.has_value() && answer->has_value());
    EXPECT_EQ(row(id).status, core::CallStatus::connecting);
}

TEST_F(DirectCallsTest, ABadOfferLeavesTheCallItsDeadline) {
    const CallId id = create();
    starter_.delay = seconds{10};
    loop_.run_for(offer_timeout - seconds{5});
    Answer answer;
    offer(answer, id, "rubbish");
    EXPECT_EQ(row(id).status, core::CallStatus::connecting);
    loop_.run_for(seconds{20});
    ASSERT_TRUE(answer.has_value());
    ASSERT_FALSE(answer->has_value());
    EXPECT_EQ(answer->error().code, ServiceErrorCode::validation_error);
    // The deadline passed while the offer was looked at.
    EXPECT_EQ(row(id).status, core::CallStatus::failed);
    EXPECT_EQ(row(id).status_reason, "no_offer");
}

TEST_F(DirectCallsTest, AnotherTenantsOfferChangesNothing) {
    const CallId id = create();
    std::optional<ServiceResult<std::string>> answer;
    const auto foreign = [](DirectCalls& calls, CallId call, Answer& into) -> Task<void> {
        into = co_await calls.accept_offer(TenantId("t2"), std::move(call), "v=0");
    };
    run(foreign(calls_, id, answer));
    ASSERT_TRUE(answer.has_value());
    ASSERT_FALSE(answer->has_value());
    EXPECT_EQ(answer->error().code, ServiceErrorCode::not_found);
    EXPECT_EQ(calls_.pending(), 1U);
}

}  // namespace
}  // namespace studio::services
