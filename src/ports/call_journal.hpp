#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "ports/job_queue.hpp"

namespace studio {

enum class JournalError : std::uint8_t {
    /// The journal cannot be reached. The call goes on; it cannot be taken over meanwhile.
    unavailable,
    /// A greater fencing token was seen: the call is another worker's.
    stale,
    /// The snapshot cannot be read.
    corrupt,
};

/// What became of an effect that an earlier holder of the call began.
struct EffectState {
    /// Whether this is the first time: do it, then finish_effect().
    bool is_new = false;
    /// Of an effect that was finished: its result. Absent where it was begun and its outcome is not
    /// known, in which case it must not be repeated.
    std::optional<std::string> result;
};

/// What is needed to carry a call on elsewhere: its last snapshot, and the effects on the outside
/// world since. Every write carries the lease and is refused where a newer holder has written. Any
/// loop may call; the task resumes on the loop that awaits it.
class CallJournal : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, JournalError>>;

    /// Replaces the snapshot: opaque text, at most 1 MiB.
    [[nodiscard]] virtual Outcome<bool> save(LeaseKey key, std::string snapshot) = 0;
    /// The snapshot, or nothing where the call never came so far; from now on older holders are
    /// refused.
    [[nodiscard]] virtual Outcome<std::optional<std::string>> load(LeaseKey key) = 0;
    /// Before an effect that must not happen twice. `effect` is unique within the call and the same
    /// for every holder (turn and tool call). The lease that began it may ask again, where the
    /// answer was lost, and is told that it is new until it is finished.
    [[nodiscard]] virtual Outcome<EffectState> begin_effect(LeaseKey key, std::string effect) = 0;
    /// Its result, at most 64 KiB.
    [[nodiscard]] virtual Outcome<bool> finish_effect(LeaseKey key, std::string effect,
                                                      std::string result) = 0;
    /// The call is over. A repeat is harmless; what the same holder writes later is stale.
    [[nodiscard]] virtual Outcome<bool> erase(LeaseKey key) = 0;
};

}  // namespace studio
