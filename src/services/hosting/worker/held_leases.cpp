#include "services/hosting/worker/internal/held_leases.hpp"

#include <algorithm>
#include <utility>

namespace studio::services {

void HeldLeases::put(HeldLease held) {
    CallId id = held.lease.job.call_id;
    leases_.insert_or_assign(std::move(id), std::move(held));
    note_change();
}

HeldLease* HeldLeases::find(const CallId& id) {
    const auto found = leases_.find(id);
    return found == leases_.end() ? nullptr : &found->second;
}

HeldLease* HeldLeases::find(const LeaseKey& key) {
    HeldLease* held = find(key.call_id);
    const bool is_ours =
        held != nullptr && !held->is_lost && held->lease.fencing_token == key.fencing_token;
    return is_ours ? held : nullptr;
}

void HeldLeases::drop(const LeaseKey& key) {
    const HeldLease* held = find(key.call_id);
    if (held != nullptr && held->lease.fencing_token == key.fencing_token) {
        drop(key.call_id);
    }
}

void HeldLeases::drop(const CallId& id) {
    if (leases_.erase(id) > 0) {
        note_change();
    }
}

std::size_t HeldLeases::refusals() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        leases_, [](const auto& entry) { return entry.second.refusal.has_value(); }));
}

void HeldLeases::note_change() {
    changed_.wake_all();
    dispatcher_.places().wake();
}

}  // namespace studio::services
