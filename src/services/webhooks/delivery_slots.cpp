#include "services/webhooks/delivery_slots.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace studio::services {

namespace {

std::size_t left_of(std::size_t most, std::size_t used) {
    return most > used ? most - used : 0;
}

}  // namespace

DeliverySlots::State DeliverySlots::state_of(const Endpoint& endpoint, Instant now) const {
    const bool is_slow =
        std::any_of(endpoint.begun.begin(), endpoint.begun.end(),
                    [this, now](Instant began) { return now - began > options_.slow_after; });
    return is_slow ? State::troubled : endpoint.state;
}

DeliverySlots::State DeliverySlots::state_of(const std::string& endpoint, Instant now) const {
    const auto found = endpoints_.find(endpoint);
    return found == endpoints_.end() ? State::unknown : state_of(found->second, now);
}

std::size_t DeliverySlots::under_way_of(State state, Instant now) const {
    std::size_t count = 0;
    for (const auto& [id, endpoint] : endpoints_) {
        if (!endpoint.begun.empty() && state_of(endpoint, now) == state) {
            count += endpoint.begun.size();
        }
    }
    return count;
}

std::size_t DeliverySlots::begun_to(const std::string& endpoint) const {
    const auto found = endpoints_.find(endpoint);
    return found == endpoints_.end() ? 0 : found->second.begun.size();
}

std::vector<DeliverySlots::Share> DeliverySlots::plan(const std::vector<std::string>& endpoints,
                                                      Instant now) const {
    const std::size_t quarter = options_.total_max / 4;
    std::size_t total = under_way_;
    std::size_t unknown = under_way_of(State::unknown, now);
    std::size_t troubled = under_way_of(State::troubled, now);
    std::vector<Share> shares;
    for (const std::string& endpoint : endpoints) {
        const std::size_t own = begun_to(endpoint);
        const State state = state_of(endpoint, now);
        std::size_t count = left_of(options_.total_max, total);
        if (state == State::fine) {
            count = std::min(count, left_of(options_.endpoint_max, own));
        } else {
            std::size_t& kind = state == State::unknown ? unknown : troubled;
            const std::size_t kind_max = state == State::unknown ? quarter : 2 * quarter;
            count = std::min({count, left_of(options_.doubtful_endpoint_max, own),
                              left_of(kind_max, kind), left_of(3 * quarter, unknown + troubled)});
            kind += count;
        }
        total += count;
        if (count > 0) {
            shares.push_back({endpoint, count});
        }
    }
    return shares;
}

void DeliverySlots::begin(const std::string& endpoint, Instant now) {
    endpoints_[endpoint].begun.push_back(now);
    ++under_way_;
}

void DeliverySlots::end(const std::string& endpoint, Instant began, Instant now, bool succeeded) {
    const auto found = endpoints_.find(endpoint);
    STUDIO_CHECK(found != endpoints_.end(), "what ends was begun");
    auto& begun = found->second.begun;
    const auto own = std::find(begun.begin(), begun.end(), began);
    STUDIO_CHECK(own != begun.end(), "what ends was begun");
    begun.erase(own);
    --under_way_;
    const bool is_fine = succeeded && now - began <= options_.slow_after;
    found->second.state = is_fine ? State::fine : State::troubled;
}

}  // namespace studio::services
