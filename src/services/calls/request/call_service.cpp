#include "services/calls/request/call_service.hpp"

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

}  // namespace studio::services
