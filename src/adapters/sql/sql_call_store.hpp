#pragma once

#include "adapters/sql/sql_database.hpp"
#include "ports/call_recovery.hpp"
#include "ports/call_store.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// CallStore in an SQL database. One object per loop, all on the same database; used on its loop
/// only. It and the database outlive its tasks.
class SqlCallStore final : public CallStore {
public:
    SqlCallStore(SqlDatabase& database, runtime::Loop& loop) : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<bool> create(core::CallRecord record) override;
    [[nodiscard]] Outcome<core::CallRecord> load(TenantId tenant, CallId id) override;
    [[nodiscard]] Outcome<core::CallRecord> claim(TenantId tenant, CallId id,
                                                  std::uint64_t fencing_token) override;
    [[nodiscard]] Outcome<Page<core::CallRecord>> list(TenantId tenant, CallFilter filter) override;
    [[nodiscard]] Outcome<bool> save(core::CallRecord record) override;
    [[nodiscard]] Outcome<bool> append_transcript(TranscriptWrite write) override;
    [[nodiscard]] Outcome<std::vector<core::TranscriptEntry>> load_transcript(TenantId tenant,
                                                                              CallId id) override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

/// CallRecovery in an SQL database, under the same rules as SqlCallStore.
class SqlCallRecovery final : public CallRecovery {
public:
    SqlCallRecovery(SqlDatabase& database, runtime::Loop& loop)
        : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<std::vector<core::CallRecord>> list_pending(WallTime before,
                                                                      std::uint32_t limit) override;
    [[nodiscard]] Outcome<std::vector<core::CallRecord>> list_held(WallTime after, CallId after_id,
                                                                   std::uint32_t limit) override;
    [[nodiscard]] Outcome<bool> note_alive(std::vector<CallId> ids) override;
    [[nodiscard]] Outcome<std::uint64_t> fail_unfinished() override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
