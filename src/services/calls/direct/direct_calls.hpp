#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/entropy.hpp"
#include "base/json.hpp"
#include "ports/call_store.hpp"
#include "ports/resource_store.hpp"
#include "runtime/task_scope.hpp"
#include "services/calls/direct/call_starter.hpp"
#include "services/calls/request/call_keys.hpp"
#include "services/calls/request/call_request.hpp"
#include "services/calls/request/call_service.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

struct DirectCallsOptions {
    /// How long a call waits for its SDP offer before it fails with `no_offer`. A person may be
    /// asked for the microphone meanwhile. 1 s to 1 h.
    milliseconds offer_timeout{60'000};
    /// Calls that wait for their offer, over all tenants: bounds memory.
    std::size_t pending_max = 1'000;
};

/// What is wrong with the options, one sentence each; empty where all is well.
[[nodiscard]] std::vector<std::string> validate(const DirectCallsOptions& options);

/// Calls that this process holds itself, up to the moment in which a session takes over. Lives on
/// one loop; what it is built from outlives it.
///
///   create --> pending --offer--> connecting --> the session writes all that follows
///                 |  ^                |
///                 |  +-- bad offer ---+
///                 +-- offer_timeout, end --> failed
///
/// A pending call belongs to the process that made it: `pending_` is what makes sure that one offer
/// wins. After a restart such calls are failed by CallStore::fail_unfinished.
class DirectCalls final : public CallService {
public:
    struct Parts {
        CallStore& calls;
        ResourceStore& resources;
        IdempotencyStore& keys;
        CallStarter& starter;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    DirectCalls(DirectCallsOptions options, Parts parts);

    [[nodiscard]] ServiceTask<CreatedCall> create(TenantId tenant, Json body,
                                                  CallOrigin origin) override;
    [[nodiscard]] ServiceTask<std::string> accept_offer(TenantId tenant, CallId id,
                                                        std::string offer_sdp) override;
    /// Politely where the call is under way.
    [[nodiscard]] ServiceTask<core::CallRecord> end(TenantId tenant, CallId id) override;

    /// From now on create() and accept_offer() answer unavailable.
    void stop_accepting() { accepting_ = false; }
    /// Fails the calls that are still pending and waits for what is under way. Once, at the end.
    [[nodiscard]] Task<void> close();

    [[nodiscard]] std::size_t pending() const { return pending_.size(); }

private:
    struct Pending {
        TenantId tenant;
        Instant expires_at{};
    };
    using IdempotencyKey = std::pair<TenantId, std::string>;

    [[nodiscard]] ServiceTask<core::CallRecord> create_once(TenantId tenant, Json body,
                                                            CallOrigin origin);
    [[nodiscard]] ServiceTask<core::CallRecord> insert(TenantId tenant, CallRequest request,
                                                       CallId id);
    [[nodiscard]] ServiceTask<core::CallRecord> insert_under(IdempotencyKey key, Json body,
                                                             CallRequest request);
    [[nodiscard]] ServiceTask<std::string> connect(core::CallRecord record, std::string offer_sdp);
    [[nodiscard]] Task<bool> end_pending(TenantId tenant, CallId id, core::EndReason reason);
    [[nodiscard]] Task<void> expire(TenantId tenant, CallId id);
    [[nodiscard]] std::optional<Pending> take_pending(const TenantId& tenant, const CallId& id);
    void arm_timer();
    void on_timer();

    DirectCallsOptions options_;
    Parts parts_;
    bool accepting_ = true;
    std::map<CallId, Pending> pending_;
    // Deadlines in their order; those of calls that are gone from pending_ pass without effect.
    std::set<std::pair<Instant, CallId>> expiries_;
    std::unique_ptr<runtime::Timer> timer_;
    CallKeys keys_;
    // Keys whose first request is still under way.
    std::set<IdempotencyKey> keys_under_way_;
    CallReader reader_;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
