#pragma once

#include <map>
#include <utility>

#include "ports/idempotency_store.hpp"

namespace studio::testing {

/// IdempotencyStore in memory. One loop; answers at once.
class FakeIdempotencyStore final : public IdempotencyStore {
public:
    Outcome<KeyBinding> claim(TenantId tenant, std::string key, KeyBinding binding,
                              WallTime now) override {
        const std::pair name(std::move(tenant), std::move(key));
        co_return keys_.try_emplace(name, Bound{std::move(binding), now}).first->second.binding;
    }
    Outcome<bool> release(TenantId tenant, std::string key) override {
        keys_.erase({std::move(tenant), std::move(key)});
        co_return true;
    }
    Outcome<std::uint64_t> erase_older(WallTime before) override {
        co_return std::erase_if(
            keys_, [before](const auto& bound) { return bound.second.claimed_at < before; });
    }

private:
    struct Bound {
        KeyBinding binding;
        WallTime claimed_at{};
    };

    std::map<std::pair<TenantId, std::string>, Bound> keys_;
};

}  // namespace studio::testing
