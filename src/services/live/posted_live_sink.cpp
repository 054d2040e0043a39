#include "services/live/posted_live_sink.hpp"

#include <utility>
#include <vector>

#include "services/live/live_metrics.hpp"

namespace studio::services {

/// Shared with what is posted: the sink may be gone before it runs.
struct PostedLiveSink::State : std::enable_shared_from_this<PostedLiveSink::State> {
    using Batch = std::vector<std::pair<TenantId, LiveEvent>>;

    State(runtime::Loop& own, runtime::Loop& other, LiveSink& sink, std::size_t max)
        : loop(own), target_loop(other), target(sink), waiting_max(max) {}

    void send() {
        is_under_way = true;
        target_loop.post([self = shared_from_this(), batch = std::exchange(waiting, {})]() mutable {
            for (auto& [tenant, event] : batch) {
                self->target.publish(std::move(tenant), std::move(event));
            }
            runtime::Loop& back = self->loop;
            back.post([self = std::move(self)] { self->on_taken(); });
        });
    }

    void on_taken() {
        is_under_way = false;
        if (!waiting.empty()) {
            send();
        }
    }

    runtime::Loop& loop;
    runtime::Loop& target_loop;
    LiveSink& target;
    std::size_t waiting_max;
    Batch waiting{};
    bool is_under_way = false;
};

PostedLiveSink::PostedLiveSink(runtime::Loop& loop, runtime::Loop& target_loop, LiveSink& target,
                               std::size_t waiting_max)
    : state_(std::make_shared<State>(loop, target_loop, target, waiting_max)) {}

void PostedLiveSink::publish(TenantId tenant, LiveEvent event) {
    if (state_->waiting.size() >= state_->waiting_max) {
        count_live_event_dropped("bus_slow");
        return;
    }
    state_->waiting.emplace_back(std::move(tenant), std::move(event));
    if (!state_->is_under_way) {
        state_->send();
    }
}

}  // namespace studio::services
