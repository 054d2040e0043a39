#pragma once

#include <cstddef>
#include <set>

#include "ports/account_store.hpp"
#include "runtime/loop.hpp"
#include "runtime/task_scope.hpp"

namespace studio::services {

/// Bounds of KeyUse.
struct KeyUseOptions {
    /// How exact `last_used_at` is; a key costs at most one write in that time, over all servers.
    milliseconds interval{60'000};
    /// Writes under way at once; the uses of further keys are noted with their next request.
    std::size_t writes_max = 64;
};

/// Notes when keys are used, beside the requests, which never wait for it. Lives on one loop; the
/// store outlives it.
class KeyUse {
public:
    KeyUse(AccountStore& store, runtime::Loop& loop, KeyUseOptions options = {})
        : store_(store), loop_(loop), options_(options), scope_(loop) {}

    /// `key` as it was loaded for a request.
    void note(const ApiKey& key);
    /// Waits for the writes under way. Once, at the end.
    [[nodiscard]] Task<void> close() { return scope_.close(); }

private:
    [[nodiscard]] Task<void> write(ApiKeyId id);

    AccountStore& store_;
    runtime::Loop& loop_;
    KeyUseOptions options_;
    // Keys whose write is under way.
    std::set<ApiKeyId> under_way_;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
