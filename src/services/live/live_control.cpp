#include "services/live/live_control.hpp"

#include <utility>

namespace studio::services {
namespace {

ServiceError conflict(std::string why) {
    return {ServiceErrorCode::conflict, std::move(why), {}};
}

}  // namespace

ServiceTask<bool> LiveControl::check_active(TenantId tenant, CallId id) {
    const auto record = co_await calls_.load(std::move(tenant), std::move(id));
    if (!record) {
        co_return fail(from_store(record.error(), "call"));
    }
    if (core::is_final(record->status)) {
        co_return fail(conflict("the call is over"));
    }
    if (record->status != core::CallStatus::active) {
        co_return fail(conflict("the call is " + std::string(core::name_of(record->status)) +
                                ", not active yet"));
    }
    co_return true;
}

ServiceTask<bool> LiveControl::order(TenantId tenant, CallId id, core::CallCommand command) {
    auto active = co_await check_active(tenant, id);
    if (!active) {
        co_return active;
    }
    const auto done = co_await control_.control(tenant, id, std::move(command));
    if (done) {
        co_return true;
    }
    if (done.error().kind == ControlRefusal::Kind::refused) {
        co_return fail(conflict(done.error().why));
    }
    // It may have ended just now.
    active = co_await check_active(std::move(tenant), std::move(id));
    if (!active) {
        co_return active;
    }
    co_return fail(ServiceError{
        ServiceErrorCode::unavailable, "whoever holds the call did not answer; try again", {}});
}

}  // namespace studio::services
