#pragma once

#include <optional>
#include <string>
#include <vector>

namespace studio::core {

// The table "When to consider Kubernetes" of ADR-010, docs/scaling.md.

/// What is known of an installation; what is not stays empty.
struct TriggerFigures {
    /// Mean calls at once in the busiest hour.
    std::optional<double> busiest_hour_calls;
    /// Workers that the quietest and the busiest quarter of an hour need.
    std::optional<unsigned> least_workers;
    std::optional<unsigned> most_workers;
    /// The steepest rise: needed before and after, within a quarter of an hour.
    unsigned rise_from = 0;
    unsigned rise_to = 0;
    /// Whether agents must not take each other's resources.
    std::optional<bool> needs_isolation;
    std::optional<unsigned> regions;
    std::optional<bool> has_experience;
};

enum class TriggerState : std::uint8_t { no, near, met, unknown };

struct Trigger {
    /// As the table names it.
    std::string name;
    TriggerState state = TriggerState::unknown;
    /// One sentence: what was found, and what the bound is.
    std::string reason;
};

/// The five rows in the table's order.
[[nodiscard]] std::vector<Trigger> evaluate_triggers(const TriggerFigures& figures);

/// `no`, `near`, `met`, `unknown`.
[[nodiscard]] const char* name_of(TriggerState state);

/// Whether the table says that the move is to be considered: one of the first four rows is met.
[[nodiscard]] bool suggests_move(const std::vector<Trigger>& triggers);

}  // namespace studio::core
