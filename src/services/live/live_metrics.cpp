#include "services/live/live_metrics.hpp"

#include "base/metric.hpp"

namespace studio::services {
namespace {

std::string label(const char* name, const std::string& value) {
    return std::string(name) + "=\"" + value + '"';
}

}  // namespace

void count_live_event() {
    static Counter& told =
        metrics().counter("studio_live_events_total", "Live events that were told.");
    told.add();
}

void count_live_event_dropped(const std::string& reason) {
    metrics()
        .counter("studio_live_events_dropped_total",
                 "Live events that nobody was told of, by reason.", label("reason", reason))
        .add();
}

void count_live_stream(const std::string& kind, std::int64_t change) {
    metrics()
        .gauge("studio_live_streams", "Streams of live events that are open, by kind.",
               label("kind", kind))
        .add(change);
}

void count_live_reader_dropped(const std::string& reason) {
    metrics()
        .counter("studio_live_readers_dropped_total",
                 "Streams of live events that we ended early, by reason.", label("reason", reason))
        .add();
}

}  // namespace studio::services
