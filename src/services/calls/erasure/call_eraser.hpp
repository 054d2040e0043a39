#pragma once

#include <string>

#include "base/entropy.hpp"
#include "ports/call_erasure.hpp"
#include "runtime/loop.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// What was removed and when; nothing of it tells of a person, so it can be kept.
struct ErasureReceipt {
    std::string id;
    WallTime erased_at{};
    ErasedTraces traces;
};

/// Removes calls for good. On the loop of the use cases; what it is built from outlives it.
class CallEraser {
public:
    struct Parts {
        CallErasure& store;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    explicit CallEraser(const Parts& parts) : parts_(parts) {}

    /// conflict while the call is under way.
    [[nodiscard]] ServiceTask<ErasureReceipt> erase_call(TenantId tenant, CallId id);
    /// Every call of one user; none is no error, so that asking again is harmless. conflict while
    /// one is under way: end it first. Where it breaks off, what was removed is gone, and asking
    /// again goes on.
    [[nodiscard]] ServiceTask<ErasureReceipt> erase_user(TenantId tenant, std::string user_id);

private:
    [[nodiscard]] ErasureReceipt make_receipt(const TenantId& tenant, const ErasedTraces& traces);

    Parts parts_;
};

}  // namespace studio::services
