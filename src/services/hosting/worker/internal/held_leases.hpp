#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>

#include "core/call/end_reason.hpp"
#include "ports/job_queue.hpp"
#include "ports/media_room.hpp"
#include "runtime/wake_list.hpp"
#include "services/hosting/host/dispatcher.hpp"
#include "services/hosting/lease/lease_life.hpp"

namespace studio::services {

/// A lease in our hands.
struct HeldLease {
    Lease lease;
    /// When it came here.
    Instant begun_at{};
    std::shared_ptr<LeaseLife> life;
    std::optional<RoomJoin> join{};
    /// Why it is not held, but told so (HoldRequest).
    std::optional<core::EndReason> refusal{};
    /// When its host had it.
    Deadline joined_at{};
    /// Given back to the queue: not renewed, and not acknowledged when it is another's.
    bool is_released = false;
    bool is_lost = false;
    /// Somebody ended it by the API.
    bool is_cancelled = false;
    /// An earlier session of the same call is still leaving its host.
    bool awaits_end = false;
};

/// The leases of a worker, by call, and the event of a change among them. On the control loop.
class HeldLeases {
public:
    /// Both outlive it. Who waits for a place at the dispatcher is woken by a change here, too.
    HeldLeases(runtime::Loop& loop, Dispatcher& dispatcher)
        : dispatcher_(dispatcher), changed_(loop) {}

    /// In place of an earlier lease of the same call.
    void put(HeldLease held);
    [[nodiscard]] HeldLease* find(const CallId& id);
    /// The lease, as long as it is this one and not lost.
    [[nodiscard]] HeldLease* find(const LeaseKey& key);
    /// Nothing where it is not this lease that is here.
    void drop(const LeaseKey& key);
    void drop(const CallId& id);

    [[nodiscard]] const std::map<CallId, HeldLease>& all() const { return leases_; }
    [[nodiscard]] std::map<CallId, HeldLease>& all() { return leases_; }
    /// Of all(), those that are only told a sentence. They take no call's place: where many are
    /// told that there is none, the next place would never be anybody's.
    [[nodiscard]] std::size_t refusals() const;
    /// Of all(), the rest.
    [[nodiscard]] std::size_t calls() const { return leases_.size() - refusals(); }

    /// After what is known of a lease was changed by way of find().
    void note_change();
    /// Ends when a lease came, went or changed, at the latest at `at`.
    [[nodiscard]] runtime::WakeList::Awaiter wait_for_change(Instant at) {
        return changed_.wait_until(at);
    }

private:
    Dispatcher& dispatcher_;
    std::map<CallId, HeldLease> leases_;
    runtime::WakeList changed_;
};

}  // namespace studio::services
