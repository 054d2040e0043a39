// How fast a year of calls is summed up, and what it takes to add one.
//
// usage: analytics_bench fill FILE CALLS     makes that many calls that ended over a year, by the
//                                            call store, in an SQLite file
//        analytics_bench ask FILE|URL ROUNDS each question about that year, on SQLite or PostgreSQL
// bench/analytics/run.py does both, on both.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sql/sql_analytics_store.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "runtime/loop_thread.hpp"
#include "runtime/task_scope.hpp"
#include "services/analytics/analytics.hpp"

namespace studio {
namespace {

using std::chrono::days;

/// The year is a fixed one, so that both parts mean the same.
const WallTime year_begin{std::chrono::sys_days(std::chrono::year_month_day(
    std::chrono::year(2025), std::chrono::month(11), std::chrono::day(17)))};
const AnalyticsRange year{year_begin + std::chrono::hours(5),
                          year_begin + days(365) + std::chrono::hours(5)};
const TenantId tenant("bench");

/// Calls as a company has them: 5 agents in 3 workflows, 8 ways to end, 2 providers a stage.
class YearOfCalls {
public:
    core::CallRecord next(int number) {
        core::CallRecord record;
        record.id = CallId("call-" + std::to_string(number));
        record.tenant_id = tenant;
        record.agent_name = "agent-" + std::to_string(below(5));
        record.workflow_slug = below(4) == 0 ? "" : "workflow-" + std::to_string(below(3));
        record.created_at = year_begin + milliseconds(below(365ULL * 86'400'000));
        const std::uint64_t way = below(100);
        record.status = way < 90   ? core::CallStatus::completed
                        : way < 95 ? core::CallStatus::failed
                        : way < 98 ? core::CallStatus::disconnected
                                   : core::CallStatus::timeout;
        record.status_reason = "reason-" + std::to_string(way % 2);
        record.started_at = record.created_at + seconds(2);
        record.ended_at = *record.started_at + milliseconds(20'000 + below(400'000));
        const auto turns = static_cast<std::uint32_t>(1 + below(12));
        record.metrics.turns = turns;
        record.metrics.total_tokens = 900 * turns;
        add(record, core::UsageStage::stt, "hark", 5.0, turns);
        add(record, core::UsageStage::llm, "acme", 6.2, turns);
        add(record, core::UsageStage::tts, "voices", 4.8, turns);
        add(record, core::UsageStage::turn, "", 6.9, turns);
        if (below(20) == 0) {
            core::add_error(record.errors, {core::CallStage::llm, "acme", "timed_out", 1});
        }
        return record;
    }

private:
    std::uint64_t below(std::uint64_t count) { return random_() % count; }
    void add(core::CallRecord& record, core::UsageStage stage, const std::string& provider,
             double log_ms, std::uint32_t turns) {
        core::StageUsage line{stage, provider, provider.empty() || below(2) == 0 ? "" : "small",
                              record.agent_name};
        line.amounts = {turns, 800ULL * turns, 100ULL * turns, 300ULL * turns, 4'000ULL * turns};
        std::lognormal_distribution<double> wait(log_ms, 0.4);
        for (std::uint32_t turn = 0; turn < turns; ++turn) {
            line.add_latency(microseconds(static_cast<std::int64_t>(wait(random_) * 1'000.0)));
        }
        record.usage.push_back(std::move(line));
    }

    std::mt19937_64 random_{1};
};

Task<> fill(adapters::SqlDatabase& database, runtime::AsioLoop& loop, int calls, bool& is_done) {
    adapters::SqlAccountStore accounts(database, loop);
    adapters::SqlCallStore store(database, loop);
    Tenant made{tenant, "bench", "bench", WallTime{}};
    static_cast<void>(co_await accounts.create_tenant(std::move(made)));
    YearOfCalls year_of_calls;
    const Instant begun = loop.now();
    is_done = true;
    for (int number = 0; number < calls && is_done; ++number) {
        const auto created = co_await store.create(year_of_calls.next(number));
        is_done = created.has_value();
    }
    const double elapsed = std::chrono::duration<double>(loop.now() - begun).count();
    std::printf("%d calls counted in %.0f s, %.2f ms a call\n", calls, elapsed,
                elapsed * 1'000.0 / calls);
    loop.stop();
}

struct Question {
    const char* name;
    std::function<Task<bool>(services::Analytics&)> ask;
};

template <class Value>
Task<bool> answered(services::ServiceTask<Value> task) {
    const auto value = co_await std::move(task);
    co_return value.has_value();
}

std::vector<Question> questions() {
    const AnalyticsRange month{year.from, year.from + days(30)};
    return {
        {"summary, a year",
         [](services::Analytics& all) { return answered(all.summary(tenant, year)); }},
        {"call-volume by day, a year",
         [](services::Analytics& all) {
             return answered(all.volume(tenant, year, services::VolumeInterval::day));
         }},
        {"call-volume by hour, 30 days",
         [month](services::Analytics& all) {
             return answered(all.volume(tenant, month, services::VolumeInterval::hour));
         }},
        {"workflow-stats, a year",
         [](services::Analytics& all) { return answered(all.workflows(tenant, year)); }},
        {"provider-latency, a year",
         [](services::Analytics& all) { return answered(all.latencies(tenant, year)); }},
        {"errors, a year",
         [](services::Analytics& all) { return answered(all.errors(tenant, year)); }},
        {"outcomes, a year",
         [](services::Analytics& all) { return answered(all.outcomes(tenant, year)); }},
        {"usage by day, 30 days",
         [month](services::Analytics& all) { return answered(all.usage(tenant, month)); }},
    };
}

double at(const std::vector<double>& sorted, double part) {
    const auto index =
        static_cast<std::size_t>(std::ceil(part * static_cast<double>(sorted.size())));
    return sorted[std::max<std::size_t>(1, index) - 1];
}

Task<> ask(adapters::SqlDatabase& database, runtime::AsioLoop& loop, int rounds, bool& is_done) {
    adapters::SqlAnalyticsStore store(database, loop);
    services::Analytics analytics(store);
    is_done = true;
    for (const Question& question : questions()) {
        std::vector<double> took_ms;
        for (int round = 0; round < rounds; ++round) {
            const Instant begun = loop.now();
            const bool is_answered = co_await question.ask(analytics);
            is_done = is_done && is_answered;
            took_ms.push_back(
                std::chrono::duration<double, std::milli>(loop.now() - begun).count());
        }
        std::sort(took_ms.begin(), took_ms.end());
        std::printf("%-30s p50 %7.1f ms  p95 %7.1f ms  max %7.1f ms\n", question.name,
                    at(took_ms, 0.5), at(took_ms, 0.95), took_ms.back());
    }
    loop.stop();
}

int run(std::string_view what, const std::string& place, int count) {
    runtime::BlockingPool pool({.name = "database", .threads = 1});
    std::unique_ptr<adapters::SqlDatabase> database;
    if (place.starts_with("postgres")) {
        adapters::PostgresOptions options;
        options.url = Secret<std::string>(place);
        if (const auto migrated = adapters::PostgresDatabase::migrate(options); !migrated) {
            std::fprintf(stderr, "%s\n", migrated.error().c_str());
            return 1;
        }
        database = std::make_unique<adapters::PostgresDatabase>(options, pool);
    } else {
        auto opened = adapters::SqliteDatabase::open({.path = place}, pool);
        if (!opened) {
            std::fprintf(stderr, "%s\n", opened.error().c_str());
            return 1;
        }
        database = std::move(*opened);
    }
    bool is_done = false;
    {
        runtime::AsioLoop loop;
        runtime::TaskScope scope(loop);
        loop.post([&] {
            scope.spawn(what == "fill" ? fill(*database, loop, count, is_done)
                                       : ask(*database, loop, count, is_done));
        });
        loop.run();
    }
    pool.stop();
    return is_done ? 0 : 1;
}

}  // namespace
}  // namespace studio

int main(int argc, char** argv) {
    const std::string_view what = argc == 4 ? argv[1] : "";
    if (what != "fill" && what != "ask") {
        std::fprintf(stderr, "usage: analytics_bench fill FILE CALLS | ask FILE|URL ROUNDS\n");
        return 2;
    }
    return studio::run(what, argv[2], std::max(1, std::atoi(argv[3])));
}
