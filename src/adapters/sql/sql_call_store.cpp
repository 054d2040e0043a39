#include "adapters/sql/sql_call_store.hpp"

#include <algorithm>

#include "adapters/sql/internal/analytics_writes.hpp"
#include "adapters/sql/internal/call_list.hpp"
#include "adapters/sql/internal/call_rows.hpp"
#include "adapters/sql/internal/call_writes.hpp"
#include "adapters/sql/internal/readable_rows.hpp"
#include "core/call/ending.hpp"

namespace studio::adapters {

namespace {

// The states from which a call never comes back (core::is_final).
#define STUDIO_FINAL_STATUSES "('completed', 'failed', 'disconnected', 'timeout')"

Result<core::CallRecord, StoreError> select_call(SqlConnection& connection, const TenantId& tenant,
                                                 const CallId& id) {
    const auto row = SqlQuery(connection, "SELECT " STUDIO_CALL_READ_COLUMNS
                                          " FROM calls WHERE tenant_id = $1 AND id = $2")
                         .bind(tenant.text())
                         .bind(id.text())
                         .row();
    if (!row) {
        return fail(row.error());
    }
    return read_call(*row);
}

Result<core::CallRecord, StoreError> claim_call(SqlConnection& connection, const TenantId& tenant,
                                                const CallId& id, std::uint64_t fencing_token) {
    const auto raised = raise_token(connection, tenant, id, fencing_token);
    if (!raised) {
        return fail(raised.error());
    }
    return select_call(connection, tenant, id);
}

using ReadableCalls = ReadableRows<core::CallRecord>;

Result<ReadableCalls, StoreError> read_calls(SqlQuery& query) {
    const auto rows = query.rows();
    if (!rows) {
        return fail(rows.error());
    }
    return read_rows<core::CallRecord>("calls", *rows, read_call);
}

Result<std::vector<core::TranscriptEntry>, StoreError> select_entries(SqlConnection& connection,
                                                                      const TenantId& tenant,
                                                                      const CallId& id) {
    const auto call = SqlQuery(connection, "SELECT id FROM calls WHERE tenant_id = $1 AND id = $2")
                          .bind(tenant.text())
                          .bind(id.text())
                          .row();
    if (!call) {
        return fail(call.error());
    }
    const auto rows = SqlQuery(connection, "SELECT " STUDIO_ENTRY_COLUMNS
                                           " FROM transcript_entries WHERE tenant_id = $1"
                                           " AND call_id = $2 ORDER BY sequence")
                          .bind(tenant.text())
                          .bind(id.text())
                          .rows();
    if (!rows) {
        return fail(rows.error());
    }
    return read_rows<core::TranscriptEntry>("transcript_entries", *rows, read_entry).items;
}

Result<ReadableCalls, StoreError> select_pending(SqlConnection& connection, WallTime before,
                                                 std::uint32_t limit) {
    SqlQuery query(connection, "SELECT " STUDIO_CALL_READ_COLUMNS
                               " FROM calls WHERE status = 'pending' AND room_name <> ''"
                               " AND created_at < $1 ORDER BY created_at, id LIMIT $2");
    query.bind(before).bind(std::int64_t{limit});
    return read_calls(query);
}

Result<std::vector<core::CallRecord>, StoreError> select_held(SqlConnection& connection,
                                                              WallTime after,
                                                              const CallId& after_id,
                                                              std::uint32_t limit) {
    SqlQuery query(connection,
                   "SELECT " STUDIO_CALL_READ_COLUMNS
                   " FROM calls WHERE status IN ('connecting', 'dialing', 'ringing', 'active')"
                   " AND room_name <> '' AND (created_at > $1 OR (created_at = $1 AND id > $2))"
                   " ORDER BY created_at, id LIMIT $3");
    query.bind(after).bind(after_id.text()).bind(std::int64_t{limit});
    auto calls = read_calls(query);
    if (!calls) {
        return fail(calls.error());
    }
    return std::move(calls->items);
}

/// Ends calls whose rows cannot be read, by the columns that can be written without: else they
/// would wait, or be under way, for ever.
Result<std::uint64_t, StoreError> end_unreadable(SqlConnection& connection,
                                                 const std::vector<std::string>& ids,
                                                 core::EndReason reason, WallTime now) {
    std::uint64_t count = 0;
    for (const std::string& id : ids) {
        const auto ended =
            SqlQuery(connection,
                     "UPDATE calls SET status = 'failed', status_reason = $1,"
                     " ended_at = $2 WHERE id = $3 AND status NOT IN " STUDIO_FINAL_STATUSES
                     " RETURNING tenant_id, agent_name, workflow_slug, created_at")
                .bind(core::name_of(reason))
                .bind(now)
                .bind(id)
                .rows();
        if (!ended) {
            return fail(ended.error());
        }
        for (const SqlRow& row : *ended) {
            // It counts as a call that failed; what it used cannot be read.
            core::CallRecord record;
            record.tenant_id = TenantId(row.text(0));
            record.agent_name = row.text(1);
            record.workflow_slug = row.text(2);
            record.created_at = row.time(3);
            record.status = core::CallStatus::failed;
            record.status_reason = core::name_of(reason);
            if (const auto counted = count_ended_call(connection, record, now); !counted) {
                return fail(counted.error());
            }
            ++count;
        }
    }
    return count;
}

Result<bool, StoreError> touch_calls(SqlConnection& connection, const std::vector<CallId>& ids,
                                     WallTime now) {
    for (const CallId& id : ids) {
        const auto touched = SqlQuery(connection,
                                      "UPDATE calls SET alive_at = $1 WHERE id = $2"
                                      " AND status NOT IN " STUDIO_FINAL_STATUSES)
                                 .bind(now)
                                 .bind(id.text())
                                 .run();
        if (!touched) {
            return fail(touched.error());
        }
    }
    return true;
}

/// The last line of the transcript is a sign of life, too.
Result<WallTime, StoreError> last_sign_of(SqlConnection& connection,
                                          const core::CallRecord& record) {
    const auto row =
        SqlQuery(connection, "SELECT MAX(spoken_at) FROM transcript_entries WHERE call_id = $1")
            .bind(record.id.text())
            .row();
    if (!row) {
        return fail(row.error());
    }
    return std::max(record.alive_at.value_or(record.created_at),
                    row->optional_time(0).value_or(record.created_at));
}

Result<std::uint64_t, StoreError> fail_calls(SqlConnection& connection, WallTime now) {
    SqlQuery query(connection, "SELECT " STUDIO_CALL_READ_COLUMNS
                               " FROM calls WHERE status NOT IN " STUDIO_FINAL_STATUSES);
    auto records = read_calls(query);
    if (!records) {
        return fail(records.error());
    }
    for (core::CallRecord& record : records->items) {
        const auto lived_until = last_sign_of(connection, record);
        if (!lived_until) {
            return fail(lived_until.error());
        }
        core::end_record(record, core::EndReason::process_died, std::min(*lived_until, now));
        if (const auto updated = update_call(connection, record, now); !updated) {
            return fail(updated.error());
        }
    }
    const auto unreadable =
        end_unreadable(connection, records->unreadable, core::EndReason::process_died, now);
    if (!unreadable) {
        return fail(unreadable.error());
    }
    return records->items.size() + *unreadable;
}

#undef STUDIO_FINAL_STATUSES

}  // namespace

CallStore::Outcome<bool> SqlCallStore::create(core::CallRecord record) {
    return database_.run(
        loop_, SqlAccess::write,
        [record = std::move(record), now = loop_.wall_now()](SqlConnection& connection) {
            return insert_call(connection, record, now);
        });
}

CallStore::Outcome<core::CallRecord> SqlCallStore::load(TenantId tenant, CallId id) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), id = std::move(id)](SqlConnection& connection) {
            return select_call(connection, tenant, id);
        });
}

CallStore::Outcome<core::CallRecord> SqlCallStore::claim(TenantId tenant, CallId id,
                                                         std::uint64_t fencing_token) {
    return database_.run(
        loop_, SqlAccess::write,
        [tenant = std::move(tenant), id = std::move(id), fencing_token](SqlConnection& connection) {
            return claim_call(connection, tenant, id, fencing_token);
        });
}

CallStore::Outcome<Page<core::CallRecord>> SqlCallStore::list(TenantId tenant, CallFilter filter) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), filter = std::move(filter)](SqlConnection& connection) {
            return select_calls(connection, tenant, filter);
        });
}

CallStore::Outcome<bool> SqlCallStore::save(core::CallRecord record) {
    return database_.run(
        loop_, SqlAccess::write,
        [record = std::move(record), now = loop_.wall_now()](SqlConnection& connection) {
            return update_call(connection, record, now);
        });
}

CallStore::Outcome<bool> SqlCallStore::append_transcript(TranscriptWrite write) {
    return database_.run(loop_, SqlAccess::write,
                         [write = std::move(write)](SqlConnection& connection) {
                             return insert_entries(connection, write);
                         });
}

CallStore::Outcome<std::vector<core::TranscriptEntry>> SqlCallStore::load_transcript(
    TenantId tenant, CallId id) {
    return database_.run(
        loop_, SqlAccess::read,
        [tenant = std::move(tenant), id = std::move(id)](SqlConnection& connection) {
            return select_entries(connection, tenant, id);
        });
}

CallRecovery::Outcome<std::vector<core::CallRecord>> SqlCallRecovery::list_pending(
    WallTime before, std::uint32_t limit) {
    auto pending =
        co_await database_.run(loop_, SqlAccess::read, [before, limit](SqlConnection& connection) {
            return select_pending(connection, before, limit);
        });
    if (!pending) {
        co_return fail(pending.error());
    }
    if (!pending->unreadable.empty()) {
        // What cannot be read cannot be held either; left as it is, every sweep would meet it
        // again.
        auto end = [ids = std::move(pending->unreadable),
                    now = loop_.wall_now()](SqlConnection& connection) {
            return end_unreadable(connection, ids, core::EndReason::not_startable, now);
        };
        const auto ended = co_await database_.run(loop_, SqlAccess::write, std::move(end));
        if (!ended) {
            co_return fail(ended.error());
        }
    }
    co_return std::move(pending->items);
}

CallRecovery::Outcome<std::vector<core::CallRecord>> SqlCallRecovery::list_held(
    WallTime after, CallId after_id, std::uint32_t limit) {
    return database_.run(loop_, SqlAccess::read,
                         [after, after_id = std::move(after_id), limit](SqlConnection& connection) {
                             return select_held(connection, after, after_id, limit);
                         });
}

CallRecovery::Outcome<bool> SqlCallRecovery::note_alive(std::vector<CallId> ids) {
    // In one order, whoever writes: two of them do not wait for each other.
    std::sort(ids.begin(), ids.end());
    return database_.run(loop_, SqlAccess::write,
                         [ids = std::move(ids), now = loop_.wall_now()](SqlConnection& connection) {
                             return touch_calls(connection, ids, now);
                         });
}

CallRecovery::Outcome<std::uint64_t> SqlCallRecovery::fail_unfinished() {
    return database_.run(loop_, SqlAccess::write,
                         [now = loop_.wall_now()](SqlConnection& connection) {
                             return fail_calls(connection, now);
                         });
}

}  // namespace studio::adapters
