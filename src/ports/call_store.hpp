#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "core/call/call_record.hpp"
#include "ports/store_error.hpp"

namespace studio {

/// What to list; empty fields do not filter. Newest first.
struct CallFilter {
    std::optional<core::CallStatus> status;
    std::string agent_name;
    PageRequest page;
};

/// Calls and their transcripts. Every operation is scoped to a tenant: another tenant's row is
/// not_found. Any loop may call; the task resumes on the loop that awaits it.
class CallStore : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// A new row; conflict where the id exists.
    [[nodiscard]] virtual Outcome<bool> create(core::CallRecord record) = 0;
    [[nodiscard]] virtual Outcome<core::CallRecord> load(TenantId tenant, CallId id) = 0;
    [[nodiscard]] virtual Outcome<Page<core::CallRecord>> list(TenantId tenant,
                                                               CallFilter filter) = 0;
    /// Overwrites the row of `record.id`. A final status never changes again: saving over one is
    /// conflict, so that a call ends exactly once. A row that was saved with a greater fencing
    /// token is stale and stays as it is.
    [[nodiscard]] virtual Outcome<bool> save(core::CallRecord record) = 0;
    /// Adds entries; one whose sequence is already stored stays as it is, so a repeat is harmless.
    [[nodiscard]] virtual Outcome<bool> append_transcript(
        TenantId tenant, CallId id, std::vector<core::TranscriptEntry> entries) = 0;
    /// In order of sequence. not_found where the call does not exist.
    [[nodiscard]] virtual Outcome<std::vector<core::TranscriptEntry>> load_transcript(
        TenantId tenant, CallId id) = 0;
    /// Start-up, all tenants: marks calls that an earlier process left under way as failed with
    /// `reason`; returns how many.
    [[nodiscard]] virtual Outcome<std::uint64_t> fail_unfinished(std::string reason) = 0;
};

}  // namespace studio
