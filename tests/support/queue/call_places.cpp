#include "support/queue/call_places.hpp"

#include <algorithm>
#include <array>

namespace studio::testing {
namespace {

std::string tenant_key(const core::Job& job) {
    return "tenant:" + job.tenant_id.text();
}

/// An agent's name is unique within its tenant only.
std::string agent_key(const core::Job& job) {
    return "agent:" + job.tenant_id.text() + ':' + job.agent_name;
}

std::string worker_key(const std::string& worker_id) {
    return "worker:" + worker_id;
}

std::array<std::string, 2> keys_of(const core::Job& job) {
    return {tenant_key(job), agent_key(job)};
}

template <class Calls>
void drop(std::map<std::string, Calls>& by_key, const std::string& key, const CallId& call_id) {
    const auto found = by_key.find(key);
    if (found != by_key.end()) {
        found->second.erase(call_id);
        if (found->second.empty()) {
            by_key.erase(found);
        }
    }
}

}  // namespace

std::optional<QueueError> CallPlaces::admission_error(const core::Job& job,
                                                      const AdmissionLimits& limits, Instant now) {
    const auto room = rooms_.find(job.room_name);
    if (room != rooms_.end() && room->second != job.call_id) {
        return QueueError::room_taken;
    }
    std::optional<QueueError> error;
    if (is_full(tenant_key(job), limits.tenant_calls_max, job, limits, now)) {
        error = QueueError::tenant_limit;
    } else if (is_full(agent_key(job), limits.agent_calls_max, job, limits, now)) {
        error = QueueError::agent_limit;
    }
    if (error && limits.place_kept > milliseconds(0)) {
        for (const std::string& key : keys_of(job)) {
            kept_[key][job.call_id] = now + limits.place_kept;
        }
    }
    return error;
}

bool CallPlaces::is_full(const std::string& key, std::uint32_t places_max, const core::Job& job,
                         const AdmissionLimits& limits, Instant now) const {
    if (places_max == 0) {
        return false;
    }
    std::uint32_t taken = count(key);
    const auto kept = kept_.find(key);
    if (limits.place_kept == milliseconds(0) && kept != kept_.end()) {
        taken += static_cast<std::uint32_t>(std::ranges::count_if(
            kept->second,
            [&job, now](const auto& one) { return one.first != job.call_id && one.second > now; }));
    }
    return taken >= places_max;
}

void CallPlaces::admit(const core::Job& job) {
    for (const std::string& key : keys_of(job)) {
        taken_[key].insert(job.call_id);
        drop(kept_, key, job.call_id);
    }
    if (!job.room_name.empty()) {
        rooms_.try_emplace(job.room_name, job.call_id);
    }
}

void CallPlaces::free(const core::Job& job) {
    for (const std::string& key : keys_of(job)) {
        drop(taken_, key, job.call_id);
    }
    const auto room = rooms_.find(job.room_name);
    if (room != rooms_.end() && room->second == job.call_id) {
        rooms_.erase(room);
    }
}

void CallPlaces::hold(const std::string& worker_id, const CallId& call_id) {
    taken_[worker_key(worker_id)].insert(call_id);
}

void CallPlaces::let_go(const std::string& worker_id, const CallId& call_id) {
    drop(taken_, worker_key(worker_id), call_id);
}

std::uint32_t CallPlaces::held_by(const std::string& worker_id) const {
    return count(worker_key(worker_id));
}

void CallPlaces::forget_kept(Instant now) {
    for (auto& [key, calls] : kept_) {
        std::erase_if(calls, [now](const auto& one) { return one.second <= now; });
    }
    std::erase_if(kept_, [](const auto& entry) { return entry.second.empty(); });
}

std::uint32_t CallPlaces::count(const std::string& key) const {
    const auto found = taken_.find(key);
    return found == taken_.end() ? 0 : static_cast<std::uint32_t>(found->second.size());
}

}  // namespace studio::testing
