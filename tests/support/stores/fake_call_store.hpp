#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/call/call_event.hpp"
#include "core/call/ending.hpp"
#include "ports/call_recovery.hpp"
#include "ports/call_store.hpp"
#include "ports/outbox_store.hpp"
#include "runtime/loop.hpp"
#include "support/stores/call_fits.hpp"

namespace studio::testing {

/// CallStore in memory. One loop; answers at once.
class FakeCallStore final : public CallStore {
public:
    Outcome<bool> create(core::CallRecord record) override {
        const CallId id = record.id;
        const auto [row, is_new] = calls_.emplace(id, Row{std::move(record), {}, 0});
        if (!is_new) {
            co_return fail(StoreError::conflict);
        }
        tell(row->second, core::events_of_new(row->second.record));
        co_return true;
    }
    Outcome<core::CallRecord> load(TenantId tenant, CallId id) override {
        const Row* row = find(tenant, id);
        if (row == nullptr) {
            co_return fail(StoreError::not_found);
        }
        co_return row->record;
    }
    Outcome<core::CallRecord> claim(TenantId tenant, CallId id,
                                    std::uint64_t fencing_token) override {
        Row* row = find(tenant, id);
        if (row == nullptr) {
            co_return fail(StoreError::not_found);
        }
        if (row->record.fencing_token > fencing_token) {
            co_return fail(StoreError::stale);
        }
        if (!core::is_final(row->record.status)) {
            row->record.fencing_token = fencing_token;
        }
        co_return row->record;
    }
    Outcome<Page<core::CallRecord>> list(TenantId tenant, CallFilter filter) override {
        std::vector<core::CallRecord> all;
        for (const auto& [id, row] : calls_) {
            if (row.record.tenant_id == tenant && fits(row.record, filter)) {
                all.push_back(row.record);
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
        page.total = filter.behind ? page.items.size() : page.total;
        co_return page;
    }
    Outcome<bool> save(core::CallRecord record) override {
        Row* row = find(record.tenant_id, record.id);
        if (row == nullptr) {
            co_return fail(StoreError::not_found);
        }
        if (row->record.fencing_token > record.fencing_token) {
            co_return fail(StoreError::stale);
        }
        if (core::is_final(row->record.status)) {
            co_return fail(StoreError::conflict);
        }
        change(*row, std::move(record));
        co_return true;
    }
    Outcome<bool> append_transcript(TranscriptWrite write) override {
        Row* row = find(write.tenant_id, write.call_id);
        if (row == nullptr) {
            co_return fail(StoreError::not_found);
        }
        const bool is_stale = row->record.fencing_token > write.fencing_token;
        if (is_stale && !write.late) {
            co_return fail(StoreError::stale);
        }
        row->record.fencing_token = std::max(row->record.fencing_token, write.fencing_token);
        std::uint64_t end = std::numeric_limits<std::uint64_t>::max();
        for (const auto& [sequence, line] : row->lines) {
            if (line.fencing_token > write.fencing_token) {
                end = sequence;
                break;
            }
        }
        for (core::TranscriptEntry& entry : write.entries) {
            const std::uint32_t sequence = entry.sequence;
            const auto present = row->lines.find(sequence);
            if (sequence < end && (present == row->lines.end() ||
                                   present->second.fencing_token < write.fencing_token)) {
                row->lines.insert_or_assign(sequence, Line{std::move(entry), write.fencing_token});
            }
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
        for (const auto& [sequence, line] : row->lines) {
            entries.push_back(line.entry);
        }
        co_return entries;
    }

private:
    friend class FakeCallRecovery;
    friend class FakeOutboxStore;

    struct Line {
        core::TranscriptEntry entry;
        std::uint64_t fencing_token = 0;
    };
    struct Row {
        core::CallRecord record;
        std::map<std::uint32_t, Line> lines;
        std::uint64_t events = 0;
    };
    struct Waiting {
        OutboxEvent event;
        WallTime claimed_until{};
        std::optional<WallTime> delivered_at;
    };

    Row* find(const TenantId& tenant, const CallId& id) {
        const auto found = calls_.find(id);
        return found == calls_.end() || found->second.record.tenant_id != tenant ? nullptr
                                                                                 : &found->second;
    }
    void change(Row& row, core::CallRecord record) {
        const core::CallRecord before = std::exchange(row.record, std::move(record));
        row.record.alive_at = before.alive_at;
        row.record.livemode = before.livemode && row.record.livemode;
        tell(row, core::events_of_change({before.status, before.agent_history.size()}, row.record));
    }
    void tell(Row& row, const std::vector<core::CallEvent>& types) {
        for (const core::CallEvent type : types) {
            OutboxEvent event;
            event.sequence = ++row.events;
            event.id = row.record.id.text() + ':' + std::to_string(event.sequence);
            event.tenant_id = row.record.tenant_id;
            event.call_id = row.record.id;
            event.type = core::name_of(type);
            event.payload = core::event_payload(row.record);
            outbox_.push_back({std::move(event), {}, {}});
        }
    }

    std::map<CallId, Row> calls_;
    std::vector<Waiting> outbox_;
};

/// CallRecovery on the calls of a FakeCallStore, which outlives it.
class FakeCallRecovery final : public CallRecovery {
public:
    explicit FakeCallRecovery(FakeCallStore& store, runtime::Loop* loop = nullptr)
        : store_(store), loop_(loop) {}

    Outcome<std::vector<core::CallRecord>> list_pending(WallTime before,
                                                        std::uint32_t limit) override {
        std::vector<core::CallRecord> found;
        for (const auto& [id, row] : store_.calls_) {
            if (row.record.status == core::CallStatus::pending && !row.record.room_name.empty() &&
                row.record.created_at < before) {
                found.push_back(row.record);
            }
        }
        std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) {
            return std::tie(left.created_at, left.id) < std::tie(right.created_at, right.id);
        });
        found.resize(std::min<std::size_t>(found.size(), limit));
        co_return found;
    }
    Outcome<std::vector<core::CallRecord>> list_held(WallTime after, CallId after_id,
                                                     std::uint32_t limit) override {
        std::vector<core::CallRecord> found;
        for (const auto& [id, row] : store_.calls_) {
            const core::CallRecord& one = row.record;
            if (one.status != core::CallStatus::pending && !core::is_final(one.status) &&
                !one.room_name.empty() &&
                std::tie(one.created_at, one.id) > std::tie(after, after_id)) {
                found.push_back(one);
            }
        }
        std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) {
            return std::tie(left.created_at, left.id) < std::tie(right.created_at, right.id);
        });
        found.resize(std::min<std::size_t>(found.size(), limit));
        co_return found;
    }
    Outcome<bool> note_alive(std::vector<CallId> ids) override {
        for (const CallId& id : ids) {
            const auto found = store_.calls_.find(id);
            if (found != store_.calls_.end() && !core::is_final(found->second.record.status)) {
                found->second.record.alive_at = now();
            }
        }
        co_return true;
    }
    Outcome<std::uint64_t> fail_unfinished() override {
        std::uint64_t count = 0;
        for (auto& [id, row] : store_.calls_) {
            if (!core::is_final(row.record.status)) {
                core::CallRecord record = row.record;
                WallTime lived_until = record.alive_at.value_or(record.created_at);
                for (const auto& [sequence, line] : row.lines) {
                    lived_until = std::max(lived_until, line.entry.timestamp);
                }
                core::end_record(record, core::EndReason::process_died, lived_until);
                store_.change(row, std::move(record));
                ++count;
            }
        }
        co_return count;
    }

private:
    [[nodiscard]] WallTime now() const { return loop_ == nullptr ? WallTime{} : loop_->wall_now(); }

    FakeCallStore& store_;
    /// The clock; nullptr for one that stands still.
    runtime::Loop* loop_;
};

/// OutboxStore of the events of a FakeCallStore, which outlives it. Its clock is the loop's.
class FakeOutboxStore final : public OutboxStore {
public:
    FakeOutboxStore(FakeCallStore& store, runtime::Loop& loop) : store_(store), loop_(loop) {}

    Outcome<std::vector<OutboxEvent>> take(std::uint32_t limit, milliseconds claim) override {
        std::vector<OutboxEvent> taken;
        for (auto& waiting : store_.outbox_) {
            if (taken.size() < limit && !waiting.delivered_at &&
                waiting.claimed_until <= loop_.wall_now()) {
                waiting.claimed_until = loop_.wall_now() + claim;
                ++waiting.event.attempts;
                taken.push_back(waiting.event);
            }
        }
        co_return taken;
    }
    Outcome<bool> mark_delivered(std::vector<std::string> ids) override {
        for (auto& waiting : store_.outbox_) {
            if (std::find(ids.begin(), ids.end(), waiting.event.id) != ids.end()) {
                waiting.delivered_at = loop_.wall_now();
            }
        }
        co_return true;
    }
    Outcome<OutboxBacklog> backlog() override {
        OutboxBacklog backlog;
        for (const auto& waiting : store_.outbox_) {
            backlog.waiting += waiting.delivered_at ? 0U : 1U;
        }
        co_return backlog;
    }
    Outcome<std::uint64_t> erase_delivered(WallTime before) override {
        co_return std::erase_if(store_.outbox_, [&](const auto& waiting) {
            return waiting.delivered_at && *waiting.delivered_at < before;
        });
    }

private:
    FakeCallStore& store_;
    runtime::Loop& loop_;
};

}  // namespace studio::testing
