#include "services/accounts/local_rate_counter.hpp"

#include <algorithm>
#include <utility>

namespace studio::services {

Task<Result<RateCount, RateCounterError>> LocalRateCounter::count(std::string name,
                                                                  milliseconds window) {
    const Instant now = loop_.now();
    auto found = windows_.find(name);
    if (found == windows_.end()) {
        make_room();
        found = windows_.emplace(std::move(name), Window{}).first;
    }
    Window& present = found->second;
    if (present.ends_at <= now) {
        present = {now + window, 0};
    }
    ++present.count;
    const auto left = std::chrono::ceil<milliseconds>(present.ends_at - now);
    RateCount counted{present.count, left};
    co_return counted;
}

void LocalRateCounter::make_room() {
    if (windows_.size() < names_max_) {
        return;
    }
    const Instant now = loop_.now();
    std::erase_if(windows_, [now](const auto& item) { return item.second.ends_at <= now; });
    if (windows_.size() >= names_max_) {
        windows_.erase(std::min_element(windows_.begin(), windows_.end(),
                                        [](const auto& left, const auto& right) {
                                            return left.second.ends_at < right.second.ends_at;
                                        }));
    }
}

}  // namespace studio::services
