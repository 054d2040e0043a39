#pragma once

#include <string>

#include "base/json.hpp"
#include "ports/idempotency_store.hpp"
#include "runtime/loop.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

struct CallKeysOptions {
    /// How long a key is remembered: a client that tries for longer has given up.
    std::chrono::hours kept_for{24};
    /// How often erase_old looks.
    std::chrono::hours erase_interval{1};
};

/// Makes a repeated POST /calls the same call, by its Idempotency-Key. On one loop; what it is
/// built from outlives it and its tasks.
class CallKeys {
public:
    CallKeys(IdempotencyStore& store, runtime::Loop& loop, CallKeysOptions options = {})
        : store_(store), loop_(loop), options_(options) {}

    /// The id that the call of this request has: `fresh`, unless the key was bound to another one
    /// before; then that call exists, or is to be made under that id. `fresh` for an empty key.
    /// validation_error where the key came with another body.
    [[nodiscard]] ServiceTask<CallId> claim(TenantId tenant, std::string key, Json body,
                                            CallId fresh);
    /// Frees the key of a request that was refused.
    [[nodiscard]] Task<void> release(TenantId tenant, std::string key);
    /// Forgets old keys, at most once in erase_interval.
    [[nodiscard]] Task<void> erase_old();

private:
    IdempotencyStore& store_;
    runtime::Loop& loop_;
    CallKeysOptions options_;
    Instant erased_at_{};
};

}  // namespace studio::services
