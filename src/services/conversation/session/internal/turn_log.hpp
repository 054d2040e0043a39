#pragma once

#include <cstddef>

#include "base/strong_id.hpp"
#include "core/turn/turn.hpp"

namespace studio::services {

/// Shows turn-taking in the log at level `debug`: one line for each thing that the turn taker
/// decided while it handled one input, with the call and that input as the reason (`by`). No word
/// of the caller's; nothing is done, and nothing allocated, at other levels.
///
/// Made before the turn taker is given the input; borrows the id and the turn taker.
class TurnLog {
public:
    TurnLog(const CallId& call, const core::Turn& turn, const core::TurnInput& input);

    void note(const core::TurnOutput& output, Instant now) const;
    /// All outputs were noted: tells whether words were held back.
    void finish() const;

private:
    const CallId& call_;
    const core::Turn& turn_;
    bool is_on_;
    const char* by_ = "";
    std::size_t held_before_ = 0;
};

}  // namespace studio::services
