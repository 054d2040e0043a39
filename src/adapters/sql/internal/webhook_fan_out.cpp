#include "adapters/sql/internal/webhook_fan_out.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sql/internal/call_rows.hpp"
#include "adapters/sql/internal/readable_rows.hpp"
#include "adapters/sql/internal/webhook_rows.hpp"
#include "core/webhook/webhook_event.hpp"
#include "core/webhook/webhook_payload.hpp"

namespace studio::adapters {

namespace {

struct StoredEvent {
    std::string id;
    TenantId tenant_id;
    CallId call_id;
    std::uint64_t sequence = 0;
    std::string type;
    Json payload;
    WallTime created_at{};
};

Result<StoredEvent, StoreError> read_stored(const SqlRow& row) {
    auto payload = row.json(5);
    if (!payload) {
        return fail(payload.error());
    }
    StoredEvent event;
    event.id = row.text(0);
    event.tenant_id = TenantId(row.text(1));
    event.call_id = CallId(row.text(2));
    event.sequence = static_cast<std::uint64_t>(row.number(3));
    event.type = row.text(4);
    event.payload = std::move(*payload);
    event.created_at = row.time(6);
    return event;
}

std::string without(const std::string& id, std::string_view prefix) {
    return id.starts_with(prefix) ? id.substr(prefix.size()) : id;
}

/// What one transaction has read already.
class FanOut {
public:
    FanOut(SqlConnection& connection, WallTime now) : connection_(connection), now_(now) {}

    Result<void, StoreError> tell(const StoredEvent& stored) {
        const auto endpoints = endpoints_of(stored.tenant_id);
        if (!endpoints) {
            return fail(endpoints.error());
        }
        const auto types = core::webhook_events_of(stored.type);
        for (std::size_t index = 0; index < types.size(); ++index) {
            std::vector<std::string> wanting;
            for (const WebhookEndpoint& endpoint : **endpoints) {
                if (core::wants_event(endpoint.events, types[index])) {
                    wanting.push_back(endpoint.id);
                }
            }
            const std::uint64_t sequence = core::webhook_sequence(stored.sequence, index);
            if (!wanting.empty()) {
                if (const auto told = write(stored, types[index], sequence, wanting); !told) {
                    return told;
                }
            }
        }
        return {};
    }

private:
    Result<const std::vector<WebhookEndpoint>*, StoreError> endpoints_of(const TenantId& tenant) {
        const auto known = endpoints_.find(tenant);
        if (known != endpoints_.end()) {
            return &known->second;
        }
        // Locked: whoever switches one off meanwhile gives up what is written here, too.
        const auto rows = SqlQuery(connection_, "SELECT " STUDIO_ENDPOINT_COLUMNS
                                                " FROM webhook_endpoints WHERE tenant_id = $1"
                                                " AND is_active ORDER BY created_at, id FOR UPDATE")
                              .bind(tenant.text())
                              .rows();
        if (!rows) {
            return fail(rows.error());
        }
        auto& kept = endpoints_[tenant];
        kept = read_rows<WebhookEndpoint>("webhook_endpoints", *rows, read_endpoint).items;
        return &kept;
    }

    /// The call as it is now; one that cannot be read is as good as one without figures.
    Result<core::CallRecord, StoreError> call_of(const StoredEvent& stored) {
        const auto row = SqlQuery(connection_, "SELECT " STUDIO_CALL_READ_COLUMNS
                                               " FROM calls WHERE tenant_id = $1 AND id = $2")
                             .bind(stored.tenant_id.text())
                             .bind(stored.call_id.text())
                             .row();
        if (!row) {
            return fail(row.error());
        }
        auto record = read_call(*row);
        if (record) {
            return record;
        }
        core::CallRecord empty;
        empty.id = stored.call_id;
        return empty;
    }

    Result<std::vector<core::TranscriptEntry>, StoreError> transcript_of(
        const StoredEvent& stored) {
        const auto rows = SqlQuery(connection_, "SELECT " STUDIO_ENTRY_COLUMNS
                                                " FROM transcript_entries WHERE tenant_id = $1"
                                                " AND call_id = $2 ORDER BY sequence")
                              .bind(stored.tenant_id.text())
                              .bind(stored.call_id.text())
                              .rows();
        if (!rows) {
            return fail(rows.error());
        }
        return read_rows<core::TranscriptEntry>("transcript_entries", *rows, read_entry).items;
    }

    Result<std::string, StoreError> body_of(const StoredEvent& stored, std::string_view type,
                                            const std::string& id) {
        const auto record = call_of(stored);
        if (!record) {
            return fail(record.error());
        }
        const bool is_end = core::webhook_events_of(stored.type).size() > 1;
        std::vector<core::TranscriptEntry> transcript;
        if (is_end) {
            auto lines = transcript_of(stored);
            if (!lines) {
                return fail(lines.error());
            }
            transcript = std::move(*lines);
        }
        core::WebhookEnvelope envelope;
        envelope.id = id;
        envelope.type = type;
        envelope.tenant_id = stored.tenant_id;
        envelope.created = stored.created_at;
        envelope.livemode = record->livemode;
        envelope.data = core::webhook_data(stored.payload, *record, transcript, is_end);
        return core::webhook_body(std::move(envelope));
    }

    Result<void, StoreError> write(const StoredEvent& stored, std::string_view type,
                                   std::uint64_t sequence,
                                   const std::vector<std::string>& endpoint_ids) {
        const std::string id = core::webhook_event_id(stored.call_id, sequence);
        auto body = body_of(stored, type, id);
        if (!body) {
            return fail(body.error());
        }
        const WebhookEventRow event{
            id, stored.tenant_id, stored.call_id.text(), std::string(type), std::move(*body), now_};
        if (const auto inserted = insert_event(connection_, event); !inserted) {
            return inserted;
        }
        for (const std::string& endpoint_id : endpoint_ids) {
            WebhookDelivery delivery;
            // The same whoever makes it: that there is one of each is the schema's to hold.
            delivery.id = "whd_" + without(id, "evt_") + '_' + without(endpoint_id, "we_");
            delivery.endpoint_id = endpoint_id;
            delivery.event_id = id;
            delivery.event_type = type;
            delivery.stream = stored.call_id.text();
            delivery.sequence = sequence;
            delivery.created_at = delivery.due_at = now_;
            const auto inserted = insert_delivery(connection_, stored.tenant_id, delivery);
            if (!inserted) {
                return inserted;
            }
        }
        return {};
    }

    SqlConnection& connection_;
    WallTime now_;
    std::map<TenantId, std::vector<WebhookEndpoint>> endpoints_;
};

Result<void, StoreError> mark(SqlConnection& connection, const std::string& id, WallTime now) {
    const auto marked = SqlQuery(connection, "UPDATE outbox SET webhooks_at = $1 WHERE id = $2")
                            .bind(now)
                            .bind(id)
                            .run();
    if (!marked) {
        return fail(marked.error());
    }
    return {};
}

}  // namespace

Result<std::uint32_t, StoreError> fan_out_events(SqlConnection& connection, std::uint32_t limit,
                                                 WallTime now) {
    const auto lock = SqlQuery(connection,
                               "SELECT id FROM webhook_fan_out WHERE id = 1"
                               " FOR UPDATE SKIP LOCKED")
                          .rows();
    if (!lock) {
        return fail(lock.error());
    }
    if (lock->empty()) {
        return 0U;
    }
    const auto rows =
        SqlQuery(connection,
                 "SELECT id, tenant_id, call_id, sequence, type, payload, created_at FROM outbox"
                 " WHERE webhooks_at IS NULL AND call_id IN (SELECT call_id FROM outbox"
                 " WHERE webhooks_at IS NULL ORDER BY created_at, id LIMIT $1)"
                 " ORDER BY call_id, sequence")
            .bind(std::int64_t{limit})
            .rows();
    if (!rows) {
        return fail(rows.error());
    }
    const auto readable = read_rows<StoredEvent>("outbox", *rows, read_stored);
    FanOut fan_out(connection, now);
    for (const StoredEvent& stored : readable.items) {
        if (const auto told = fan_out.tell(stored); !told) {
            return fail(told.error());
        }
    }
    for (const SqlRow& row : *rows) {
        if (const auto marked = mark(connection, row.text(0), now); !marked) {
            return fail(marked.error());
        }
    }
    return static_cast<std::uint32_t>(rows->size());
}

}  // namespace studio::adapters
