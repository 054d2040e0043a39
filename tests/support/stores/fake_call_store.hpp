#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "ports/call_store.hpp"

namespace studio::testing {

/// CallStore in memory. One loop; answers at once.
class FakeCallStore final : public CallStore {
public:
    Outcome<bool> create(core::CallRecord record) override {
        const CallId id = record.id;
        if (!calls_.emplace(id, Row{std::move(record), {}}).second) {
            co_return fail(StoreError::conflict);
        }
        co_return true;
    }
    Outcome<core::CallRecord> load(TenantId tenant, CallId id) override {
        const Row* row = find(tenant, id);
        if (row == nullptr) {
            co_return fail(StoreError::not_found);
        }
        co_return row->record;
    }
    Outcome<Page<core::CallRecord>> list(TenantId tenant, CallFilter filter) override {
        std::vector<core::CallRecord> all;
        for (const auto& [id, row] : calls_) {
            const core::CallRecord& record = row.record;
            if (record.tenant_id == tenant && (!filter.status || *filter.status == record.status) &&
                (filter.agent_name.empty() || filter.agent_name == record.agent_name)) {
                all.push_back(record);
            }
        }
        std::sort(all.begin(), all.end(), [](const auto& left, const auto& right) {
            return std::pair(left.created_at, left.id) > std::pair(right.created_at, right.id);
        });
        Page<core::CallRecord> page;
        page.total = all.size();
        for (std::size_t index = filter.page.offset;
             index < all.size() && page.items.size() < filter.page.limit; ++index) {
            page.items.push_back(all[index]);
        }
        co_return page;
    }
    Outcome<bool> save(core::CallRecord record) override {
        Row* row = find(record.tenant_id, record.id);
        if (row == nullptr) {
            co_return fail(StoreError::not_found);
        }
        if (core::is_final(row->record.status)) {
            co_return fail(StoreError::conflict);
        }
        row->record = std::move(record);
        co_return true;
    }
    Outcome<bool> append_transcript(TenantId tenant, CallId id,
                                    std::vector<core::TranscriptEntry> entries) override {
        Row* row = find(tenant, id);
        if (row == nullptr) {
            co_return fail(StoreError::not_found);
        }
        for (core::TranscriptEntry& entry : entries) {
            const std::uint32_t sequence = entry.sequence;
            row->entries.emplace(sequence, std::move(entry));
        }
        co_return true;
    }
    Outcome<std::vector<core::TranscriptEntry>> load_transcript(TenantId tenant,
                                                                CallId id) override {
        const Row* row = find(tenant, id);
        if (row == nullptr) {
            co_return fail(StoreError::not_found);
        }
        std::vector<core::TranscriptEntry> entries;
        for (const auto& [sequence, entry] : row->entries) {
            entries.push_back(entry);
        }
        co_return entries;
    }
    Outcome<std::uint64_t> fail_unfinished(std::string reason) override {
        std::uint64_t count = 0;
        for (auto& [id, row] : calls_) {
            if (!core::is_final(row.record.status)) {
                row.record.status = core::CallStatus::failed;
                row.record.status_reason = reason;
                row.record.ended_at = row.record.created_at;
                ++count;
            }
        }
        co_return count;
    }

private:
    struct Row {
        core::CallRecord record;
        std::map<std::uint32_t, core::TranscriptEntry> entries;
    };

    Row* find(const TenantId& tenant, const CallId& id) {
        const auto found = calls_.find(id);
        return found == calls_.end() || found->second.record.tenant_id != tenant ? nullptr
                                                                                 : &found->second;
    }

    std::map<CallId, Row> calls_;
};

}  // namespace studio::testing
