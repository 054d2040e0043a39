#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "base/strong_id.hpp"
#include "runtime/loop.hpp"
#include "runtime/wake_list.hpp"
#include "services/hosting/host/call_host.hpp"

namespace studio::services {

/// Which call is on which host, and where another one fits: on the host that has the fewest, as
/// long as its load allows. On the loop of the dispatcher, whose it is.
class HostPlaces {
public:
    struct Host {
        runtime::Loop* loop = nullptr;
        CallHost* host = nullptr;
        /// Sentences of refusal are no calls: they stand beside them and take nobody's place.
        std::size_t calls = 0;
        std::size_t refusals = 0;
        /// As its load allows.
        std::size_t places = SIZE_MAX;
    };

    /// Calls at once on one host. The loop outlives it.
    HostPlaces(runtime::Loop& loop, std::size_t calls_per_host_max)
        : calls_per_host_max_(calls_per_host_max), changed_(loop) {}

    /// Before the first call. Both outlive it.
    void add(runtime::Loop& loop, CallHost& host);
    /// The host with the fewest calls that takes another one, a refusal also where it is closed;
    /// nullptr where none does.
    [[nodiscard]] const Host* choose(bool is_refusal = false) const;
    /// The call is there from now on. False where it is on a host already.
    [[nodiscard]] bool place(const CallId& id, const Host& host, bool is_refusal = false);
    /// Nothing where it is on none.
    void release(const CallId& id);
    /// nullptr where it is on none.
    [[nodiscard]] const Host* host_of(const CallId& id) const;
    [[nodiscard]] const std::vector<Host>& hosts() const { return hosts_; }
    struct Placed {
        /// In hosts().
        std::size_t host = 0;
        bool is_refusal = false;
    };
    /// Also calls on the way to their host or from there.
    [[nodiscard]] const std::map<CallId, Placed>& placed() const { return placed_; }

    /// How many calls more a host is given until it is told anew; as many as it has places for,
    /// until it is told at all. `index` counts in the order of add().
    void set_places(std::size_t index, std::size_t places);
    /// Whether a host is open and has room.
    [[nodiscard]] bool has_room() const;
    /// Ends when a call has gone or a host was opened, so that there may be room, at the latest at
    /// `at`; or when wake() says so.
    [[nodiscard]] runtime::WakeList::Awaiter wait_for_change(Instant at) {
        return changed_.wait_until(at);
    }
    void wake() { changed_.wake_all(); }

private:
    /// A sentence of refusal is said on a closed loop, too, and beyond its places.
    static constexpr std::size_t refusals_per_host_max = 16;

    [[nodiscard]] bool has_room(const Host& host) const {
        return host.places > 0 && host.calls < calls_per_host_max_;
    }

    std::size_t calls_per_host_max_;
    std::vector<Host> hosts_;
    std::map<CallId, Placed> placed_;
    runtime::WakeList changed_;
};

}  // namespace studio::services
