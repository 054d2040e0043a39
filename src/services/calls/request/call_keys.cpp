#include "services/calls/request/call_keys.hpp"

#include <utility>

#include "base/fingerprint.hpp"

namespace studio::services {

ServiceTask<CallId> CallKeys::claim(TenantId tenant, std::string key, Json body, CallId fresh) {
    if (key.empty()) {
        co_return fresh;
    }
    const std::string fingerprint = fingerprint_of(body);
    KeyBinding binding{std::move(fresh), fingerprint};
    auto bound = co_await store_.claim(std::move(tenant), std::move(key), std::move(binding),
                                       loop_.wall_now());
    if (!bound) {
        co_return fail(from_store(bound.error(), "call"));
    }
    if (!bound->fingerprint.empty() && bound->fingerprint != fingerprint) {
        co_return fail(invalid({{"Idempotency-Key",
                                 "was used with another body: give every request that is a new "
                                 "wish a new key"}}));
    }
    co_return std::move(bound->call_id);
}

Task<void> CallKeys::release(TenantId tenant, std::string key) {
    if (!key.empty()) {
        // A key that stays bound leads to the same refusal, or to a call under the same id.
        [[maybe_unused]] const auto released =
            co_await store_.release(std::move(tenant), std::move(key));
    }
}

Task<void> CallKeys::erase_old() {
    const Instant now = loop_.now();
    if (erased_at_ != Instant{} && now - erased_at_ < options_.erase_interval) {
        co_return;
    }
    erased_at_ = now;
    [[maybe_unused]] const auto erased =
        co_await store_.erase_older(loop_.wall_now() - options_.kept_for);
}

}  // namespace studio::services
