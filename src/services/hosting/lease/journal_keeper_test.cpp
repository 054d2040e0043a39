#include "services/hosting/lease/journal_keeper.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

#include "runtime/virtual_loop.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;
using Kind = EffectVerdict::Kind;

/// A journal that answers after a while, or never.
class SlowJournal final : public CallJournal {
public:
    explicit SlowJournal(runtime::Loop& loop) : loop_(loop) {}

    Outcome<bool> save(LeaseKey, std::string snapshot) override {
        ++under_way;
        most_under_way = std::max(most_under_way, under_way);
        [[maybe_unused]] const bool slept = co_await runtime::sleep_for(loop_, delay);
        --under_way;
        if (error) {
            co_return fail(*error);
        }
        saved.push_back(std::move(snapshot));
        co_return true;
    }
    Outcome<std::optional<std::string>> load(LeaseKey) override {
        co_return std::optional<std::string>();
    }
    Outcome<EffectState> begin_effect(LeaseKey, std::string effect) override {
        [[maybe_unused]] const bool slept = co_await runtime::sleep_for(loop_, delay);
        if (error) {
            co_return fail(*error);
        }
        const auto found = effects.find(effect);
        // Who began it may ask again.
        if (found == effects.end() || (own.contains(effect) && !found->second)) {
            own.insert(effect);
            effects[effect] = std::nullopt;
            co_return EffectState{true, {}};
        }
        co_return EffectState{false, found->second};
    }
    Outcome<bool> finish_effect(LeaseKey, std::string effect, std::string result) override {
        [[maybe_unused]] const bool slept = co_await runtime::sleep_for(loop_, delay);
        if (error) {
            co_return fail(*error);
        }
        effects[effect] = std::move(result);
        co_return true;
    }
    Outcome<bool> erase(LeaseKey) override { co_return true; }

    milliseconds delay{5};
    std::optional<JournalError> error;
    std::vector<std::string> saved;
    std::map<std::string, std::optional<std::string>> effects;
    std::set<std::string> own;
    int under_way = 0;
    int most_under_way = 0;

private:
    runtime::Loop& loop_;
};

class JournalKeeperTest : public testing::Test {
protected:
    ~JournalKeeperTest() override {
        bool closed = false;
        keeper_->stop();
        closer_.spawn(close(closed));
        loop_.run_for(20s);
        EXPECT_TRUE(closed);
        EXPECT_EQ(loop_.pending(), 0U);
    }
    Task<void> close(bool& closed) {
        co_await scope_.close();
        closed = true;
    }
    /// The verdict, and how long it took.
    std::pair<std::optional<EffectVerdict>, nanoseconds> begin(const std::string& effect) {
        std::optional<EffectVerdict> verdict;
        const Instant from = loop_.now();
        Instant at = from;
        keeper_->begin_effect(effect, [&](EffectVerdict given) {
            EXPECT_FALSE(verdict) << "decided once";
            verdict = std::move(given);
            at = loop_.now();
        });
        EXPECT_FALSE(verdict) << "never from inside";
        loop_.run_for(2'100ms);
        return {verdict, at - from};
    }

    runtime::VirtualLoop loop_;
    runtime::TaskScope scope_{loop_};
    runtime::TaskScope closer_{loop_};
    SlowJournal journal_{loop_};
    std::shared_ptr<JournalKeeper> make_keeper(bool is_taken_over) {
        return std::make_shared<JournalKeeper>(
            JournalKeeper::Parts{journal_, loop_, scope_, lease_, is_taken_over},
            LeaseKey{CallId("c"), 3}, [this] { return std::to_string(state_); },
            [this] { ++lost_; });
    }

    int state_ = 0;
    int lost_ = 0;
    std::shared_ptr<LeaseLife> lease_ = std::make_shared<LeaseLife>(loop_.now() + 1000s);
    std::shared_ptr<JournalKeeper> keeper_ = make_keeper(false);
};

TEST_F(JournalKeeperTest, TheNewestWinsAndOneIsUnderWayAtATime) {
    for (state_ = 1; state_ < 20; ++state_) {
        keeper_->on_checkpoint();
        loop_.run_for(1ms);
    }
    loop_.run_for(1s);
    ASSERT_FALSE(journal_.saved.empty());
    EXPECT_LT(journal_.saved.size(), 7U);
    EXPECT_EQ(journal_.saved.back(), "20");
    EXPECT_EQ(journal_.most_under_way, 1);
}

TEST_F(JournalKeeperTest, AnEffectWaitsUntilItsCallIsKept) {
    state_ = 7;
    const auto [verdict, took] = begin("a");
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->kind, Kind::do_it);
    EXPECT_EQ(journal_.saved.back(), "7");
    EXPECT_LE(took, 150ms);
    keeper_->finish_effect("a", "done");
    loop_.run_for(1s);
    EXPECT_EQ(begin("a").first->kind, Kind::done);
    EXPECT_EQ(begin("a").first->result, "done");
}

TEST_F(JournalKeeperTest, AnEffectOfUnknownOutcomeIsNotRepeated) {
    journal_.effects["a"] = std::nullopt;
    EXPECT_EQ(begin("a").first->kind, Kind::unknown);
}

TEST_F(JournalKeeperTest, WithoutAJournalTheCallGoesOn) {
    journal_.error = JournalError::unavailable;
    const auto [verdict, took] = begin("a");
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->kind, Kind::do_it);
    EXPECT_LE(took, 150ms);
    journal_.delay = 60s;  // A connection that hangs.
    const auto [late, waited] = begin("b");
    ASSERT_TRUE(late);
    EXPECT_EQ(late->kind, Kind::do_it);
    EXPECT_EQ(waited, 150ms);
    EXPECT_EQ(lost_, 0);
    loop_.run_for(200s);
    journal_.delay = 5ms;
    journal_.error.reset();
    state_ = 9;
    keeper_->on_checkpoint();
    loop_.run_for(200s);
    EXPECT_EQ(journal_.saved.back(), "9") << "kept again when the journal is back";
}

TEST_F(JournalKeeperTest, NoEffectIsDoneWhenTheLeaseMayHaveEnded) {
    lease_->give_up();
    const auto [verdict, took] = begin("a");
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->kind, Kind::refused) << "although the journal knows of nobody else";
    EXPECT_LE(took, 2'050ms);
    journal_.error = JournalError::unavailable;
    EXPECT_EQ(begin("b").first->kind, Kind::refused);
    journal_.error.reset();
    journal_.delay = 60s;
    EXPECT_EQ(begin("c").first->kind, Kind::refused);
    loop_.run_for(200s);
    EXPECT_FALSE(journal_.effects.contains("b")) << "nobody notes what was not done";
    EXPECT_EQ(lost_, 0);
}

TEST_F(JournalKeeperTest, AnEffectWaitsForTheRenewalOfTheLease) {
    lease_->give_up();
    const auto timer =
        loop_.start_timer(loop_.now() + 700ms, [this] { lease_->prolong(loop_.now() + 1s); });
    const auto [verdict, took] = begin("a");
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->kind, Kind::do_it);
    EXPECT_GE(took, 700ms);
    EXPECT_LE(took, 800ms);
}

TEST_F(JournalKeeperTest, WhatWasDoneWithoutTheJournalIsNotedLater) {
    journal_.error = JournalError::unavailable;
    ASSERT_EQ(begin("a").first->kind, Kind::do_it);
    loop_.run_for(60s);
    EXPECT_TRUE(journal_.effects.empty());
    journal_.error.reset();
    loop_.run_for(1s);
    ASSERT_TRUE(journal_.effects.contains("a"));
    EXPECT_FALSE(journal_.effects.at("a")) << "begun, and its outcome is not known yet";
    journal_.error = JournalError::unavailable;
    keeper_->finish_effect("a", "done");
    loop_.run_for(60s);
    journal_.error.reset();
    loop_.run_for(1s);
    EXPECT_EQ(journal_.effects.at("a"), "done");
}

TEST_F(JournalKeeperTest, OfACallThatWasTakenOverNothingIsDoneWithoutTheJournal) {
    keeper_ = make_keeper(true);
    journal_.error = JournalError::unavailable;
    EXPECT_EQ(begin("a").first->kind, Kind::refused) << "the one before us may have begun it";
    journal_.error.reset();
    journal_.effects["b"] = std::nullopt;
    EXPECT_EQ(begin("b").first->kind, Kind::unknown);
    EXPECT_EQ(begin("c").first->kind, Kind::do_it);
}

TEST_F(JournalKeeperTest, WhoWasReplacedInTheRoomIsKeptFirst) {
    state_ = 5;
    keeper_->on_replaced();
    EXPECT_EQ(lost_, 0) << "not from inside";
    loop_.run_for(1s);
    ASSERT_FALSE(journal_.saved.empty());
    EXPECT_EQ(journal_.saved.back(), "5");
    EXPECT_EQ(lost_, 1);
}

TEST_F(JournalKeeperTest, AStaleLeaseIsToldOnceAndItsEffectIsNotDone) {
    journal_.error = JournalError::stale;
    keeper_->on_checkpoint();
    loop_.run_for(1s);
    EXPECT_EQ(lost_, 1);
    keeper_->on_replaced();
    loop_.run_for(1s);
    EXPECT_EQ(lost_, 1);
}

TEST_F(JournalKeeperTest, NothingIsTakenAfterTheStop) {
    keeper_->on_checkpoint();
    keeper_->stop();
    loop_.run_for(1s);
    EXPECT_TRUE(journal_.saved.empty());
}

}  // namespace
}  // namespace studio::services
