#include "services/operations/removal_note.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace studio::services {

Task<void> RemovalNote::run() {
    bool again = true;
    while (again) {
        milliseconds pause = options_.look_interval;
        const bool busy = is_busy();
        if (noted_busy_ != busy) {
            pause = co_await note(busy);
        }
        again = co_await runtime::sleep_for(loop_, pause, scope_.token());
    }
}

bool RemovalNote::is_busy() {
    if (calls_() > 0) {
        empty_since_.reset();
        return true;
    }
    if (!empty_since_) {
        empty_since_ = loop_.now();
    }
    const bool rests = loop_.now() - *empty_since_ >= options_.idle_after;
    return noted_busy_.value_or(false) && !rests;
}

Task<milliseconds> RemovalNote::note(bool busy) {
    const auto written = co_await cost_.write(busy ? options_.busy_cost : 0);
    if (written) {
        noted_busy_ = busy;
        retry_ = options_.retry_first;
        co_return options_.look_interval;
    }
    const milliseconds pause = retry_;
    retry_ = std::min(2 * retry_, options_.retry_longest);
    STUDIO_LOG(warning, "removal_cost_not_written", {"busy", busy},
               {"error", written.error() == RemovalCostError::refused ? "refused" : "unavailable"},
               {"retry_ms", pause.count()});
    co_return pause;
}

}  // namespace studio::services
