#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "base/task.hpp"
#include "base/time.hpp"
#include "ports/removal_cost.hpp"
#include "runtime/task_scope.hpp"

namespace studio::services {

struct RemovalNoteOptions {
    /// Between two looks at how many calls there are.
    milliseconds look_interval{500};
    /// Without a call for so long a process counts as idle: one that has short calls one after the
    /// other does not write with each.
    milliseconds idle_after{5'000};
    /// After a write that failed; doubles up to the longest.
    milliseconds retry_first{1'000};
    milliseconds retry_longest{60'000};
    /// Of a process that holds calls. How many makes no difference: each write is one to whoever
    /// orchestrates, and all of a busy process' calls move with it.
    int busy_cost = 100;
};

/// Keeps the note up to date of whether this process may be ended lightly: it is written when the
/// first call comes and when the last one has been over for a while, and not in between. Whoever
/// keeps it may be away or refuse; that is logged and tried again, and calls know nothing of it.
/// One loop.
class RemovalNote {
public:
    using CallCount = std::function<std::size_t()>;

    /// `cost` and what `calls` uses outlive close().
    RemovalNote(RemovalCost& cost, runtime::Loop& loop, CallCount calls,
                RemovalNoteOptions options = {})
        : cost_(cost),
          loop_(loop),
          calls_(std::move(calls)),
          options_(options),
          retry_(options.retry_first),
          scope_(loop) {}

    /// Begins, with a write; once.
    void start() { scope_.spawn(run()); }
    /// Waits for the write under way. Once, at the end.
    [[nodiscard]] Task<void> close() { return scope_.close(); }

private:
    [[nodiscard]] Task<void> run();
    [[nodiscard]] bool is_busy();
    /// Until the next look.
    [[nodiscard]] Task<milliseconds> note(bool busy);

    RemovalCost& cost_;
    runtime::Loop& loop_;
    CallCount calls_;
    RemovalNoteOptions options_;
    /// What is noted; nothing before the first write succeeded.
    std::optional<bool> noted_busy_;
    std::optional<Instant> empty_since_;
    milliseconds retry_;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
