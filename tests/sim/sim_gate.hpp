#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ports/call_journal.hpp"
#include "ports/call_store.hpp"
#include "ports/job_queue.hpp"
#include "runtime/task_scope.hpp"

namespace studio::sim {

/// Between one worker and the world: a worker that was killed has no effect any more, whatever its
/// remains still do, and learns nothing.
struct Gate {
    runtime::Loop& loop;
    bool is_alive = true;
    const bool& store_is_up;
    /// Final rows that the store accepted, by call.
    std::map<CallId, int>& ends;

    [[nodiscard]] Task<bool> pass() const { return runtime::sleep_for(loop, milliseconds(2)); }
};

class GatedJobQueue final : public JobQueue {
public:
    GatedJobQueue(JobQueue& inner, const Gate& gate) : inner_(inner), gate_(gate) {}

    Outcome<bool> push(core::Job job, AdmissionLimits limits) override {
        co_return co_await through(inner_.push(std::move(job), limits));
    }
    Outcome<std::optional<Lease>> take(TakeRequest request, milliseconds wait) override {
        co_return co_await through(inner_.take(std::move(request), wait));
    }
    Outcome<Lease> take_directly(core::Job job, AdmissionLimits limits,
                                 TakeRequest request) override {
        co_return co_await through(
            inner_.take_directly(std::move(job), limits, std::move(request)));
    }
    Outcome<RenewOutcome> renew(std::string worker_id, std::vector<Lease> leases,
                                milliseconds lease_duration) override {
        co_return co_await through(
            inner_.renew(std::move(worker_id), std::move(leases), lease_duration));
    }
    Outcome<Cancellation> cancel(CallId call_id) override {
        co_return co_await through(inner_.cancel(std::move(call_id)));
    }
    Outcome<std::vector<CallId>> restore(std::vector<core::Job> jobs) override {
        co_return co_await through(inner_.restore(std::move(jobs)));
    }
    Outcome<bool> acknowledge(LeaseKey key) override {
        co_return co_await through(inner_.acknowledge(std::move(key)));
    }
    Outcome<bool> release(LeaseKey key, bool counts) override {
        co_return co_await through(inner_.release(std::move(key), counts));
    }
    Outcome<ReapOutcome> reap() override { co_return co_await through(inner_.reap()); }
    Outcome<QueueDepth> depth() override { co_return co_await through(inner_.depth()); }

private:
    template <class Value>
    Outcome<Value> through(Outcome<Value> operation) {
        [[maybe_unused]] const bool passed = co_await gate_.pass();
        if (!gate_.is_alive) {
            co_return fail(QueueError::unavailable);
        }
        auto outcome = co_await std::move(operation);
        if (!gate_.is_alive) {
            co_return fail(QueueError::unavailable);
        }
        co_return outcome;
    }

    JobQueue& inner_;
    const Gate& gate_;
};

class GatedCallJournal final : public CallJournal {
public:
    GatedCallJournal(CallJournal& inner, const Gate& gate) : inner_(inner), gate_(gate) {}

    Outcome<bool> save(LeaseKey key, std::string snapshot) override {
        co_return co_await through(inner_.save(std::move(key), std::move(snapshot)));
    }
    Outcome<std::optional<std::string>> load(LeaseKey key) override {
        co_return co_await through(inner_.load(std::move(key)));
    }
    Outcome<EffectState> begin_effect(LeaseKey key, std::string effect) override {
        co_return co_await through(inner_.begin_effect(std::move(key), std::move(effect)));
    }
    Outcome<bool> finish_effect(LeaseKey key, std::string effect, std::string result) override {
        co_return co_await through(
            inner_.finish_effect(std::move(key), std::move(effect), std::move(result)));
    }
    Outcome<bool> erase(LeaseKey key) override {
        co_return co_await through(inner_.erase(std::move(key)));
    }

private:
    template <class Value>
    Outcome<Value> through(Outcome<Value> operation) {
        [[maybe_unused]] const bool passed = co_await gate_.pass();
        if (!gate_.is_alive) {
            co_return fail(JournalError::unavailable);
        }
        auto outcome = co_await std::move(operation);
        if (!gate_.is_alive) {
            co_return fail(JournalError::unavailable);
        }
        co_return outcome;
    }

    CallJournal& inner_;
    const Gate& gate_;
};

class GatedCallStore final : public CallStore {
public:
    GatedCallStore(CallStore& inner, const Gate& gate) : inner_(inner), gate_(gate) {}

    Outcome<bool> create(core::CallRecord record) override {
        co_return co_await through(inner_.create(std::move(record)));
    }
    Outcome<core::CallRecord> load(TenantId tenant, CallId id) override {
        co_return co_await through(inner_.load(std::move(tenant), std::move(id)));
    }
    Outcome<core::CallRecord> claim(TenantId tenant, CallId id,
                                    std::uint64_t fencing_token) override {
        co_return co_await through(inner_.claim(std::move(tenant), std::move(id), fencing_token));
    }
    Outcome<Page<core::CallRecord>> list(TenantId tenant, CallFilter filter) override {
        co_return co_await through(inner_.list(std::move(tenant), std::move(filter)));
    }
    Outcome<bool> save(core::CallRecord record) override {
        co_return co_await through(save_and_count(std::move(record)));
    }
    Outcome<bool> append_transcript(TranscriptWrite write) override {
        co_return co_await through(inner_.append_transcript(std::move(write)));
    }
    Outcome<std::vector<core::TranscriptEntry>> load_transcript(TenantId tenant,
                                                                CallId id) override {
        co_return co_await through(inner_.load_transcript(std::move(tenant), std::move(id)));
    }

private:
    Outcome<bool> save_and_count(core::CallRecord record) {
        const CallId id = record.id;
        const bool is_final = core::is_final(record.status);
        const auto outcome = co_await inner_.save(std::move(record));
        if (outcome && is_final) {
            ++gate_.ends[id];
        }
        co_return outcome;
    }
    template <class Value>
    Outcome<Value> through(Outcome<Value> operation) {
        [[maybe_unused]] const bool passed = co_await gate_.pass();
        if (!gate_.is_alive || !gate_.store_is_up) {
            co_return fail(StoreError::unavailable);
        }
        auto outcome = co_await std::move(operation);
        if (!gate_.is_alive) {
            co_return fail(StoreError::unavailable);
        }
        co_return outcome;
    }

    CallStore& inner_;
    const Gate& gate_;
};

}  // namespace studio::sim
