#pragma once

#include <cstdint>
#include <string>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/store_error.hpp"

namespace studio {

/// What a key is bound to.
struct KeyBinding {
    CallId call_id;
    /// Of the request that bound it (base/fingerprint.hpp); empty where it is not known.
    std::string fingerprint;
};

/// Keys that make a repeated request the same call, also when the repeat reaches another process.
/// Any loop may call; the task resumes on the loop that awaits it.
class IdempotencyStore : public Interface {
public:
    template <class Value>
    using Outcome = Task<Result<Value, StoreError>>;

    /// Binds a tenant's key unless it is bound already; returns what it is bound to. Of claims at
    /// the same time one wins.
    [[nodiscard]] virtual Outcome<KeyBinding> claim(TenantId tenant, std::string key,
                                                    KeyBinding binding, WallTime now) = 0;
    /// Frees a key whose call was refused, so that trying again is a new try. True also where it is
    /// not bound.
    [[nodiscard]] virtual Outcome<bool> release(TenantId tenant, std::string key) = 0;
    /// Forgets the keys that were bound before; returns how many.
    [[nodiscard]] virtual Outcome<std::uint64_t> erase_older(WallTime before) = 0;
};

}  // namespace studio
