#pragma once

#include "adapters/sqlite/sqlite_database.hpp"
#include "ports/call_store.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// CallStore on SQLite. One object per loop, all on the same database; used on its loop only. It
/// and the database outlive its tasks.
class SqliteCallStore final : public CallStore {
public:
    SqliteCallStore(SqliteDatabase& database, runtime::Loop& loop)
        : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<bool> create(core::CallRecord record) override;
    [[nodiscard]] Outcome<core::CallRecord> load(TenantId tenant, CallId id) override;
    [[nodiscard]] Outcome<Page<core::CallRecord>> list(TenantId tenant, CallFilter filter) override;
    [[nodiscard]] Outcome<bool> save(core::CallRecord record) override;
    [[nodiscard]] Outcome<bool> append_transcript(
        TenantId tenant, CallId id, std::vector<core::TranscriptEntry> entries) override;
    [[nodiscard]] Outcome<std::vector<core::TranscriptEntry>> load_transcript(TenantId tenant,
                                                                              CallId id) override;
    [[nodiscard]] Outcome<std::uint64_t> fail_unfinished(std::string reason) override;

private:
    SqliteDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
