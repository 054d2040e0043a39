#include "adapters/sql/internal/call_writes.hpp"

#include <limits>

#include "adapters/sql/internal/analytics_writes.hpp"
#include "adapters/sql/internal/call_rows.hpp"
#include "core/call/call_event.hpp"
#include "core/call/call_json.hpp"

namespace studio::adapters {

namespace {

/// What a write has to know of the row; it stays locked until the transaction is over.
struct Present {
    core::CallStatus status = core::CallStatus::pending;
    std::uint64_t fencing_token = 0;
    std::size_t agents = 0;
    std::int64_t events = 0;
};

Result<Present, StoreError> lock_call(SqlConnection& connection, const TenantId& tenant,
                                      const CallId& id) {
    const auto row = SqlQuery(connection,
                              "SELECT status, fencing_token, agent_history, event_count FROM calls"
                              " WHERE tenant_id = $1 AND id = $2 FOR UPDATE")
                         .bind(tenant.text())
                         .bind(id.text())
                         .row();
    if (!row) {
        return fail(row.error());
    }
    const auto status = core::parse_call_status(row->text(0));
    if (!status) {
        return fail(StoreError::corrupt);
    }
    // A history that cannot be read must not keep the call from being written, and ended.
    const auto history = row->json(2);
    const auto names = history ? core::names_from_json(*history) : std::nullopt;
    return Present{*status, static_cast<std::uint64_t>(row->number(1)), names ? names->size() : 0,
                   row->number(3)};
}

Result<std::int64_t, StoreError> write_token(SqlConnection& connection, const CallId& id,
                                             std::uint64_t fencing_token) {
    return SqlQuery(connection, "UPDATE calls SET fencing_token = $1 WHERE id = $2")
        .bind(static_cast<std::int64_t>(fencing_token))
        .bind(id.text())
        .run();
}

Result<void, StoreError> insert_events(SqlConnection& connection, const core::CallRecord& record,
                                       const std::vector<core::CallEvent>& events,
                                       std::int64_t count, WallTime now) {
    for (const core::CallEvent event : events) {
        ++count;
        const auto inserted =
            SqlQuery(connection,
                     "INSERT INTO outbox (id, tenant_id, call_id, sequence, type, payload,"
                     " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
                .bind(record.id.text() + ':' + std::to_string(count))
                .bind(record.tenant_id.text())
                .bind(record.id.text())
                .bind(count)
                .bind(core::name_of(event))
                .bind(core::event_payload(record))
                .bind(now)
                .run();
        if (!inserted) {
            return fail(inserted.error());
        }
    }
    return {};
}

Result<bool, StoreError> count_if_over(SqlConnection& connection, const core::CallRecord& record,
                                       WallTime now) {
    if (!core::is_final(record.status)) {
        return true;
    }
    if (const auto counted = count_ended_call(connection, record, now); !counted) {
        return fail(counted.error());
    }
    return true;
}

Result<bool, StoreError> insert_entry(SqlConnection& connection, const TranscriptWrite& write,
                                      const core::TranscriptEntry& entry) {
    SqlQuery query(connection,
                   "INSERT INTO transcript_entries (call_id, tenant_id, fencing_token,"
                   " " STUDIO_ENTRY_COLUMNS
                   ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
                   " ON CONFLICT (call_id, sequence) DO UPDATE SET"
                   " fencing_token = excluded.fencing_token, role = excluded.role,"
                   " content = excluded.content, agent = excluded.agent,"
                   " spoken_at = excluded.spoken_at, interrupted = excluded.interrupted,"
                   " latency = excluded.latency, tool = excluded.tool"
                   " WHERE transcript_entries.fencing_token < excluded.fencing_token");
    query.bind(write.call_id.text())
        .bind(write.tenant_id.text())
        .bind(static_cast<std::int64_t>(write.fencing_token));
    bind_entry(query, entry);
    const auto inserted = query.run();
    if (!inserted) {
        return fail(inserted.error());
    }
    return true;
}

/// The first line of a later holder: what comes from there on is that holder's to tell.
Result<std::int64_t, StoreError> first_of_later_holder(SqlConnection& connection,
                                                       const TranscriptWrite& write) {
    const auto row = SqlQuery(connection,
                              "SELECT MIN(sequence) FROM transcript_entries"
                              " WHERE call_id = $1 AND fencing_token > $2")
                         .bind(write.call_id.text())
                         .bind(static_cast<std::int64_t>(write.fencing_token))
                         .row();
    if (!row) {
        return fail(row.error());
    }
    return row->is_null(0) ? std::numeric_limits<std::int64_t>::max() : row->number(0);
}

}  // namespace

Result<bool, StoreError> insert_call(SqlConnection& connection, const core::CallRecord& record,
                                     WallTime now) {
    const auto events = core::events_of_new(record);
    SqlQuery query(connection, "INSERT INTO calls (" STUDIO_CALL_COLUMNS
                               ", event_count) VALUES (" STUDIO_CALL_VALUES ", $24)");
    bind_call(query, record);
    const auto inserted = query.bind(static_cast<std::int64_t>(events.size())).run();
    if (!inserted) {
        return fail(inserted.error());
    }
    if (const auto told = insert_events(connection, record, events, 0, now); !told) {
        return fail(told.error());
    }
    if (const auto found = insert_labels(connection, record); !found) {
        return fail(found.error());
    }
    return count_if_over(connection, record, now);
}

Result<bool, StoreError> update_call(SqlConnection& connection, const core::CallRecord& record,
                                     WallTime now) {
    const auto present = lock_call(connection, record.tenant_id, record.id);
    if (!present) {
        return fail(present.error());
    }
    if (present->fencing_token > record.fencing_token) {
        return fail(StoreError::stale);
    }
    if (core::is_final(present->status)) {
        return fail(StoreError::conflict);
    }
    const auto events = core::events_of_change({present->status, present->agents}, record);
    SqlQuery query(connection, "UPDATE calls SET " STUDIO_CALL_ASSIGNMENTS
                               ", event_count = $24, alive_at = COALESCE($25, alive_at)"
                               " WHERE id = $1 AND tenant_id = $2");
    bind_call(query, record);
    query.bind(present->events + static_cast<std::int64_t>(events.size()));
    // Whoever writes that the call goes on holds it; its end may be written by anybody.
    query.bind(core::is_final(record.status) ? std::nullopt : std::optional(now));
    const auto changed = query.run();
    if (!changed) {
        return fail(changed.error());
    }
    if (const auto told = insert_events(connection, record, events, present->events, now); !told) {
        return fail(told.error());
    }
    return count_if_over(connection, record, now);
}

Result<bool, StoreError> raise_token(SqlConnection& connection, const TenantId& tenant,
                                     const CallId& id, std::uint64_t fencing_token) {
    const auto present = lock_call(connection, tenant, id);
    if (!present) {
        return fail(present.error());
    }
    if (present->fencing_token > fencing_token) {
        return fail(StoreError::stale);
    }
    if (core::is_final(present->status) || present->fencing_token == fencing_token) {
        return false;
    }
    if (const auto written = write_token(connection, id, fencing_token); !written) {
        return fail(written.error());
    }
    return true;
}

Result<bool, StoreError> insert_entries(SqlConnection& connection, const TranscriptWrite& write) {
    const auto present = lock_call(connection, write.tenant_id, write.call_id);
    if (!present) {
        return fail(present.error());
    }
    const bool is_stale = present->fencing_token > write.fencing_token;
    if (is_stale && !write.late) {
        return fail(StoreError::stale);
    }
    std::int64_t end = std::numeric_limits<std::int64_t>::max();
    if (is_stale) {
        const auto first = first_of_later_holder(connection, write);
        if (!first) {
            return fail(first.error());
        }
        end = *first;
    } else if (present->fencing_token < write.fencing_token) {
        // From now on older holders are refused.
        const auto raised = write_token(connection, write.call_id, write.fencing_token);
        if (!raised) {
            return fail(raised.error());
        }
    }
    for (const core::TranscriptEntry& entry : write.entries) {
        if (std::int64_t{entry.sequence} >= end) {
            continue;
        }
        if (const auto inserted = insert_entry(connection, write, entry); !inserted) {
            return inserted;
        }
    }
    return true;
}

}  // namespace studio::adapters
