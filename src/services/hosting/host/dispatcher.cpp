#include "services/hosting/host/dispatcher.hpp"

#include <utility>

namespace studio::services {
namespace {

constexpr milliseconds hang_up_timeout{1'000};

}  // namespace

Dispatcher::Dispatcher(runtime::Loop& loop, std::size_t calls_per_host_max)
    : loop_(loop), places_(loop, calls_per_host_max) {}

void Dispatcher::add_host(runtime::Loop& loop, CallHost& host) {
    places_.add(loop, host);
}

void Dispatcher::on_call_ended(const CallId& id) {
    loop_.post([this, id] { places_.release(id); });
}

Task<Result<std::string, StartError>> Dispatcher::start(DirectOrder order) {
    if (draining_) {
        co_return fail(StartError::draining);
    }
    const CallId id = order.record.id;
    const HostPlaces::Host* const chosen = places_.choose();
    if (chosen == nullptr || !places_.place(id, *chosen)) {
        co_return fail(StartError::full);
    }
    CallHost& host = *chosen->host;
    co_await runtime::resume_on(*chosen->loop);
    auto outcome = host.accept(std::move(order));
    co_await runtime::resume_on(loop_);
    if (!outcome) {
        places_.release(id);
    }
    co_return outcome;
}

Task<bool> Dispatcher::end(CallId id, core::EndReason reason) {
    const HostPlaces::Host* const placed = places_.host_of(id);
    if (placed == nullptr) {
        co_return false;
    }
    const HostPlaces::Host host = *placed;
    co_await runtime::resume_on(*host.loop);
    const bool found = host.host->end(id, reason);
    co_await runtime::resume_on(loop_);
    co_return found;
}

Task<Result<bool, JoinError>> Dispatcher::join(RoomOrder order) {
    const bool is_refusal = order.refusal.has_value();
    const HostPlaces::Host* const chosen = draining_ ? nullptr : places_.choose(is_refusal);
    if (chosen == nullptr) {
        co_return fail(draining_ ? JoinError::draining : JoinError::full);
    }
    const CallId id = order.record.id;
    if (!places_.place(id, *chosen, is_refusal)) {
        // An earlier session of the call is still here; its place stays its own.
        co_return fail(JoinError::full);
    }
    CallHost& host = *chosen->host;
    co_await runtime::resume_on(*chosen->loop);
    auto outcome = co_await host.join(std::move(order));
    co_await runtime::resume_on(loop_);
    if (!outcome) {
        places_.release(id);
    }
    co_return outcome;
}

void Dispatcher::abandon(const CallId& id) {
    if (const HostPlaces::Host* host = places_.host_of(id)) {
        host->loop->post([calls = host->host, id] { calls->abandon(id); });
    }
}

Task<bool> Dispatcher::hand_over(CallId id, milliseconds patience) {
    const HostPlaces::Host* const placed = places_.host_of(id);
    if (placed == nullptr) {
        co_return false;
    }
    const HostPlaces::Host host = *placed;
    co_await runtime::resume_on(*host.loop);
    const bool frozen = co_await host.host->hand_over(std::move(id), patience);
    co_await runtime::resume_on(loop_);
    co_return frozen;
}

void Dispatcher::thaw(const CallId& id) {
    if (const HostPlaces::Host* host = places_.host_of(id)) {
        host->loop->post([calls = host->host, id] { calls->thaw(id); });
    }
}

std::vector<CallId> Dispatcher::calls() const {
    std::vector<CallId> calls;
    calls.reserve(count());
    for (const auto& [id, host] : places_.placed()) {
        calls.push_back(id);
    }
    return calls;
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

void Dispatcher::end_all(bool at_once) {
    for (const HostPlaces::Host& host : places_.hosts()) {
        host.loop->post(
            [calls = host.host, at_once] { calls->end_all(core::EndReason::shutdown, at_once); });
    }
}

Task<bool> Dispatcher::wait_until_empty(milliseconds timeout) {
    const Instant deadline = loop_.now() + timeout;
    while (count() > 0 && loop_.now() < deadline) {
        [[maybe_unused]] const bool woken = co_await places_.wait_for_change(deadline);
    }
    co_return count() == 0;
}

}  // namespace studio::services
