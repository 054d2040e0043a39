#include "services/calls/erasure/call_eraser.hpp"

#include <utility>

#include "base/log.hpp"

namespace studio::services {

namespace {

/// Of one transaction, so that none goes on for long.
constexpr std::uint32_t calls_at_once = 100;

ServiceError refusal(StoreError error, const char* why) {
    if (error == StoreError::conflict) {
        return {ServiceErrorCode::conflict, why, {}};
    }
    return from_store(error, "call");
}

}  // namespace

ErasureReceipt CallEraser::make_receipt(const TenantId& tenant, const ErasedTraces& traces) {
    ErasureReceipt receipt{parts_.entropy.uuid(), parts_.loop.wall_now(), traces};
    STUDIO_LOG(info, "calls_erased", {"receipt", receipt.id}, {"tenant_id", tenant},
               {"calls", traces.calls}, {"transcript_entries", traces.transcript_entries});
    return receipt;
}

ServiceTask<ErasureReceipt> CallEraser::erase_call(TenantId tenant, CallId id) {
    const auto erased = co_await parts_.store.erase_call(tenant, std::move(id));
    if (!erased) {
        co_return fail(refusal(erased.error(), "the call is under way; end it first"));
    }
    co_return make_receipt(tenant, *erased);
}

ServiceTask<ErasureReceipt> CallEraser::erase_user(TenantId tenant, std::string user_id) {
    ErasedTraces all;
    while (true) {
        const auto erased = co_await parts_.store.erase_user(tenant, user_id, calls_at_once);
        if (!erased) {
            co_return fail(
                refusal(erased.error(), "a call of this user is under way; end it first"));
        }
        if (erased->calls == 0) {
            break;
        }
        all.add(*erased);
    }
    co_return make_receipt(tenant, all);
}

}  // namespace studio::services
