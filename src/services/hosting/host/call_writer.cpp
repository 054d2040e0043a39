#include "services/hosting/host/call_writer.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::services {
namespace {

/// What a refused write means to people; only `unavailable` is ever repeated.
const char* describe(StoreError error) {
    switch (error) {
        case StoreError::not_found:
            return "the call is not in the store";
        case StoreError::conflict:
            return "the call has ended already";
        case StoreError::unavailable:
            return "the store is away";
        case StoreError::corrupt:
            return "the store is damaged";
        case StoreError::stale:
            return "another worker holds the call";
        case StoreError::in_use:
        case StoreError::dangling:
            break;
    }
    return "unknown";
}

void report_refusal(const CallId& call_id, StoreError error) {
    static Counter& refused = metrics().counter("studio_call_writes_refused_total",
                                                "Writes of calls that the store refused for good.");
    refused.add();
    STUDIO_LOG(error, "call_write_refused", {"call_id", call_id}, {"why", describe(error)});
}

}  // namespace

CallWriter::CallWriter(CallStore& store, runtime::Loop& loop, runtime::TaskScope& scope,
                       OnLost on_lost, CallWriterOptions options)
    : store_(store), loop_(loop), scope_(scope), on_lost_(std::move(on_lost)), options_(options) {}

CallWriter::~CallWriter() {
    STUDIO_CHECK(!running_, "a call writer is idle when it goes");
}

void CallWriter::save(const core::CallRecord& record) {
    if (dropped_) {
        return;
    }
    call_id_ = record.id;
    tenant_id_ = record.tenant_id;
    fencing_token_ = record.fencing_token;
    record_ = record;
    kick();
}

void CallWriter::append(const core::CallRecord& record, const core::TranscriptEntry& entry) {
    if (dropped_) {
        return;
    }
    call_id_ = record.id;
    tenant_id_ = record.tenant_id;
    fencing_token_ = record.fencing_token;
    entries_.push_back(entry);
    kick();
}

void CallWriter::when_idle(std::function<void()> idle) {
    if (!running_) {
        idle();
        return;
    }
    on_idle_.push_back(std::move(idle));
}

void CallWriter::drop() {
    dropped_ = true;
    entries_.clear();
    record_.reset();
}

std::vector<core::TranscriptEntry> CallWriter::unwritten() const {
    std::vector<core::TranscriptEntry> all = batch_;
    all.insert(all.end(), entries_.begin(), entries_.end());
    return all;
}

void CallWriter::kick() {
    if (!running_ && !scope_.token().is_cancelled()) {
        running_ = true;
        scope_.spawn(run());
    }
}

Task<void> CallWriter::run() {
    milliseconds delay = options_.first_delay;
    while (!entries_.empty() || record_) {
        const bool again = entries_.empty() ? co_await write_record() : co_await write_entries();
        if (!again) {
            delay = options_.first_delay;
            continue;
        }
        if (!co_await runtime::sleep_for(loop_, delay, scope_.token())) {
            STUDIO_LOG(error, "call_writes_given_up", {"call_id", call_id_},
                       {"entries", entries_.size()});
            break;
        }
        delay = std::min(delay * 2, options_.delay_max);
    }
    running_ = false;
    // A listener may destroy the writer: nothing of it is touched after the first.
    for (const auto& idle : std::exchange(on_idle_, {})) {
        idle();
    }
}

Task<bool> CallWriter::write_entries() {
    batch_ = std::exchange(entries_, {});
    TranscriptWrite write;
    write.tenant_id = tenant_id_;
    write.call_id = call_id_;
    write.fencing_token = fencing_token_;
    write.entries = batch_;
    const auto outcome = co_await store_.append_transcript(std::move(write));
    const std::vector<core::TranscriptEntry> batch = std::exchange(batch_, {});
    if (outcome || dropped_) {
        co_return false;
    }
    if (is_transient(outcome.error())) {
        entries_.insert(entries_.begin(), batch.begin(), batch.end());
    }
    co_return on_refusal(outcome.error());
}

bool CallWriter::on_refusal(StoreError error) {
    if (is_transient(error)) {
        return true;
    }
    if (error == StoreError::stale) {
        drop();
        if (on_lost_) {
            on_lost_(error);
        }
        return false;
    }
    report_refusal(call_id_, error);
    return false;
}

Task<bool> CallWriter::write_record() {
    const core::CallRecord record = *std::exchange(record_, std::nullopt);
    const auto outcome = co_await store_.save(record);
    if (outcome || dropped_) {
        co_return false;
    }
    if (is_transient(outcome.error())) {
        record_ = record_ ? record_ : record;
    }
    const bool repeats = on_refusal(outcome.error());
    if (outcome.error() == StoreError::conflict && !core::is_final(record.status) && on_lost_) {
        on_lost_(StoreError::conflict);
    }
    co_return repeats;
}

}  // namespace studio::services
