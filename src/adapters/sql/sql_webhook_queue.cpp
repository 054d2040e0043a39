#include "adapters/sql/sql_webhook_queue.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/sql/internal/readable_rows.hpp"
#include "adapters/sql/internal/webhook_fan_out.hpp"
#include "adapters/sql/internal/webhook_rows.hpp"

namespace studio::adapters {

namespace {

Result<bool, StoreError> has_stored(SqlConnection& connection) {
    const auto rows =
        SqlQuery(connection, "SELECT id FROM outbox WHERE webhooks_at IS NULL LIMIT 1").rows();
    if (!rows) {
        return fail(rows.error());
    }
    return !rows->empty();
}

Result<std::vector<std::string>, StoreError> select_due(SqlConnection& connection, WallTime now,
                                                        std::uint32_t limit) {
    const auto rows = SqlQuery(connection,
                               "SELECT e.id FROM webhook_endpoints e WHERE e.is_active AND EXISTS"
                               " (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = e.id"
                               " AND d.status = 'pending' AND d.due_at <= $1) LIMIT $2")
                          .bind(now)
                          .bind(std::int64_t{limit})
                          .rows();
    if (!rows) {
        return fail(rows.error());
    }
    std::vector<std::string> ids;
    for (const SqlRow& row : *rows) {
        ids.push_back(row.text(0));
    }
    return ids;
}

/// Nothing where it is gone, was switched off, or cannot be read: what waits for it stays.
Result<std::optional<WebhookEndpoint>, StoreError> select_active(SqlConnection& connection,
                                                                 const std::string& id) {
    const auto row = SqlQuery(connection, "SELECT " STUDIO_ENDPOINT_COLUMNS
                                          " FROM webhook_endpoints WHERE id = $1 AND is_active")
                         .bind(id)
                         .row();
    if (!row) {
        if (row.error() == StoreError::not_found) {
            return std::nullopt;
        }
        return fail(row.error());
    }
    auto endpoint = read_endpoint(*row);
    if (!endpoint) {
        report_unreadable("webhook_endpoints", id);
        return std::nullopt;
    }
    return std::optional(std::move(*endpoint));
}

Result<std::string, StoreError> select_payload(SqlConnection& connection, const std::string& id) {
    const auto row =
        SqlQuery(connection, "SELECT payload FROM webhook_events WHERE id = $1").bind(id).row();
    if (!row) {
        return fail(row.error());
    }
    return row->text(0);
}

Result<void, StoreError> claim_of(SqlConnection& connection, const WebhookEndpoint& endpoint,
                                  std::uint32_t count, WallTime now, WallTime until,
                                  std::vector<WebhookAttempt>& attempts) {
    const auto rows =
        SqlQuery(connection,
                 "UPDATE webhook_deliveries SET due_at = $1, attempts = attempts + 1,"
                 " attempted_at = $2 WHERE id IN"
                 " (SELECT d.id FROM webhook_deliveries d WHERE d.endpoint_id = $3"
                 " AND d.status = 'pending' AND d.due_at <= $2 AND NOT EXISTS"
                 " (SELECT 1 FROM webhook_deliveries p WHERE p.endpoint_id = d.endpoint_id"
                 " AND p.stream = d.stream AND p.status = 'pending' AND p.sequence < d.sequence)"
                 " ORDER BY d.due_at, d.id LIMIT $4 FOR UPDATE SKIP LOCKED)"
                 " RETURNING id, event_id, event_type, stream, attempts")
            .bind(until)
            .bind(now)
            .bind(endpoint.id)
            .bind(std::int64_t{count})
            .rows();
    if (!rows) {
        return fail(rows.error());
    }
    for (const SqlRow& row : *rows) {
        auto payload = select_payload(connection, row.text(1));
        if (!payload) {
            return fail(payload.error());
        }
        WebhookAttempt attempt;
        attempt.endpoint = endpoint;
        attempt.delivery_id = row.text(0);
        attempt.event_id = row.text(1);
        attempt.event_type = row.text(2);
        attempt.stream = row.text(3);
        attempt.number = static_cast<int>(row.number(4));
        attempt.payload = std::move(*payload);
        attempts.push_back(std::move(attempt));
    }
    return {};
}

Result<std::vector<WebhookAttempt>, StoreError> claim_all(SqlConnection& connection,
                                                          const std::vector<WebhookClaim>& claims,
                                                          milliseconds margin, WallTime now) {
    std::vector<WebhookAttempt> attempts;
    for (const WebhookClaim& claim : claims) {
        const auto endpoint = select_active(connection, claim.endpoint_id);
        if (!endpoint) {
            return fail(endpoint.error());
        }
        if (!*endpoint) {
            continue;
        }
        const WallTime until = now + (*endpoint)->timeout + margin;
        if (const auto claimed =
                claim_of(connection, **endpoint, claim.count, now, until, attempts);
            !claimed) {
            return fail(claimed.error());
        }
    }
    return attempts;
}

/// What comes after a delivery in its stream waits for it: there is no use in looking at it before.
Result<void, StoreError> move_followers(SqlConnection& connection, const WebhookOutcome& outcome) {
    const bool is_over = outcome.status != DeliveryStatus::pending;
    const char* later =
        "UPDATE webhook_deliveries SET due_at = $1 WHERE endpoint_id = $2 AND stream = $3"
        " AND status = 'pending' AND due_at < $1";
    const char* sooner =
        "UPDATE webhook_deliveries SET due_at = $1 WHERE endpoint_id = $2 AND stream = $3"
        " AND status = 'pending' AND due_at > $1 AND attempts = 0";
    const auto moved = SqlQuery(connection, is_over ? sooner : later)
                           .bind(is_over ? outcome.at : outcome.due_at)
                           .bind(outcome.endpoint_id)
                           .bind(outcome.stream)
                           .run();
    if (!moved) {
        return fail(moved.error());
    }
    return {};
}

Result<void, StoreError> disable(SqlConnection& connection, const WebhookOutcome& outcome) {
    const auto changed = SqlQuery(connection,
                                  "UPDATE webhook_endpoints SET is_active = FALSE,"
                                  " disabled_reason = $1, updated_at = $2 WHERE id = $3")
                             .bind(outcome.disables_endpoint)
                             .bind(outcome.at)
                             .bind(outcome.endpoint_id)
                             .run();
    if (!changed) {
        return fail(changed.error());
    }
    return give_up_pending(connection, outcome.endpoint_id, outcome.at);
}

Result<bool, StoreError> write_outcome(SqlConnection& connection, const WebhookOutcome& outcome) {
    const bool is_over = outcome.status != DeliveryStatus::pending;
    const auto changed =
        SqlQuery(connection,
                 "UPDATE webhook_deliveries SET status = $1, due_at = $2, response_status = $3,"
                 " response_body = $4, error = $5, duration_ms = $6, ended_at = $7"
                 " WHERE id = $8 AND status = 'pending' AND attempts = $9")
            .bind(name_of(outcome.status))
            .bind(is_over ? outcome.at : outcome.due_at)
            .bind(std::int64_t{outcome.response_status})
            .bind(outcome.response_body)
            .bind(outcome.error)
            .bind(std::int64_t{outcome.duration.count()})
            .bind(is_over ? std::optional(outcome.at) : std::nullopt)
            .bind(outcome.delivery_id)
            .bind(std::int64_t{outcome.number})
            .run();
    if (!changed) {
        return fail(changed.error());
    }
    if (*changed == 0) {
        return false;
    }
    const auto followed = outcome.disables_endpoint.empty() ? move_followers(connection, outcome)
                                                            : disable(connection, outcome);
    if (!followed) {
        return fail(followed.error());
    }
    return true;
}

Result<OutboxBacklog, StoreError> count_waiting(SqlConnection& connection, WallTime now) {
    const auto row = SqlQuery(connection,
                              "SELECT COUNT(*), MIN(due_at) FROM webhook_deliveries"
                              " WHERE status = 'pending' AND due_at <= $1")
                         .bind(now)
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

Result<std::uint64_t, StoreError> count_of(const Result<std::int64_t, StoreError>& changed) {
    if (!changed) {
        return fail(changed.error());
    }
    return static_cast<std::uint64_t>(*changed);
}

}  // namespace

WebhookQueue::Outcome<std::uint32_t> SqlWebhookQueue::fan_out(std::uint32_t limit) {
    // Nothing is written, and nobody waits for a writer, where there is nothing to do.
    const auto any = co_await database_.run(
        loop_, SqlAccess::read, [](SqlConnection& connection) { return has_stored(connection); });
    if (!any) {
        co_return fail(any.error());
    }
    if (!*any) {
        co_return 0U;
    }
    co_return co_await database_.run(loop_, SqlAccess::write,
                                     [limit, now = loop_.wall_now()](SqlConnection& connection) {
                                         return fan_out_events(connection, limit, now);
                                     });
}

WebhookQueue::Outcome<std::vector<std::string>> SqlWebhookQueue::due_endpoints(
    std::uint32_t limit) {
    return database_.run(loop_, SqlAccess::read,
                         [limit, now = loop_.wall_now()](SqlConnection& connection) {
                             return select_due(connection, now, limit);
                         });
}

WebhookQueue::Outcome<std::vector<WebhookAttempt>> SqlWebhookQueue::claim(
    std::vector<WebhookClaim> claims, milliseconds margin) {
    return database_.run(
        loop_, SqlAccess::write,
        [claims = std::move(claims), margin, now = loop_.wall_now()](SqlConnection& connection) {
            return claim_all(connection, claims, margin, now);
        });
}

WebhookQueue::Outcome<bool> SqlWebhookQueue::finish(WebhookOutcome outcome) {
    return database_.run(loop_, SqlAccess::write,
                         [outcome = std::move(outcome)](SqlConnection& connection) {
                             return write_outcome(connection, outcome);
                         });
}

WebhookQueue::Outcome<OutboxBacklog> SqlWebhookQueue::backlog() {
    return database_.run(loop_, SqlAccess::read,
                         [now = loop_.wall_now()](SqlConnection& connection) {
                             return count_waiting(connection, now);
                         });
}

WebhookQueue::Outcome<std::uint64_t> SqlWebhookQueue::erase_events(WallTime before,
                                                                   std::uint32_t limit) {
    return database_.run(loop_, SqlAccess::write, [before, limit](SqlConnection& connection) {
        return count_of(
            SqlQuery(connection,
                     "DELETE FROM webhook_events WHERE id IN (SELECT e.id FROM webhook_events e"
                     " WHERE e.created_at < $1 AND NOT EXISTS (SELECT 1 FROM webhook_deliveries"
                     " d WHERE d.event_id = e.id AND d.status = 'pending') LIMIT $2)")
                .bind(before)
                .bind(std::int64_t{limit})
                .run());
    });
}

WebhookQueue::Outcome<std::uint64_t> SqlWebhookQueue::erase_stored(WallTime before) {
    return database_.run(loop_, SqlAccess::write, [before](SqlConnection& connection) {
        return count_of(SqlQuery(connection,
                                 "DELETE FROM outbox WHERE webhooks_at IS NOT NULL"
                                 " AND webhooks_at < $1")
                            .bind(before)
                            .run());
    });
}

}  // namespace studio::adapters
