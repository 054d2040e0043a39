#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/loop.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/wake_list.hpp"
#include "services/calls/direct/call_starter.hpp"
#include "services/hosting/host/call_host.hpp"

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
    /// How many calls more a host is given until it is told anew; as many as it has places for,
    /// until it is told at all. `index` counts in the order of add_host().
    void set_places(std::size_t index, std::size_t places) {
        hosts_[index].places = places;
        changed_.wake_all();
    }
    /// Whether the call is on a host, or on the way there or from there.
    [[nodiscard]] bool holds(const CallId& id) const { return placed_.contains(id); }
    /// Whether a host is open and has room.
    [[nodiscard]] bool has_room() const;

    /// Ends when a call has gone or a host was opened, so that there may be room, at the latest at
    /// `at`; or when wake() says so.
    [[nodiscard]] runtime::WakeList::Awaiter wait_for_change(Instant at) {
        return changed_.wait_until(at);
    }
    void wake() { changed_.wake_all(); }

    /// Takes no further call and asks those under way to say goodbye; after `timeout` it hangs up.
    /// Ends when no call is left, at the latest a second after the time-out. True where every call
    /// ended by itself.
    [[nodiscard]] Task<bool> drain(milliseconds timeout);

    [[nodiscard]] std::vector<CallId> calls() const;
    /// Calls that are under way or about to start.
    [[nodiscard]] std::size_t count() const { return placed_.size(); }

private:
    struct Host {
        runtime::Loop* loop = nullptr;
        CallHost* host = nullptr;
        std::size_t calls = 0;
        /// As its load allows.
        std::size_t places = SIZE_MAX;
    };

    /// A sentence of refusal is said on a closed loop, too, and beyond its places.
    static constexpr std::size_t refusals_per_host_max = 16;

    [[nodiscard]] bool has_room(const Host& host) const {
        return host.places > 0 && host.calls < calls_per_host_max_;
    }
    [[nodiscard]] Host* choose_host(bool is_refusal = false);
    [[nodiscard]] const Host* host_of(const CallId& id) const;
    void release(const CallId& id);
    void end_all(bool at_once);
    [[nodiscard]] Task<bool> wait_until_empty(milliseconds timeout);

    runtime::Loop& loop_;
    std::size_t calls_per_host_max_;
    bool draining_ = false;
    std::vector<Host> hosts_;
    /// Index of the host by call.
    std::map<CallId, std::size_t> placed_;
    runtime::WakeList changed_;
};

}  // namespace studio::services
