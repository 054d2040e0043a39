#include "adapters/sherpa/internal/voice_lane.hpp"

#include <algorithm>
#include <utility>

namespace studio::adapters::sherpa {

VoiceLane::VoiceLane(std::size_t width, std::size_t waiting_max)
    : width_(std::max<std::size_t>(width, 1)),
      waiting_max_(waiting_max),
      running_gauge_(metrics().gauge("studio_local_voice_running",
                                     "Pieces of speech that the local voice makes now.")),
      waiting_gauge_(metrics().gauge("studio_local_voice_waiting",
                                     "Pieces of speech that wait for the local voice.")),
      refused_(metrics().counter("studio_local_voice_refused_total",
                                 "Pieces of speech that found too many waiting.")) {}

bool VoiceLane::submit(runtime::BlockingPool& pool, Instant due, Function function) {
    {
        const std::scoped_lock lock(mutex_);
        if (functions_.size() >= waiting_max_) {
            refused_.add();
            return false;
        }
        functions_.emplace(due, std::move(function));
        waiting_gauge_.set(static_cast<std::int64_t>(functions_.size()));
        if (running_ >= width_) {
            return true;
        }
        ++running_;
        running_gauge_.set(static_cast<std::int64_t>(running_));
    }
    if (pool.try_submit([this] { work(); })) {
        return true;
    }
    const std::scoped_lock lock(mutex_);
    --running_;
    running_gauge_.set(static_cast<std::int64_t>(running_));
    if (running_ > 0) {
        // Somebody else will come to it.
        return true;
    }
    refused_.add();
    functions_.clear();
    waiting_gauge_.set(0);
    return false;
}

std::size_t VoiceLane::waiting() const {
    const std::scoped_lock lock(mutex_);
    return functions_.size();
}

void VoiceLane::work() {
    for (;;) {
        Function function;
        {
            const std::scoped_lock lock(mutex_);
            if (functions_.empty()) {
                --running_;
                running_gauge_.set(static_cast<std::int64_t>(running_));
                return;
            }
            function = std::move(functions_.begin()->second);
            functions_.erase(functions_.begin());
            waiting_gauge_.set(static_cast<std::int64_t>(functions_.size()));
        }
        function();
    }
}

}  // namespace studio::adapters::sherpa
