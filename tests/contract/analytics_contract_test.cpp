#include <map>
#include <random>

#include "base/rfc3339.hpp"
#include "contract/store_contract.hpp"

// Figures of ended calls, on every database: they equal what the calls' own records say, whatever
// range is asked for, and each call counts once.

namespace studio {
namespace {

const TenantId one("one");
const TenantId two("two");

using core::CallStatus;

/// A call of which everything that is counted is set by chance.
class CallMaker {
public:
    core::CallRecord make(int number) {
        core::CallRecord record;
        record.id = CallId("call-" + std::to_string(number));
        record.tenant_id = one;
        record.agent_name = pick({"waiter", "cook"});
        record.workflow_slug = pick({"", "clinic"});
        record.created_at =
            *parse_rfc3339("2026-01-01") + std::chrono::minutes(below(200 * 24 * 60));
        return record;
    }
    void end(core::CallRecord& record) {
        record.status = std::array{CallStatus::completed, CallStatus::failed,
                                   CallStatus::disconnected, CallStatus::timeout}[below(4)];
        record.status_reason = pick({"caller_hung_up", "tool_ended"});
        if (below(5) > 0) {
            record.started_at = record.created_at + seconds{2};
        }
        record.ended_at = record.created_at + seconds{2 + below(600)};
        record.metrics.turns = static_cast<std::uint32_t>(below(20));
        record.metrics.interruptions = static_cast<std::uint32_t>(below(3));
        record.metrics.agent_handoffs = static_cast<std::uint32_t>(below(3));
        record.metrics.total_tokens = below(5'000);
        add_usage(record, core::UsageStage::llm, "openai", pick({"small", "large"}));
        add_usage(record, core::UsageStage::stt, "deepgram", "nova-3");
        add_usage(record, core::UsageStage::turn, "", "");
        if (below(3) == 0) {
            core::add_error(record.errors, {core::CallStage::llm, "openai", "timed_out",
                                            1 + static_cast<std::uint32_t>(below(3))});
        }
    }

private:
    std::uint64_t below(std::uint64_t count) { return random_() % count; }
    std::string pick(std::initializer_list<const char*> words) {
        return words.begin()[below(words.size())];
    }
    void add_usage(core::CallRecord& record, core::UsageStage stage, const std::string& provider,
                   const std::string& model) {
        core::StageUsage line{stage, provider, model, record.agent_name};
        line.amounts = {1 + below(9), below(2'000), below(300), below(900), below(90'000)};
        for (std::uint64_t turn = below(40); turn > 0; --turn) {
            line.add_latency(microseconds{below(3'000'000)});
        }
        record.usage.push_back(std::move(line));
    }

    std::mt19937 random_{11};
};

/// What the records of a range say, summed up without a store.
struct Expected {
    Expected(const std::vector<core::CallRecord>& records, AnalyticsRange range) {
        for (const core::CallRecord& record : records) {
            if (record.created_at >= range.from && record.created_at < range.to) {
                add(record);
            }
        }
    }
    void add(const core::CallRecord& record) {
        const auto talked =
            record.started_at ? *record.ended_at - *record.started_at : milliseconds{0};
        outcomes[record.agent_name + '|' + record.workflow_slug + '|' +
                 std::string(core::name_of(record.status)) + '|' + record.status_reason]
            .add({1, record.started_at ? 1U : 0U, static_cast<std::uint64_t>(talked.count()),
                  record.metrics.turns, record.metrics.interruptions, record.metrics.agent_handoffs,
                  record.metrics.total_tokens});
        for (const core::StageUsage& line : record.usage) {
            const std::string provider =
                std::string(core::name_of(line.stage)) + '|' + line.provider + '|' + line.model;
            amounts[provider + '|' + line.agent].add(line.amounts);
            waited_us[provider + '|' + line.agent] += line.latency_us;
            latencies[provider].merge(line.latency);
        }
        for (const core::CallError& error : record.errors) {
            errors += error.count;
            calls_with_errors += 1;
        }
    }

    std::map<std::string, CallFigures> outcomes;
    std::map<std::string, core::UsageAmounts> amounts;
    std::map<std::string, std::uint64_t> waited_us;
    std::map<std::string, core::LatencyHistogram> latencies;
    std::uint64_t errors = 0;
    std::uint64_t calls_with_errors = 0;
};

class AnalyticsContract : public StoreContract {
protected:
    void hold(core::CallRecord record, CallMaker& maker) {
        ASSERT_EQ(run(stores_->calls().create(record)), true);
        maker.end(record);
        ASSERT_EQ(run(stores_->calls().save(record)), true);
        records_.push_back(std::move(record));
    }
    void check_calls(const Expected& expected, AnalyticsRange range) {
        const auto lines = run(stores_->analytics()->outcomes(one, range));
        ASSERT_TRUE(lines);
        EXPECT_EQ(lines->size(), expected.outcomes.size());
        for (const OutcomeLine& line : *lines) {
            const CallFigures& wanted =
                expected.outcomes.at(line.agent_name + '|' + line.workflow_slug + '|' +
                                     line.status + '|' + line.status_reason);
            EXPECT_EQ(line.figures.calls, wanted.calls);
            EXPECT_EQ(line.figures.begun, wanted.begun);
            EXPECT_EQ(line.figures.duration_ms, wanted.duration_ms);
            EXPECT_EQ(line.figures.turns, wanted.turns);
            EXPECT_EQ(line.figures.interruptions, wanted.interruptions);
            EXPECT_EQ(line.figures.handoffs, wanted.handoffs);
            EXPECT_EQ(line.figures.tokens, wanted.tokens);
        }
    }
    void check_usage(const Expected& expected, AnalyticsRange range) {
        const auto lines = run(stores_->analytics()->usage(one, range));
        ASSERT_TRUE(lines);
        EXPECT_EQ(lines->size(), expected.amounts.size());
        for (const UsageLine& line : *lines) {
            const std::string key =
                line.stage + '|' + line.provider + '|' + line.model + '|' + line.agent_name;
            EXPECT_EQ(line.amounts, expected.amounts.at(key)) << key;
            EXPECT_EQ(line.waited_us, expected.waited_us.at(key)) << key;
        }
        const auto latencies = run(stores_->analytics()->latencies(one, range));
        ASSERT_TRUE(latencies);
        for (const LatencyLine& line : *latencies) {
            EXPECT_EQ(line.latency,
                      expected.latencies.at(line.stage + '|' + line.provider + '|' + line.model));
        }
        const auto errors = run(stores_->analytics()->errors(one, range));
        ASSERT_TRUE(errors);
        EXPECT_EQ(errors->size(), expected.errors > 0 ? 1U : 0U);
        for (const ErrorLine& line : *errors) {
            EXPECT_EQ(line.errors, expected.errors);
            EXPECT_EQ(line.calls, expected.calls_with_errors);
        }
    }

    std::vector<core::CallRecord> records_;
};

TEST_P(AnalyticsContract, FiguresEqualWhatTheRecordsSayInEveryRange) {
    CallMaker maker;
    for (int number = 0; number < 120; ++number) {
        hold(maker.make(number), maker);
    }
    const std::pair<const char*, const char*> ranges[] = {
        {"2026-01-01", "2026-08-01"},
        {"2026-01-17T13:00:00Z", "2026-06-03T07:00:00Z"},
        {"2026-02-28T23:00:00Z", "2026-03-01T01:00:00Z"},
        {"2026-03-01", "2026-04-01"},
        {"2026-04-05", "2026-04-25T12:00:00Z"},
        {"2025-01-01", "2025-02-01"}};
    for (const auto& [from, to] : ranges) {
        SCOPED_TRACE(from);
        const AnalyticsRange range{*parse_rfc3339(from), *parse_rfc3339(to)};
        const Expected expected(records_, range);
        check_calls(expected, range);
        check_usage(expected, range);
    }
    // Nobody else's.
    const AnalyticsRange all{*parse_rfc3339("2026-01-01"), *parse_rfc3339("2026-12-01")};
    EXPECT_TRUE(run(stores_->analytics()->outcomes(two, all))->empty());
    EXPECT_TRUE(run(stores_->analytics()->usage(two, all))->empty());
    EXPECT_TRUE(run(stores_->analytics()->daily_usage(two, all))->empty());
    EXPECT_TRUE(run(stores_->analytics()->latencies(two, all))->empty());
    EXPECT_TRUE(run(stores_->analytics()->errors(two, all))->empty());
    EXPECT_TRUE(run(stores_->analytics()->volume(two, all, core::TimeSpan::day))->empty());
    EXPECT_FALSE(run(stores_->analytics()->since(two))->has_value());
}

TEST_P(AnalyticsContract, VolumeAndDaysAddUpToTheWhole) {
    CallMaker maker;
    for (int number = 0; number < 60; ++number) {
        hold(maker.make(number), maker);
    }
    const AnalyticsRange all{*parse_rfc3339("2026-01-01"), *parse_rfc3339("2026-08-01")};
    for (const core::TimeSpan span : {core::TimeSpan::hour, core::TimeSpan::day}) {
        const auto lines = run(stores_->analytics()->volume(one, all, span));
        ASSERT_TRUE(lines);
        std::uint64_t calls = 0;
        WallTime last{};
        for (const VolumeLine& line : *lines) {
            EXPECT_EQ(core::begin_of(span, line.begins_at), line.begins_at);
            EXPECT_GE(line.begins_at, last);
            last = line.begins_at;
            calls += line.calls;
        }
        EXPECT_EQ(calls, records_.size());
    }
    core::UsageAmounts sum;
    const auto usage = run(stores_->analytics()->daily_usage(one, all));
    ASSERT_TRUE(usage);
    for (const UsageLine& line : *usage) {
        sum.add(line.amounts);
    }
    core::UsageAmounts wanted;
    for (const auto& [key, amounts] : Expected(records_, all).amounts) {
        wanted.add(amounts);
    }
    EXPECT_EQ(sum, wanted);
}

TEST_P(AnalyticsContract, ACallWhoseEndIsWrittenTwiceCountsOnce) {
    const AnalyticsRange all{WallTime{}, WallTime{std::chrono::hours{1}}};
    const auto counted = [this, &all] {
        std::uint64_t calls = 0;
        const auto outcomes = run(stores_->analytics()->outcomes(one, all));
        for (const OutcomeLine& line : *outcomes) {
            calls += line.figures.calls;
        }
        return calls;
    };
    ASSERT_EQ(run(stores_->calls().create(call("c", 5))), true);
    core::CallRecord first = call("c", 5);
    first.status = CallStatus::active;
    first.started_at = WallTime{milliseconds{6}};
    first.fencing_token = 1;
    ASSERT_EQ(run(stores_->calls().save(first)), true);
    EXPECT_EQ(counted(), 0U);
    EXPECT_EQ(*run(stores_->analytics()->active(one)), 1U);
    EXPECT_EQ(*run(stores_->analytics()->active(two)), 0U);
    core::CallRecord second = first;
    second.fencing_token = 2;
    second.status = CallStatus::completed;
    second.ended_at = WallTime{milliseconds{900}};
    ASSERT_EQ(run(stores_->calls().save(second)), true);
    first.status = CallStatus::disconnected;
    EXPECT_EQ(run(stores_->calls().save(first)), tl::unexpected(StoreError::stale));
    EXPECT_EQ(run(stores_->calls().save(second)), tl::unexpected(StoreError::conflict));
    EXPECT_EQ(run(stores_->recovery().fail_unfinished()), 0U);
    EXPECT_EQ(counted(), 1U);
    EXPECT_EQ(*run(stores_->analytics()->active(one)), 0U);
    EXPECT_TRUE(run(stores_->analytics()->since(one))->has_value());
}

TEST_P(AnalyticsContract, CallsThatNobodyHeldToTheirEndCountToo) {
    ASSERT_EQ(run(stores_->calls().create(call("a", 1))), true);
    ASSERT_EQ(run(stores_->calls().create(call("b", 2))), true);
    bool done = false;
    runtime::TaskScope scope(stores_->loop);
    scope.spawn([](adapters::SqlDatabase& database, runtime::Loop& loop, bool& is_done) -> Task<> {
        const auto broken = co_await database.run(
            loop, adapters::SqlAccess::write, [](adapters::SqlConnection& connection) {
                return connection.execute_script(
                    "UPDATE calls SET user_context = '{broken' WHERE id = 'b'");
            });
        is_done = broken.has_value();
    }(*stores_->database(), stores_->loop, done));
    stores_->loop.run_for(seconds{1});
    ASSERT_TRUE(done);
    EXPECT_EQ(run(stores_->recovery().fail_unfinished()), 2U);
    const AnalyticsRange all{WallTime{}, WallTime{std::chrono::hours{1}}};
    const auto lines = run(stores_->analytics()->outcomes(one, all));
    ASSERT_EQ(lines->size(), 1U);
    EXPECT_EQ(lines->front().status, "failed");
    EXPECT_EQ(lines->front().status_reason, "process_died");
    EXPECT_EQ(lines->front().figures.calls, 2U);
}

TEST_P(AnalyticsContract, EachTenantHasPricesOfItsOwn) {
    AnalyticsStore& store = *stores_->analytics();
    EXPECT_EQ(run(store.load_prices(one)).error(), StoreError::not_found);
    EXPECT_EQ(run(store.save_prices(one, JsonObject{{"currency", "EUR"}})), true);
    EXPECT_EQ(run(store.save_prices(one, JsonObject{{"currency", "CHF"}})), true);
    EXPECT_EQ(run(store.load_prices(one))->at("currency"), "CHF");
    EXPECT_EQ(run(store.load_prices(two)).error(), StoreError::not_found);
}

INSTANTIATE_TEST_SUITE_P(Databases, AnalyticsContract, database_implementations(),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace studio
