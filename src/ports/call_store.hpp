#pragma once

#include <cstdint>
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

/// A call's place in a list, newest first.
struct CallPlace {
    WallTime created_at{};
    CallId id{};
};

/// What to list; empty fields do not filter. Newest first.
struct CallFilter {
    std::optional<core::CallStatus> status;
    std::string agent_name;
    PageRequest page;
    /// Only calls of this workflow.
    std::string workflow_slug{};
    /// Calls that were asked for (CallRecord::created_at) from then on, and before then.
    std::optional<WallTime> started_after{};
    std::optional<WallTime> started_before{};
    std::string user_id{};
    Pii<std::string> phone_number{};
    /// Calls whose metadata has this member (core/call/call_labels.hpp) with this value.
    std::string metadata_name{};
    std::string metadata_value{};
    /// Only what comes behind this call; such a page is the same whatever calls come in meanwhile.
    /// Its total counts its own rows alone, also those that cannot be read.
    std::optional<CallPlace> behind{};
};

/// Lines of one call, written by the holder of `fencing_token`.
struct TranscriptWrite {
    TenantId tenant_id;
    CallId call_id;
    std::uint64_t fencing_token = 0;
    std::vector<core::TranscriptEntry> entries;
    /// The lines were spoken while this holder had the call but are written afterwards (from a
    /// spool): another holder's token does not make them stale; those before the first line of a
    /// later holder are kept, and the others left out, as the later holder tells the story on.
    bool late = false;
};

/// Calls and their transcripts. Every operation is scoped to a tenant: another tenant's row is
/// not_found. A change that others are told of (OutboxStore) is stored together with that event.
/// Any loop may call; the task resumes on the loop that awaits it.
class CallStore : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// A new row; conflict where the id exists.
    [[nodiscard]] virtual Outcome<bool> create(core::CallRecord record) = 0;
    [[nodiscard]] virtual Outcome<core::CallRecord> load(TenantId tenant, CallId id) = 0;
    /// As load(), for the holder of `fencing_token`: in the same step the row gets this token, so
    /// that from now on the writes of earlier holders are stale. stale where the row has a greater
    /// one. A row with a final status stays as it is.
    [[nodiscard]] virtual Outcome<core::CallRecord> claim(TenantId tenant, CallId id,
                                                          std::uint64_t fencing_token) = 0;
    [[nodiscard]] virtual Outcome<Page<core::CallRecord>> list(TenantId tenant,
                                                               CallFilter filter) = 0;
    /// Overwrites the row of `record.id`. A row that was written with a greater fencing token is
    /// stale and stays as it is. A final status never changes again: saving over one is conflict,
    /// so that a call ends exactly once.
    [[nodiscard]] virtual Outcome<bool> save(core::CallRecord record) = 0;
    /// Adds entries; one whose sequence is already stored under the same token stays as it is, so a
    /// repeat is harmless, and one of an older token is replaced. stale where the call was written
    /// with a greater token.
    [[nodiscard]] virtual Outcome<bool> append_transcript(TranscriptWrite write) = 0;
    /// In order of sequence. not_found where the call does not exist.
    [[nodiscard]] virtual Outcome<std::vector<core::TranscriptEntry>> load_transcript(
        TenantId tenant, CallId id) = 0;
};

}  // namespace studio
