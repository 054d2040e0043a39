// Calls a second through the stores: each is created, becomes active, gets four lines and ends.
//
// usage: with_servers.py postgres pgbouncer -- store_bench [calls] [at once] [connections]

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "runtime/loop_thread.hpp"
#include "runtime/task_scope.hpp"

namespace studio {
namespace {

struct Run {
    adapters::SqlCallStore& calls;
    runtime::AsioLoop& loop;
    std::string prefix;
    int next = 0;
    int count = 0;
    int errors = 0;
    std::vector<double> create_ms;
};

Task<bool> hold_call(Run& run, std::string id) {
    core::CallRecord record;
    record.id = CallId(std::move(id));
    record.tenant_id = TenantId("bench");
    record.room_name = "room";
    record.fencing_token = 1;
    record.created_at = run.loop.wall_now();
    const Instant begun = run.loop.now();
    bool ok = (co_await run.calls.create(record)).has_value();
    run.create_ms.push_back(
        std::chrono::duration<double, std::milli>(run.loop.now() - begun).count());
    record.status = core::CallStatus::active;
    const auto answered = co_await run.calls.save(record);
    ok = ok && answered.has_value();
    for (std::uint32_t sequence = 0; sequence < 4; ++sequence) {
        TranscriptWrite write;
        write.tenant_id = record.tenant_id;
        write.call_id = record.id;
        write.fencing_token = 1;
        core::TranscriptEntry entry;
        entry.sequence = sequence;
        entry.content = "a table for two at eight, please";
        write.entries.push_back(std::move(entry));
        const auto appended = co_await run.calls.append_transcript(std::move(write));
        ok = ok && appended.has_value();
    }
    record.status = core::CallStatus::completed;
    const auto ended = co_await run.calls.save(record);
    ok = ok && ended.has_value();
    co_return ok;
}

Task<> hold_calls(Run& run) {
    while (run.next < run.count) {
        const bool ok = co_await hold_call(run, run.prefix + std::to_string(run.next++));
        run.errors += ok ? 0 : 1;
    }
}

Task<> measure(Run& run, adapters::SqlAccountStore& accounts, int at_once, double& elapsed) {
    Tenant tenant{TenantId("bench"), "bench", "bench", WallTime{}};
    static_cast<void>(co_await accounts.create_tenant(std::move(tenant)));
    const Instant begun = run.loop.now();
    runtime::TaskScope scope(run.loop);
    for (int index = 0; index < at_once; ++index) {
        scope.spawn(hold_calls(run));
    }
    while (scope.size() > 0) {
        static_cast<void>(co_await runtime::sleep_for(run.loop, milliseconds{1}));
    }
    co_await scope.close();
    elapsed = std::chrono::duration<double>(run.loop.now() - begun).count();
    run.loop.stop();
}

int bench(const char* name, const char* url, int calls, int at_once, int connections) {
    adapters::PostgresOptions options;
    options.url = Secret<std::string>(url);
    if (const auto migrated = adapters::PostgresDatabase::migrate(options); !migrated) {
        std::fprintf(stderr, "%s\n", migrated.error().c_str());
        return 1;
    }
    runtime::BlockingPool pool(
        {.name = "database", .threads = static_cast<std::size_t>(connections), .queue_max = 4'096});
    int errors = 0;
    {
        adapters::PostgresDatabase database(options, pool);
        runtime::AsioLoop loop;
        adapters::SqlAccountStore accounts(database, loop);
        adapters::SqlCallStore store(database, loop);
        Run run{store, loop, std::string(name) + '-', 0, calls, 0, {}};
        double elapsed = 0.0;
        runtime::TaskScope scope(loop);
        loop.post([&] { scope.spawn(measure(run, accounts, at_once, elapsed)); });
        loop.run();
        errors = run.errors;
        std::sort(run.create_ms.begin(), run.create_ms.end());
        const auto at = [&run](double part) {
            const double index = part * static_cast<double>(run.create_ms.size() - 1);
            return run.create_ms.at(static_cast<std::size_t>(index));
        };
        std::printf(
            "%-10s %d calls, %d at once, %d connections: %.0f calls/s, %.0f transactions/s,"
            " create p50 %.1f ms p95 %.1f ms, %d errors\n",
            name, calls, at_once, connections, calls / elapsed, 7 * calls / elapsed, at(0.5),
            at(0.95), errors);
        pool.stop();
    }
    return errors == 0 ? 0 : 1;
}

}  // namespace
}  // namespace studio

int main(int argc, char** argv) {
    const auto argument = [&](int index, int otherwise) {
        return argc > index ? std::max(1, std::atoi(argv[index])) : otherwise;
    };
    int code = 1;
    for (const auto& [name, variable] : {std::pair("direct", "STUDIO_TEST_DATABASE_URL"),
                                         std::pair("pgbouncer", "STUDIO_TEST_PGBOUNCER_URL")}) {
        if (const char* url = std::getenv(variable)) {
            code = studio::bench(name, url, argument(1, 2'000), argument(2, 32), argument(3, 8));
        }
    }
    return code;
}
