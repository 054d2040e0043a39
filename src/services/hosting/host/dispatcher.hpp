#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/loop.hpp"
#include "runtime/task_scope.hpp"
#include "services/calls/direct/call_starter.hpp"
#include "services/hosting/host/call_host.hpp"
#include "services/hosting/host/host_places.hpp"

namespace studio::services {

/// Places each new call on the media loop that has the fewest, and ends them all at shutdown. Lives
/// on the loop of the use cases; a call never changes its loop.
class Dispatcher final : public CallStarter {
public:
    /// Calls at once on one loop.
    explicit Dispatcher(runtime::Loop& loop, std::size_t calls_per_host_max);

    /// Before the first call. Both outlive the dispatcher; the host is used on its loop only and
    /// reports each ended call by on_call_ended().
    void add_host(runtime::Loop& loop, CallHost& host);
    /// From a host's loop: its call `id` is over.
    void on_call_ended(const CallId& id);

    [[nodiscard]] Task<Result<std::string, StartError>> start(DirectOrder order) override;
    [[nodiscard]] Task<bool> end(CallId id, core::EndReason reason) override;

    // Calls in rooms, which a worker places here. On the dispatcher's loop, as all the others.
    [[nodiscard]] Task<Result<bool, JoinError>> join(RoomOrder order);
    /// As CallHost: the call is another worker's; its end follows.
    void abandon(const CallId& id);
    [[nodiscard]] Task<bool> hand_over(CallId id, milliseconds patience);
    void thaw(const CallId& id);
    /// Where calls are, and whether another one fits.
    [[nodiscard]] HostPlaces& places() { return places_; }

    /// Takes no further call and asks those under way to say goodbye; after `timeout` it hangs up.
    /// Ends when no call is left, at the latest a second after the time-out. True where every call
    /// ended by itself.
    [[nodiscard]] Task<bool> drain(milliseconds timeout);

    [[nodiscard]] std::vector<CallId> calls() const;
    /// Calls that are under way or about to start.
    [[nodiscard]] std::size_t count() const { return places_.placed().size(); }

private:
    void end_all(bool at_once);
    [[nodiscard]] Task<bool> wait_until_empty(milliseconds timeout);

    runtime::Loop& loop_;
    bool draining_ = false;
    HostPlaces places_;
};

}  // namespace studio::services
