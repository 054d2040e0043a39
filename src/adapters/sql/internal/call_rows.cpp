#include "adapters/sql/internal/call_rows.hpp"

#include "core/call/call_json.hpp"

namespace studio::adapters {

void bind_call(SqlQuery& query, const core::CallRecord& record) {
    query.bind(record.id.text())
        .bind(record.tenant_id.text())
        .bind(record.agent_name)
        .bind(record.user_id)
        .bind(core::name_of(record.status))
        .bind(record.status_reason)
        .bind(core::name_of(record.direction))
        .bind(core::name_of(record.type))
        .bind(record.user_context)
        .bind(record.metadata)
        .bind(core::names_to_json(record.agent_history))
        .bind(core::metrics_to_json(record.metrics))
        .bind(record.created_at)
        .bind(record.started_at)
        .bind(record.ended_at)
        .bind(record.room_name)
        .bind(record.phone_number.reveal())
        .bind(static_cast<std::int64_t>(record.fencing_token))
        .bind(core::errors_to_json(record.errors))
        .bind(record.workflow_id)
        .bind(record.workflow_slug)
        .bind(record.livemode)
        .bind(core::usage_to_json(record.usage));
}

Result<core::CallRecord, StoreError> read_call(const SqlRow& row) {
    const auto status = core::parse_call_status(row.text(4));
    auto user_context = row.json(8);
    auto metadata = row.json(9);
    const auto history = row.json(10);
    const auto metrics = row.json(11);
    const auto errors = row.json(18);
    if (!status || !user_context || !metadata || !history || !metrics || !errors) {
        return fail(StoreError::corrupt);
    }
    auto names = core::names_from_json(*history);
    if (!names) {
        return fail(StoreError::corrupt);
    }
    core::CallRecord record;
    record.id = CallId(row.text(0));
    record.tenant_id = TenantId(row.text(1));
    record.agent_name = row.text(2);
    record.user_id = row.text(3);
    record.status = *status;
    record.status_reason = row.text(5);
    record.direction = row.text(6) == core::name_of(core::CallDirection::outbound)
                           ? core::CallDirection::outbound
                           : core::CallDirection::inbound;
    record.type = row.text(7) == core::name_of(core::CallType::sip) ? core::CallType::sip
                                                                    : core::CallType::voip;
    record.user_context = std::move(*user_context);
    record.metadata = std::move(*metadata);
    record.agent_history = std::move(*names);
    record.metrics = core::metrics_from_json(*metrics);
    record.created_at = row.time(12);
    record.started_at = row.optional_time(13);
    record.ended_at = row.optional_time(14);
    record.room_name = row.text(15);
    record.phone_number = Pii<std::string>(row.text(16));
    record.fencing_token = static_cast<std::uint64_t>(row.number(17));
    record.errors = core::errors_from_json(*errors);
    record.workflow_id = row.text(19);
    record.workflow_slug = row.text(20);
    record.livemode = row.truth(21);
    // Figures keep no call from being read.
    record.usage = core::usage_from_json(row.json(22).value_or(Json(nullptr)));
    record.alive_at = row.optional_time(23);
    return record;
}

void bind_entry(SqlQuery& query, const core::TranscriptEntry& entry) {
    query.bind(std::int64_t{entry.sequence})
        .bind(core::name_of(entry.role))
        .bind(entry.content)
        .bind(entry.agent)
        .bind(entry.timestamp)
        .bind(entry.interrupted);
    if (entry.latency) {
        query.bind(core::latency_to_json(*entry.latency));
    } else {
        query.bind_null();
    }
    if (entry.tool.is_null()) {
        query.bind_null();
    } else {
        query.bind(entry.tool);
    }
}

Result<core::TranscriptEntry, StoreError> read_entry(const SqlRow& row) {
    const auto role = core::parse_transcript_role(row.text(1));
    if (!role) {
        return fail(StoreError::corrupt);
    }
    core::TranscriptEntry entry;
    entry.sequence = static_cast<std::uint32_t>(row.number(0));
    entry.role = *role;
    entry.content = row.text(2);
    entry.agent = row.text(3);
    entry.timestamp = row.time(4);
    entry.interrupted = row.truth(5);
    if (!row.is_null(6)) {
        const auto latency = row.json(6);
        if (!latency) {
            return fail(latency.error());
        }
        entry.latency = core::latency_from_json(*latency);
    }
    if (!row.is_null(7)) {
        auto tool = row.json(7);
        if (!tool) {
            return fail(tool.error());
        }
        entry.tool = std::move(*tool);
    }
    return entry;
}

}  // namespace studio::adapters
