#include "services/hosting/host/host_places.hpp"

#include <algorithm>

namespace studio::services {

void HostPlaces::add(runtime::Loop& loop, CallHost& host) {
    hosts_.push_back({.loop = &loop, .host = &host});
}

const HostPlaces::Host* HostPlaces::choose(bool is_refusal) const {
    const Host* least = nullptr;
    for (const Host& host : hosts_) {
        const bool may_come = is_refusal ? host.refusals < refusals_per_host_max : has_room(host);
        if (may_come && (least == nullptr || host.calls < least->calls)) {
            least = &host;
        }
    }
    return least;
}

bool HostPlaces::place(const CallId& id, const Host& host, bool is_refusal) {
    const auto index = static_cast<std::size_t>(&host - hosts_.data());
    if (!placed_.emplace(id, Placed{index, is_refusal}).second) {
        return false;
    }
    Host& chosen = hosts_[index];
    ++(is_refusal ? chosen.refusals : chosen.calls);
    chosen.places -= chosen.places > 0 ? 1 : 0;
    return true;
}

void HostPlaces::release(const CallId& id) {
    const auto placed = placed_.find(id);
    if (placed != placed_.end()) {
        Host& host = hosts_[placed->second.host];
        --(placed->second.is_refusal ? host.refusals : host.calls);
        placed_.erase(placed);
        changed_.wake_all();
    }
}

const HostPlaces::Host* HostPlaces::host_of(const CallId& id) const {
    const auto placed = placed_.find(id);
    return placed == placed_.end() ? nullptr : &hosts_[placed->second.host];
}

void HostPlaces::set_places(std::size_t index, std::size_t places) {
    hosts_[index].places = places;
    changed_.wake_all();
}

bool HostPlaces::has_room() const {
    return std::any_of(hosts_.begin(), hosts_.end(),
                       [this](const Host& host) { return has_room(host); });
}

}  // namespace studio::services
