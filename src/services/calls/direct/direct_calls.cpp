#include "services/calls/direct/direct_calls.hpp"

#include "base/log.hpp"
#include "services/calls/end/call_ending.hpp"
#include "services/calls/request/call_request.hpp"
#include "services/resources/agent_loader.hpp"

namespace studio::services {

namespace {

ServiceError draining() {
    return {ServiceErrorCode::unavailable, "the server is shutting down and takes no calls", {}};
}

ServiceError from_start(StartError error) {
    switch (error) {
        case StartError::malformed_offer:
            return invalid({{"sdp", "the offer cannot be read as SDP"}});
        case StartError::unsupported_offer:
            return invalid({{"sdp",
                             "the offer must have one audio section with Opus, PCMU or PCMA, DTLS "
                             "fingerprint and ICE credentials"}});
        case StartError::full:
            return {ServiceErrorCode::unavailable, "every place for calls is taken; try again", {}};
        case StartError::draining:
            return draining();
        case StartError::failed:
            break;
    }
    return {ServiceErrorCode::internal_error, "the call could not be started", {}};
}

ServiceError not_pending(const core::CallRecord& record) {
    return {ServiceErrorCode::conflict,
            "the call is " + std::string(core::name_of(record.status)) + ", no longer pending",
            {}};
}

}  // namespace

std::vector<std::string> validate(const DirectCallsOptions& options) {
    std::vector<std::string> errors;
    if (options.offer_timeout < seconds{1} || options.offer_timeout > std::chrono::hours{1}) {
        errors.emplace_back("offer timeout is not within 1 s to 1 h");
    }
    if (options.pending_max == 0) {
        errors.emplace_back("the number of pending calls is zero");
    }
    return errors;
}

DirectCalls::DirectCalls(DirectCallsOptions options, Parts parts)
    : options_(options),
      parts_(parts),
      keys_(parts.keys, parts.loop),
      reader_(parts.calls),
      scope_(parts.loop) {}

ServiceTask<core::CallRecord> DirectCalls::insert(TenantId tenant, CallRequest request, CallId id) {
    CallTarget target{request.agent_name, request.workflow_slug};
    auto loaded = co_await load_agents(parts_.resources, tenant, std::move(target));
    if (!loaded) {
        co_return fail(loaded.error());
    }
    if (!accepting_) {
        co_return fail(draining());
    }
    if (pending_.size() >= options_.pending_max) {
        co_return fail(ServiceError{ServiceErrorCode::rate_limit_exceeded,
                                    "too many calls wait for their offer; try again",
                                    {}});
    }
    core::CallRecord record;
    record.id = std::move(id);
    record.tenant_id = tenant;
    record.user_id = std::move(request.user_id);
    record.user_context = std::move(request.user_context);
    record.metadata = std::move(request.metadata);
    record.livemode = request.livemode;
    name_target(record, std::move(request.workflow_slug), *loaded);
    record.created_at = parts_.loop.wall_now();
    const Instant expires_at = parts_.loop.now() + options_.offer_timeout;
    // Counted before the row is written, so that simultaneous requests cannot pass the limit.
    pending_[record.id] = {tenant, expires_at};
    const auto created = co_await parts_.calls.create(record);
    if (!created) {
        pending_.erase(record.id);
        co_return fail(from_store(created.error(), "call"));
    }
    expiries_.emplace(expires_at, record.id);
    arm_timer();
    STUDIO_LOG(info, "call_created", {"call_id", record.id}, {"agent", record.agent_name});
    co_return record;
}

ServiceTask<CreatedCall> DirectCalls::create(TenantId tenant, Json body, CallOrigin origin) {
    auto record = co_await create_once(std::move(tenant), std::move(body), std::move(origin));
    if (!record) {
        co_return fail(record.error());
    }
    co_return CreatedCall{std::move(*record), std::nullopt, options_.offer_timeout};
}

ServiceTask<core::CallRecord> DirectCalls::create_once(TenantId tenant, Json body,
                                                       CallOrigin origin) {
    if (!accepting_) {
        co_return fail(draining());
    }
    auto request = parse_call_request(body);
    if (!request) {
        co_return fail(invalid(request.error()));
    }
    request->livemode = origin.livemode;
    if (origin.idempotency_key.empty()) {
        co_return co_await insert(std::move(tenant), std::move(*request),
                                  CallId(parts_.entropy.uuid()));
    }
    const IdempotencyKey key{std::move(tenant), std::move(origin.idempotency_key)};
    if (!keys_under_way_.insert(key).second) {
        co_return fail(ServiceError{
            ServiceErrorCode::conflict, "a request with this Idempotency-Key is under way", {}});
    }
    ServiceResult<core::CallRecord> record;
    try {
        co_await keys_.erase_old();
        record = co_await insert_under(key, std::move(body), std::move(*request));
    } catch (...) {
        // The request ends; whoever repeats it is not to find it under way for ever.
        keys_under_way_.erase(key);
        throw;
    }
    keys_under_way_.erase(key);
    co_return record;
}

/// The call of a key: the one that it made before, or a new one.
ServiceTask<core::CallRecord> DirectCalls::insert_under(IdempotencyKey key, Json body,
                                                        CallRequest request) {
    const CallId fresh(parts_.entropy.uuid());
    const auto id = co_await keys_.claim(key.first, key.second, std::move(body), fresh);
    if (!id) {
        co_return fail(id.error());
    }
    if (*id != fresh) {
        auto made = co_await reader_.load(key.first, *id);
        if (made || made.error().code != ServiceErrorCode::not_found) {
            co_return made;
        }
    }
    auto record = co_await insert(key.first, std::move(request), *id);
    if (!record) {
        co_await keys_.release(key.first, key.second);
    }
    co_return record;
}

std::optional<DirectCalls::Pending> DirectCalls::take_pending(const TenantId& tenant,
                                                              const CallId& id) {
    const auto found = pending_.find(id);
    if (found == pending_.end() || found->second.tenant != tenant) {
        return std::nullopt;
    }
    Pending pending = std::move(found->second);
    pending_.erase(found);
    return pending;
}

ServiceTask<std::string> DirectCalls::accept_offer(TenantId tenant, CallId id,
                                                   std::string offer_sdp) {
    if (!accepting_) {
        co_return fail(draining());
    }
    // Taken before the first wait: of two offers at the same time one finds nothing here.
    const auto pending = take_pending(tenant, id);
    auto record = co_await reader_.load(tenant, id);
    if (!record) {
        if (pending && record.error().code == ServiceErrorCode::unavailable) {
            pending_[id] = *pending;
        }
        co_return fail(record.error());
    }
    if (!pending) {
        co_return fail(not_pending(*record));
    }
    auto answer = co_await connect(*record, std::move(offer_sdp));
    if (!answer) {
        pending_[id] = *pending;
        // The deadline may have passed meanwhile.
        expiries_.emplace(pending->expires_at, id);
        arm_timer();
    }
    co_return answer;
}

ServiceTask<std::string> DirectCalls::connect(core::CallRecord record, std::string offer_sdp) {
    auto planned = co_await load_agents(parts_.resources, record);
    if (!planned) {
        co_return fail(planned.error());
    }
    record.status = core::CallStatus::connecting;
    const auto saved = co_await parts_.calls.save(record);
    if (!saved) {
        co_return fail(from_store(saved.error(), "call"));
    }
    DirectOrder order{record, std::move(planned->agents), std::move(planned->workflow),
                      std::move(offer_sdp)};
    auto answer = co_await parts_.starter.start(std::move(order));
    if (answer) {
        co_return std::move(*answer);
    }
    record.status = core::CallStatus::pending;
    const CallId id = record.id;
    const auto restored = co_await parts_.calls.save(std::move(record));
    if (!restored) {
        STUDIO_LOG(warning, "call_status_not_restored", {"call_id", id});
    }
    co_return fail(from_start(answer.error()));
}

Task<bool> DirectCalls::end_pending(TenantId tenant, CallId id, core::EndReason reason) {
    auto record = co_await parts_.calls.load(std::move(tenant), std::move(id));
    if (!record) {
        co_return false;
    }
    const auto ended =
        co_await save_ended(parts_.calls, std::move(*record), reason, parts_.loop.wall_now());
    co_return ended.has_value();
}

ServiceTask<core::CallRecord> DirectCalls::end(TenantId tenant, CallId id) {
    if (const auto pending = take_pending(tenant, id)) {
        if (!co_await end_pending(tenant, id, core::EndReason::ended_by_api)) {
            pending_[id] = *pending;
            co_return fail(from_store(StoreError::unavailable, "call"));
        }
        co_return co_await reader_.load(std::move(tenant), std::move(id));
    }
    auto record = co_await reader_.load(tenant, id);
    if (!record) {
        co_return fail(record.error());
    }
    if (!core::is_final(record->status)) {
        const bool is_ended = co_await parts_.starter.end(id, core::EndReason::ended_by_api);
        if (!is_ended) {
            // It was just ending: what is there to know is in its row.
            co_return co_await reader_.load(std::move(tenant), std::move(id));
        }
    }
    co_return std::move(*record);
}

void DirectCalls::arm_timer() {
    if (expiries_.empty()) {
        timer_.reset();
        return;
    }
    timer_ = parts_.loop.start_timer(expiries_.begin()->first, [this] { on_timer(); });
}

void DirectCalls::on_timer() {
    const Instant now = parts_.loop.now();
    while (!expiries_.empty() && expiries_.begin()->first <= now) {
        const CallId id = expiries_.begin()->second;
        expiries_.erase(expiries_.begin());
        const auto found = pending_.find(id);
        // Gone where an offer came or is being looked at.
        if (found != pending_.end()) {
            TenantId tenant = std::move(found->second.tenant);
            pending_.erase(found);
            scope_.spawn(expire(std::move(tenant), id));
        }
    }
    arm_timer();
}

Task<void> DirectCalls::expire(TenantId tenant, CallId id) {
    // A row that cannot be written now is failed at the next start.
    [[maybe_unused]] const bool failed =
        co_await end_pending(std::move(tenant), std::move(id), core::EndReason::no_offer);
}

Task<void> DirectCalls::close() {
    accepting_ = false;
    timer_.reset();
    expiries_.clear();
    while (!pending_.empty()) {
        const auto first = pending_.begin();
        const CallId id = first->first;
        TenantId tenant = std::move(first->second.tenant);
        pending_.erase(first);
        [[maybe_unused]] const bool failed =
            co_await end_pending(std::move(tenant), id, core::EndReason::server_shutdown);
    }
    co_await scope_.close();
}

}  // namespace studio::services
