#include "services/operations/health.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace studio::services {

struct Health::Check {
    std::string name;
    Need need = Need::never;
    Probe probe;
    Gauge& up;
    bool under_way = false;
    bool healthy = false;
    bool was_healthy = false;
    Instant started_at{};
    std::optional<Instant> ended_at;
};

bool HealthReport::is_whole() const {
    return std::all_of(items.begin(), items.end(),
                       [](const Item& item) { return item.healthy || !item.critical; });
}

bool HealthReport::is_ready() const {
    return !draining && is_whole();
}

const char* HealthReport::status() const {
    if (!is_whole()) {
        return "unhealthy";
    }
    const bool all =
        std::all_of(items.begin(), items.end(), [](const Item& item) { return item.healthy; });
    return all && !draining ? "healthy" : "degraded";
}

Health::Health(runtime::Loop& loop, HealthOptions options)
    : loop_(loop), options_(options), answered_(loop), scope_(loop) {}

void Health::add(std::string name, bool critical, Probe probe) {
    add(std::move(name), critical ? Need::always : Need::never, std::move(probe));
}

void Health::add_for_start(std::string name, Probe probe) {
    add(std::move(name), Need::at_start, std::move(probe));
}

void Health::add(std::string name, Need need, Probe probe) {
    Gauge& up = metrics().gauge("studio_dependency_up",
                                "Whether what the process depends on answered last: 1 or 0.",
                                "dependency=\"" + name + '"');
    checks_.push_back(std::make_shared<Check>(
        Check{std::move(name), need, std::move(probe), up, false, false, false, {}, {}}));
}

Task<void> Health::run(Check& check) {
    check.under_way = true;
    check.started_at = loop_.now();
    const bool healthy = co_await check.probe();
    check.healthy = healthy;
    check.was_healthy = check.was_healthy || healthy;
    check.under_way = false;
    check.ended_at = loop_.now();
    answered_.wake_all();
    check.up.set(healthy ? 1 : 0);
}

Deadline Health::awaited_until() const {
    const Instant now = loop_.now();
    Deadline latest;
    for (const auto& check : checks_) {
        const Instant until = check->started_at + options_.patience;
        if (check->under_way && now < until && (!latest || *latest < until)) {
            latest = until;
        }
    }
    return latest;
}

Task<HealthReport> Health::look() {
    for (const auto& check : checks_) {
        const bool fresh = check->ended_at && loop_.now() - *check->ended_at < options_.fresh_for;
        if (!check->under_way && !fresh) {
            scope_.spawn(run(*check));
        }
    }
    while (const Deadline until = awaited_until()) {
        [[maybe_unused]] const bool woken = co_await answered_.wait_until(*until);
    }
    HealthReport report;
    report.draining = draining_;
    for (const auto& check : checks_) {
        const bool healthy = check->healthy && !check->under_way;
        if (check->under_way) {
            check->up.set(0);
        }
        const bool critical =
            check->need == Need::always || (check->need == Need::at_start && !check->was_healthy);
        report.items.push_back({check->name, critical, healthy});
    }
    co_return report;
}

}  // namespace studio::services
