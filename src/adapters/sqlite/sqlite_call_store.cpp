#include "adapters/sqlite/sqlite_call_store.hpp"

#include "adapters/sqlite/internal/call_rows.hpp"

namespace studio::adapters {

namespace {

using sqlite::Connection;
using sqlite::Query;
using sqlite::Transaction;

// The states from which a call never comes back (core::is_final).
#define STUDIO_FINAL_STATUSES "('completed', 'failed', 'disconnected', 'timeout')"
#define STUDIO_CALL_FILTER \
    " WHERE tenant_id = $1 AND ($2 = '' OR status = $2) AND ($3 = '' OR agent_name = $3)"

Json history_of(const core::CallRecord& record) {
    JsonArray history;
    for (const std::string& agent : record.agent_history) {
        history.emplace_back(agent);
    }
    return history;
}

Result<bool, StoreError> insert_call(Connection& connection, const core::CallRecord& record) {
    Query query(connection,
                "INSERT INTO calls (" STUDIO_CALL_COLUMNS
                ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
    const auto inserted = query.bind(record.id.text())
                              .bind(record.tenant_id.text())
                              .bind(record.agent_name)
                              .bind(record.user_id)
                              .bind(core::name_of(record.status))
                              .bind(record.status_reason)
                              .bind(core::name_of(record.direction))
                              .bind(core::name_of(record.type))
                              .bind(record.user_context)
                              .bind(record.metadata)
                              .bind(history_of(record))
                              .bind(sqlite::metrics_to_json(record.metrics))
                              .bind(record.created_at)
                              .bind(record.started_at)
                              .bind(record.ended_at)
                              .run();
    if (!inserted) {
        return fail(inserted.error());
    }
    return true;
}

Result<core::CallRecord, StoreError> select_call(Connection& connection, const TenantId& tenant,
                                                 const CallId& id) {
    Query query(connection,
                "SELECT " STUDIO_CALL_COLUMNS " FROM calls WHERE tenant_id = $1 AND id = $2");
    const auto row = query.bind(tenant.text()).bind(id.text()).step();
    if (!row) {
        return fail(row.error());
    }
    if (!*row) {
        return fail(StoreError::not_found);
    }
    return sqlite::read_call(query);
}

Result<Page<core::CallRecord>, StoreError> select_calls(Connection& connection,
                                                        const TenantId& tenant,
                                                        const CallFilter& filter) {
    const std::string_view status = filter.status ? core::name_of(*filter.status) : "";
    Page<core::CallRecord> page;
    Query count(connection, "SELECT COUNT(*) FROM calls" STUDIO_CALL_FILTER);
    auto row = count.bind(tenant.text()).bind(status).bind(filter.agent_name).step();
    if (!row) {
        return fail(row.error());
    }
    page.total = static_cast<std::uint64_t>(count.number(0));

    Query query(connection, "SELECT " STUDIO_CALL_COLUMNS " FROM calls" STUDIO_CALL_FILTER
                            " ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5");
    query.bind(tenant.text()).bind(status).bind(filter.agent_name);
    query.bind(std::int64_t{filter.page.limit}).bind(std::int64_t{filter.page.offset});
    for (row = query.step(); row && *row; row = query.step()) {
        auto record = sqlite::read_call(query);
        if (!record) {
            return fail(record.error());
        }
        page.items.push_back(std::move(*record));
    }
    if (!row) {
        return fail(row.error());
    }
    return page;
}

Result<bool, StoreError> update_call(Connection& connection, const core::CallRecord& record) {
    Query query(connection,
                "UPDATE calls SET agent_name = $1, user_id = $2, status = $3, status_reason = $4,"
                " direction = $5, call_type = $6, user_context = $7, metadata = $8,"
                " agent_history = $9, metrics = $10, created_at = $11, started_at = $12,"
                " ended_at = $13 WHERE tenant_id = $14 AND id = $15"
                " AND status NOT IN " STUDIO_FINAL_STATUSES);
    const auto changed = query.bind(record.agent_name)
                             .bind(record.user_id)
                             .bind(core::name_of(record.status))
                             .bind(record.status_reason)
                             .bind(core::name_of(record.direction))
                             .bind(core::name_of(record.type))
                             .bind(record.user_context)
                             .bind(record.metadata)
                             .bind(history_of(record))
                             .bind(sqlite::metrics_to_json(record.metrics))
                             .bind(record.created_at)
                             .bind(record.started_at)
                             .bind(record.ended_at)
                             .bind(record.tenant_id.text())
                             .bind(record.id.text())
                             .run();
    if (!changed) {
        return fail(changed.error());
    }
    if (*changed == 0) {
        // Either no such row, or one whose status is final.
        const auto present = select_call(connection, record.tenant_id, record.id);
        return fail(present ? StoreError::conflict : present.error());
    }
    return true;
}

Result<bool, StoreError> check_call_exists(Connection& connection, const TenantId& tenant,
                                           const CallId& id) {
    Query query(connection, "SELECT id FROM calls WHERE tenant_id = $1 AND id = $2");
    const auto row = query.bind(tenant.text()).bind(id.text()).step();
    if (row && !*row) {
        return fail(StoreError::not_found);
    }
    return row;
}

Result<bool, StoreError> insert_entry(Connection& connection, const TenantId& tenant,
                                      const CallId& id, const core::TranscriptEntry& entry) {
    Query query(connection,
                "INSERT INTO transcript_entries (call_id, tenant_id, " STUDIO_ENTRY_COLUMNS
                ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
                " ON CONFLICT (call_id, sequence) DO NOTHING");
    query.bind(id.text()).bind(tenant.text()).bind(std::int64_t{entry.sequence});
    query.bind(core::name_of(entry.role)).bind(entry.content).bind(entry.agent);
    query.bind(entry.timestamp).bind(entry.interrupted);
    if (entry.latency) {
        query.bind(sqlite::latency_to_json(*entry.latency));
    } else {
        query.bind_null();
    }
    if (entry.tool.is_null()) {
        query.bind_null();
    } else {
        query.bind(entry.tool);
    }
    const auto inserted = query.run();
    if (!inserted) {
        return fail(inserted.error());
    }
    return true;
}

Result<bool, StoreError> insert_entries(Connection& connection, const TenantId& tenant,
                                        const CallId& id,
                                        const std::vector<core::TranscriptEntry>& entries) {
    Transaction transaction(connection);
    if (!transaction.ok()) {
        return fail(StoreError::unavailable);
    }
    if (const auto exists = check_call_exists(connection, tenant, id); !exists) {
        return exists;
    }
    for (const core::TranscriptEntry& entry : entries) {
        if (const auto inserted = insert_entry(connection, tenant, id, entry); !inserted) {
            return inserted;
        }
    }
    if (const auto committed = transaction.commit(); !committed) {
        return fail(committed.error());
    }
    return true;
}

Result<std::vector<core::TranscriptEntry>, StoreError> select_entries(Connection& connection,
                                                                      const TenantId& tenant,
                                                                      const CallId& id) {
    if (const auto exists = check_call_exists(connection, tenant, id); !exists) {
        return fail(exists.error());
    }
    Query query(connection, "SELECT " STUDIO_ENTRY_COLUMNS
                            " FROM transcript_entries WHERE tenant_id = $1 AND call_id = $2"
                            " ORDER BY sequence");
    query.bind(tenant.text()).bind(id.text());
    std::vector<core::TranscriptEntry> entries;
    auto row = query.step();
    for (; row && *row; row = query.step()) {
        auto entry = sqlite::read_entry(query);
        if (!entry) {
            return fail(entry.error());
        }
        entries.push_back(std::move(*entry));
    }
    if (!row) {
        return fail(row.error());
    }
    return entries;
}

Result<std::uint64_t, StoreError> fail_rows(Connection& connection, const std::string& reason) {
    Query query(connection,
                "UPDATE calls SET status = 'failed', status_reason = $1, ended_at = $2"
                " WHERE status NOT IN " STUDIO_FINAL_STATUSES);
    const auto now = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
    const auto changed = query.bind(reason).bind(now).run();
    if (!changed) {
        return fail(changed.error());
    }
    return static_cast<std::uint64_t>(*changed);
}

#undef STUDIO_FINAL_STATUSES
#undef STUDIO_CALL_FILTER

}  // namespace

CallStore::Outcome<bool> SqliteCallStore::create(core::CallRecord record) {
    return database_.run(loop_, [record = std::move(record)](Connection& connection) {
        return insert_call(connection, record);
    });
}

CallStore::Outcome<core::CallRecord> SqliteCallStore::load(TenantId tenant, CallId id) {
    return database_.run(loop_,
                         [tenant = std::move(tenant), id = std::move(id)](Connection& connection) {
                             return select_call(connection, tenant, id);
                         });
}

CallStore::Outcome<Page<core::CallRecord>> SqliteCallStore::list(TenantId tenant,
                                                                 CallFilter filter) {
    return database_.run(
        loop_, [tenant = std::move(tenant), filter = std::move(filter)](Connection& connection) {
            return select_calls(connection, tenant, filter);
        });
}

CallStore::Outcome<bool> SqliteCallStore::save(core::CallRecord record) {
    return database_.run(loop_, [record = std::move(record)](Connection& connection) {
        return update_call(connection, record);
    });
}

CallStore::Outcome<bool> SqliteCallStore::append_transcript(
    TenantId tenant, CallId id, std::vector<core::TranscriptEntry> entries) {
    return database_.run(loop_, [tenant = std::move(tenant), id = std::move(id),
                                 entries = std::move(entries)](Connection& connection) {
        return insert_entries(connection, tenant, id, entries);
    });
}

CallStore::Outcome<std::vector<core::TranscriptEntry>> SqliteCallStore::load_transcript(
    TenantId tenant, CallId id) {
    return database_.run(loop_,
                         [tenant = std::move(tenant), id = std::move(id)](Connection& connection) {
                             return select_entries(connection, tenant, id);
                         });
}

CallStore::Outcome<std::uint64_t> SqliteCallStore::fail_unfinished(std::string reason) {
    return database_.run(loop_, [reason = std::move(reason)](Connection& connection) {
        return fail_rows(connection, reason);
    });
}

}  // namespace studio::adapters
