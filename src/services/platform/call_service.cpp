#include "services/platform/call_service.hpp"

#include <utility>

namespace studio::services {

ServiceTask<core::CallRecord> CallReader::load(TenantId tenant, CallId id) {
    auto record = co_await store_.load(std::move(tenant), std::move(id));
    if (!record) {
        co_return fail(from_store(record.error(), "call"));
    }
    co_return std::move(*record);
}

ServiceTask<Page<core::CallRecord>> CallReader::list(TenantId tenant, CallFilter filter) {
    auto page = co_await store_.list(std::move(tenant), std::move(filter));
    if (!page) {
        co_return fail(from_store(page.error(), "call"));
    }
    co_return std::move(*page);
}

ServiceTask<std::vector<core::TranscriptEntry>> CallReader::transcript(TenantId tenant, CallId id) {
    auto entries = co_await store_.load_transcript(std::move(tenant), std::move(id));
    if (!entries) {
        co_return fail(from_store(entries.error(), "call"));
    }
    co_return std::move(*entries);
}

void end_by_api(core::CallRecord& record, WallTime now) {
    const bool had_begun = record.status == core::CallStatus::active;
    record.status = had_begun ? core::CallStatus::completed : core::CallStatus::failed;
    record.status_reason = had_begun ? ended_by_api : "cancelled";
    record.ended_at = now;
}

ServiceError call_is_over(const core::CallRecord& record) {
    return {ServiceErrorCode::conflict,
            "the call is over: " + std::string(core::name_of(record.status)),
            {}};
}

}  // namespace studio::services
