#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/metric.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "runtime/loop.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/wake_list.hpp"

namespace studio::services {

/// What the process needs, and whether it answers.
struct HealthReport {
    struct Item {
        std::string name;
        bool critical = false;
        bool healthy = false;
    };
    std::vector<Item> items;
    bool draining = false;

    /// Work may be sent here: nothing critical is away, and the process is not going.
    [[nodiscard]] bool is_ready() const;
    /// Whether everything critical answers.
    [[nodiscard]] bool is_whole() const;
    /// `healthy`, `degraded` (draining, or something that is not critical is away), `unhealthy`.
    [[nodiscard]] const char* status() const;
};

struct HealthOptions {
    /// A result is used again for so long: a flood of requests does not become one of probes.
    milliseconds fresh_for{500};
    /// A probe that has not ended by then counts as failed until it ends.
    milliseconds patience{1'000};
};

/// Asks what the process depends on whether it is there, at most once at a time each and never for
/// longer than a bound; nothing is remembered beyond it, so that what comes back is seen by itself.
/// One loop. Metric: studio_dependency_up{dependency="…"}.
class Health {
public:
    using Probe = std::function<Task<bool>()>;

    explicit Health(runtime::Loop& loop, HealthOptions options = {});

    /// Before the first look(). What `probe` uses outlives close().
    void add(std::string name, bool critical, Probe probe);
    /// The same of what the process can do without for a while, but not from the start: it is
    /// critical until it answered once, so that a process that was set up wrongly is never ready.
    void add_for_start(std::string name, Probe probe);
    /// Asks whatever was not asked just now, waits for the answers as long as patience allows.
    [[nodiscard]] Task<HealthReport> look();
    /// From now on the process is not ready.
    void start_draining() { draining_ = true; }
    /// Waits for probes under way. Once, at the end.
    [[nodiscard]] Task<void> close() { return scope_.close(); }

private:
    struct Check;
    enum class Need : std::uint8_t { always, at_start, never };

    void add(std::string name, Need need, Probe probe);
    [[nodiscard]] Task<void> run(Check& check);
    /// Until when an answer is waited for; nothing where none is.
    [[nodiscard]] Deadline awaited_until() const;

    runtime::Loop& loop_;
    HealthOptions options_;
    bool draining_ = false;
    // Addresses stay: tasks hold them.
    std::vector<std::shared_ptr<Check>> checks_;
    runtime::WakeList answered_;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
