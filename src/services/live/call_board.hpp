#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/strong_id.hpp"
#include "base/time.hpp"
#include "ports/live_bus.hpp"

namespace studio::services {

/// Whether an event says how a call stands as a whole: its data is live_call_view().
[[nodiscard]] bool is_of_board(const LiveEvent& event);

/// The calls of one tenant that are under way, as far as events and the store tell. An event may
/// come before its change is stored, and may be lost: what the store says counts where no event
/// came lately.
class CallBoard {
public:
    /// How long an event counts more than what the store said: writes wait for a busy database.
    static constexpr milliseconds event_counts{3'000};

    /// Of is_of_board() only; others change nothing.
    void apply(const LiveEvent& event, Instant now);
    /// What was wrong here.
    struct Correction {
        /// As they stand: live_call_view().
        std::vector<JsonObject> calls{};
        /// Over, without an event that told so.
        std::vector<CallId> gone{};
    };
    /// All calls under way as the store told at `asked_at`.
    [[nodiscard]] Correction load(const std::vector<JsonObject>& calls, Instant asked_at,
                                  Instant now);

    /// Calls whose status is `active`.
    [[nodiscard]] std::size_t active() const;
    /// live_call_view() of each, at most `count_max`, the newest first.
    [[nodiscard]] JsonArray view(std::size_t count_max) const;
    [[nodiscard]] std::size_t size() const { return calls_.size(); }

private:
    struct Entry {
        JsonObject call{};
        bool is_active = false;
        Deadline told_at{};
    };

    void put(std::string id, JsonObject call, Deadline told_at);

    std::map<std::string, Entry> calls_;
    /// When calls ended of which events told lately: the store may not know it yet.
    std::map<std::string, Instant> ended_;
};

}  // namespace studio::services
