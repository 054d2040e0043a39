#include "services/hosting/host/dispatcher.hpp"

#include <algorithm>
#include <utility>

namespace studio::services {
namespace {

constexpr milliseconds hang_up_timeout{1'000};

}  // namespace

Dispatcher::Dispatcher(runtime::Loop& loop, std::size_t calls_per_host_max)
    : loop_(loop), calls_per_host_max_(calls_per_host_max), changed_(loop) {}

void Dispatcher::add_host(runtime::Loop& loop, CallHost& host) {
    hosts_.push_back({.loop = &loop, .host = &host});
}

void Dispatcher::on_call_ended(const CallId& id) {
    loop_.post([this, id] { release(id); });
}

Task<Result<std::string, StartError>> Dispatcher::start(DirectOrder order) {
    if (draining_) {
        co_return fail(StartError::draining);
    }
    Host* const chosen = choose_host();
    if (chosen == nullptr) {
        co_return fail(StartError::full);
    }
    const CallId id = order.record.id;
    ++chosen->calls;
    placed_.emplace(id, static_cast<std::size_t>(chosen - hosts_.data()));
    CallHost& host = *chosen->host;
    co_await runtime::resume_on(*chosen->loop);
    auto outcome = host.accept(std::move(order));
    co_await runtime::resume_on(loop_);
    if (!outcome) {
        release(id);
    }
    co_return outcome;
}

Task<bool> Dispatcher::end(CallId id, core::EndReason reason) {
    const auto placed = placed_.find(id);
    if (placed == placed_.end()) {
        co_return false;
    }
    const Host host = hosts_[placed->second];
    co_await runtime::resume_on(*host.loop);
    const bool found = host.host->end(id, reason);
    co_await runtime::resume_on(loop_);
    co_return found;
}

Task<Result<bool, JoinError>> Dispatcher::join(RoomOrder order) {
    Host* const chosen = draining_ ? nullptr : choose_host(order.refusal.has_value());
    if (chosen == nullptr) {
        co_return fail(draining_ ? JoinError::draining : JoinError::full);
    }
    const CallId id = order.record.id;
    if (!placed_.emplace(id, static_cast<std::size_t>(chosen - hosts_.data())).second) {
        // An earlier session of the call is still here; its place stays its own.
        co_return fail(JoinError::full);
    }
    ++chosen->calls;
    chosen->places -= chosen->places > 0 ? 1 : 0;
    CallHost& host = *chosen->host;
    co_await runtime::resume_on(*chosen->loop);
    auto outcome = co_await host.join(std::move(order));
    co_await runtime::resume_on(loop_);
    if (!outcome) {
        release(id);
    }
    co_return outcome;
}

void Dispatcher::abandon(const CallId& id) {
    if (const Host* host = host_of(id)) {
        host->loop->post([calls = host->host, id] { calls->abandon(id); });
    }
}

Task<bool> Dispatcher::hand_over(CallId id, milliseconds patience) {
    const Host* const placed = host_of(id);
    if (placed == nullptr) {
        co_return false;
    }
    const Host host = *placed;
    co_await runtime::resume_on(*host.loop);
    const bool frozen = co_await host.host->hand_over(std::move(id), patience);
    co_await runtime::resume_on(loop_);
    co_return frozen;
}

void Dispatcher::thaw(const CallId& id) {
    if (const Host* host = host_of(id)) {
        host->loop->post([calls = host->host, id] { calls->thaw(id); });
    }
}

bool Dispatcher::has_room() const {
    return !draining_ && std::any_of(hosts_.begin(), hosts_.end(),
                                     [this](const Host& host) { return has_room(host); });
}

std::vector<CallId> Dispatcher::calls() const {
    std::vector<CallId> calls;
    calls.reserve(placed_.size());
    for (const auto& [id, host] : placed_) {
        calls.push_back(id);
    }
    return calls;
}

const Dispatcher::Host* Dispatcher::host_of(const CallId& id) const {
    const auto placed = placed_.find(id);
    return placed == placed_.end() ? nullptr : &hosts_[placed->second];
}

Task<bool> Dispatcher::drain(milliseconds timeout) {
    draining_ = true;
    end_all(false);
    if (co_await wait_until_empty(timeout)) {
        co_return true;
    }
    end_all(true);
    [[maybe_unused]] const bool gone = co_await wait_until_empty(hang_up_timeout);
    co_return false;
}

Dispatcher::Host* Dispatcher::choose_host(bool is_refusal) {
    Host* least = nullptr;
    for (Host& host : hosts_) {
        const bool may_come =
            is_refusal ? host.calls < calls_per_host_max_ + refusals_per_host_max : has_room(host);
        if (may_come && (least == nullptr || host.calls < least->calls)) {
            least = &host;
        }
    }
    return least;
}

void Dispatcher::release(const CallId& id) {
    const auto placed = placed_.find(id);
    if (placed != placed_.end()) {
        --hosts_[placed->second].calls;
        placed_.erase(placed);
        changed_.wake_all();
    }
}

void Dispatcher::end_all(bool at_once) {
    for (const Host& host : hosts_) {
        host.loop->post(
            [calls = host.host, at_once] { calls->end_all(core::EndReason::shutdown, at_once); });
    }
}

Task<bool> Dispatcher::wait_until_empty(milliseconds timeout) {
    const Instant deadline = loop_.now() + timeout;
    while (!placed_.empty() && loop_.now() < deadline) {
        [[maybe_unused]] const bool woken = co_await changed_.wait_until(deadline);
    }
    co_return placed_.empty();
}

}  // namespace studio::services
