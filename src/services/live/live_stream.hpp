#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ports/live_bus.hpp"
#include "runtime/cancellation.hpp"
#include "runtime/loop.hpp"
#include "runtime/wake_list.hpp"

namespace studio::services {

class LiveTopic;

/// Which events of its tenant a stream hears.
struct LiveWish {
    enum class Kind : std::uint8_t {
        /// How calls stand, of all calls (is_of_board).
        board,
        /// All events of some calls, or of all.
        calls,
    };
    Kind kind = Kind::calls;
    /// Nothing: of all.
    std::optional<std::set<CallId>> calls{};

    [[nodiscard]] bool has(const LiveEvent& event) const;
};

/// Why a stream hears nothing more.
enum class LiveEnd : std::uint8_t {
    none,
    /// It did not take its events in time.
    slow_reader,
    /// The bus was away, and what happened meanwhile is not known. Whoever opens a stream again
    /// gets everything as it stands.
    events_lost,
};

/// As streams and metrics name it; empty for none.
[[nodiscard]] std::string name_of(LiveEnd end);

/// One reader of a tenant's live events: keeps what the reader has not taken yet, up to a limit.
/// Made by LiveHub, which outlives it; on its loop.
class LiveStream {
public:
    LiveStream(runtime::Loop& loop, std::shared_ptr<LiveTopic> topic, LiveWish wish,
               std::string kind, std::size_t waiting_max);
    LiveStream(const LiveStream&) = delete;
    LiveStream& operator=(const LiveStream&) = delete;
    ~LiveStream();

    /// From the hub: what was kept, behind the event that the reader had last, or the last ones.
    void begin(LiveHistory history, bool is_resumed);
    /// From the topic.
    void offer(const LiveEventPtr& event);
    void stop(LiveEnd end);

    /// Where a stream begins.
    struct Start {
        /// Behind the event that the reader had last.
        bool is_resumed = false;
        /// Behind it whoever breaks off before the first event is resumed.
        LiveId at{};
        /// Of one that is not resumed: what happened last before it begins.
        std::vector<LiveEventPtr> recent{};
    };
    [[nodiscard]] const Start& start() const { return start_; }

    /// Ends when there is something to take, at `until`, when the token is cancelled, and by
    /// nudge(). One at a time.
    [[nodiscard]] Task<void> wait(Instant until, runtime::CancellationToken token);
    void nudge();
    /// In their order; none after it was stopped.
    [[nodiscard]] std::vector<LiveEventPtr> take();
    [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }
    [[nodiscard]] LiveEnd end() const { return end_; }
    /// May be changed at any time, for events to come.
    [[nodiscard]] LiveWish& wish() { return wish_; }
    /// Its tenant's, for the board.
    [[nodiscard]] LiveTopic& topic() { return *topic_; }

private:
    runtime::Loop& loop_;
    std::shared_ptr<LiveTopic> topic_;
    LiveWish wish_;
    std::string kind_;
    std::size_t waiting_max_;
    bool is_nudged_ = false;
    Start start_;
    std::deque<LiveEventPtr> waiting_;
    LiveEnd end_ = LiveEnd::none;
    runtime::WakeList woken_;
};

}  // namespace studio::services
