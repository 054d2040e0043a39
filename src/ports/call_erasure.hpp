#pragma once

#include <cstdint>
#include <string>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "ports/store_error.hpp"

namespace studio {

/// What was removed, as numbers: nothing of it tells of a person.
struct ErasedTraces {
    std::uint64_t calls = 0;
    std::uint64_t transcript_entries = 0;
    /// What others were told of, or were still to be told of.
    std::uint64_t events = 0;
    /// Members of metadata that the calls could be found by.
    std::uint64_t labels = 0;
    std::uint64_t idempotency_keys = 0;

    void add(const ErasedTraces& more) {
        calls += more.calls;
        transcript_entries += more.transcript_entries;
        events += more.events;
        labels += more.labels;
        idempotency_keys += more.idempotency_keys;
    }
};

/// Removes calls with all that was kept of them; sums in which they were counted stay. Every
/// operation is scoped to a tenant. Any loop may call; the task resumes on the loop that awaits it.
class CallErasure : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// conflict where the call is not over.
    [[nodiscard]] virtual Outcome<ErasedTraces> erase_call(TenantId tenant, CallId id) = 0;
    /// At most `limit` calls of one user, in one transaction; none of them where the user has none
    /// left. conflict, and nothing is removed, where one of the user's calls is not over.
    [[nodiscard]] virtual Outcome<ErasedTraces> erase_user(TenantId tenant, std::string user_id,
                                                           std::uint32_t limit) = 0;
};

}  // namespace studio
