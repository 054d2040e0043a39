#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/call/call_record.hpp"
#include "ports/call_store.hpp"
#include "runtime/loop.hpp"
#include "runtime/task_scope.hpp"

namespace studio::services {

struct CallWriterOptions {
    /// A write that fails transiently is repeated after this, then after twice as long, up to the
    /// maximum: a database that restarts is back within seconds.
    milliseconds first_delay{100};
    milliseconds delay_max{2'000};
};

/// Writes one call's row and transcript to the store, in order and one write at a time. Records
/// that wait for an earlier write are overtaken by newer ones; entries never are. It repeats what
/// fails transiently until its scope is closed. One loop.
class CallWriter {
public:
    /// Why the call is not ours to write any more: `stale`, another worker holds it by now, and
    /// nothing more is written; `conflict`, its row was ended by somebody else while it is under
    /// way here, and only lines are written still. Not told of a final record: it is over anyway.
    using OnLost = std::function<void(StoreError)>;

    /// Borrows all, which outlive it.
    CallWriter(CallStore& store, runtime::Loop& loop, runtime::TaskScope& scope, OnLost on_lost,
               CallWriterOptions options = {});
    CallWriter(const CallWriter&) = delete;
    CallWriter& operator=(const CallWriter&) = delete;
    /// Checks that nothing is being written: wait for is_idle().
    ~CallWriter();

    void save(const core::CallRecord& record);
    void append(const core::CallRecord& record, const core::TranscriptEntry& entry);
    /// Runs `idle` once, as soon as everything given so far is written, was refused by the store or
    /// was given up because the scope closes. At once where that is so already.
    void when_idle(std::function<void()> idle);
    [[nodiscard]] bool is_idle() const { return !running_; }
    /// Forgets what is not written yet, and whatever comes.
    void drop();
    /// Entries that the store has not confirmed, oldest first.
    [[nodiscard]] std::vector<core::TranscriptEntry> unwritten() const;

private:
    void kick();
    [[nodiscard]] Task<void> run();
    // Whether a write that was refused is to be repeated.
    [[nodiscard]] bool on_refusal(StoreError error);
    // Whether the write is to be repeated.
    [[nodiscard]] Task<bool> write_entries();
    [[nodiscard]] Task<bool> write_record();

    CallStore& store_;
    runtime::Loop& loop_;
    runtime::TaskScope& scope_;
    OnLost on_lost_;
    CallWriterOptions options_;
    CallId call_id_;
    TenantId tenant_id_;
    std::uint64_t fencing_token_ = 0;
    std::vector<core::TranscriptEntry> entries_;
    // Being written.
    std::vector<core::TranscriptEntry> batch_;
    std::optional<core::CallRecord> record_;
    std::vector<std::function<void()>> on_idle_;
    bool running_ = false;
    bool dropped_ = false;
};

}  // namespace studio::services
