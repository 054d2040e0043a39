#include "adapters/sql/sql_outbox_store.hpp"

#include <algorithm>
#include <tuple>

#include "adapters/sql/internal/readable_rows.hpp"

namespace studio::adapters {

namespace {

Result<OutboxEvent, StoreError> read_event(const SqlRow& row) {
    auto payload = row.json(5);
    if (!payload) {
        return fail(payload.error());
    }
    return OutboxEvent{.id = row.text(0),
                       .tenant_id = TenantId(row.text(1)),
                       .call_id = CallId(row.text(2)),
                       .sequence = static_cast<std::uint64_t>(row.number(3)),
                       .type = row.text(4),
                       .payload = std::move(*payload),
                       .created_at = row.time(6),
                       .attempts = static_cast<std::uint32_t>(row.number(7))};
}

Result<bool, StoreError> mark_events(SqlConnection& connection, const std::vector<std::string>& ids,
                                     WallTime now) {
    for (const std::string& id : ids) {
        const auto marked =
            SqlQuery(connection,
                     "UPDATE outbox SET delivered_at = $1 WHERE id = $2 AND delivered_at IS NULL")
                .bind(now)
                .bind(id)
                .run();
        if (!marked) {
            return fail(marked.error());
        }
    }
    return true;
}

Result<std::vector<OutboxEvent>, StoreError> take_events(SqlConnection& connection,
                                                         std::uint32_t limit, WallTime now,
                                                         WallTime claimed_until) {
    const auto rows =
        SqlQuery(connection,
                 "UPDATE outbox SET claimed_until = $1, attempts = attempts + 1 WHERE id IN"
                 " (SELECT id FROM outbox WHERE delivered_at IS NULL AND claimed_until <= $2"
                 " ORDER BY created_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)"
                 " RETURNING id, tenant_id, call_id, sequence, type, payload, created_at, attempts")
            .bind(claimed_until)
            .bind(now)
            .bind(std::int64_t{limit})
            .rows();
    if (!rows) {
        return fail(rows.error());
    }
    auto readable = read_rows<OutboxEvent>("outbox", *rows, read_event);
    // Nobody can ever be told of these: they are done with, and do not keep the others back.
    if (const auto marked = mark_events(connection, readable.unreadable, now); !marked) {
        return fail(marked.error());
    }
    std::vector<OutboxEvent> events = std::move(readable.items);
    // RETURNING promises no order.
    std::sort(events.begin(), events.end(), [](const OutboxEvent& left, const OutboxEvent& right) {
        return std::tie(left.created_at, left.call_id, left.sequence) <
               std::tie(right.created_at, right.call_id, right.sequence);
    });
    return events;
}

Result<OutboxBacklog, StoreError> count_events(SqlConnection& connection, WallTime now) {
    const auto row = SqlQuery(connection,
                              "SELECT COUNT(*), MIN(created_at) FROM outbox"
                              " WHERE delivered_at IS NULL")
                         .row();
    if (!row) {
        return fail(row.error());
    }
    OutboxBacklog backlog;
    backlog.waiting = static_cast<std::uint64_t>(row->number(0));
    if (const auto oldest = row->optional_time(1)) {
        backlog.oldest_age = std::max(milliseconds{0}, now - *oldest);
    }
    return backlog;
}

}  // namespace

OutboxStore::Outcome<std::vector<OutboxEvent>> SqlOutboxStore::take(std::uint32_t limit,
                                                                    milliseconds claim) {
    const WallTime now = loop_.wall_now();
    return database_.run(loop_, SqlAccess::write,
                         [limit, now, until = now + claim](SqlConnection& connection) {
                             return take_events(connection, limit, now, until);
                         });
}

OutboxStore::Outcome<bool> SqlOutboxStore::mark_delivered(std::vector<std::string> ids) {
    // In one order everywhere, so that two that mark the same events do not block each other.
    std::sort(ids.begin(), ids.end());
    return database_.run(loop_, SqlAccess::write,
                         [ids = std::move(ids), now = loop_.wall_now()](SqlConnection& connection) {
                             return mark_events(connection, ids, now);
                         });
}

OutboxStore::Outcome<OutboxBacklog> SqlOutboxStore::backlog() {
    return database_.run(loop_, SqlAccess::read,
                         [now = loop_.wall_now()](SqlConnection& connection) {
                             return count_events(connection, now);
                         });
}

OutboxStore::Outcome<std::uint64_t> SqlOutboxStore::erase_delivered(WallTime before) {
    return database_.run(
        loop_, SqlAccess::write,
        [before](SqlConnection& connection) -> Result<std::uint64_t, StoreError> {
            const auto erased =
                SqlQuery(connection,
                         "DELETE FROM outbox WHERE delivered_at IS NOT NULL AND delivered_at < $1")
                    .bind(before)
                    .run();
            if (!erased) {
                return fail(erased.error());
            }
            return static_cast<std::uint64_t>(*erased);
        });
}

}  // namespace studio::adapters
