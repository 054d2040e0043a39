#pragma once

#include <cstdint>
#include <string>

namespace studio::services {

// What live events put into the process's metrics. Any thread.

/// studio_live_events_total.
void count_live_event();
/// studio_live_events_dropped_total{reason="…"}: `bus_slow`, `bus_away`, `too_large`.
void count_live_event_dropped(const std::string& reason);
/// studio_live_streams{kind="…"}: `calls`, `call`, `socket`; by +1 and -1.
void count_live_stream(const std::string& kind, std::int64_t change);
/// studio_live_readers_dropped_total{reason="…"}: `slow_reader`, `events_lost`, `key_revoked`.
void count_live_reader_dropped(const std::string& reason);

}  // namespace studio::services
