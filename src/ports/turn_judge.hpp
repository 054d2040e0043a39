#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/interface.hpp"

namespace studio {

/// What a model makes of a pause.
struct TurnOpinion {
    /// Of TurnWitness::ask().
    std::uint32_t question = 0;
    /// How likely the speaker has finished, 0 to 1. Nothing where it was not computed: it failed,
    /// or its time was over before it began.
    std::optional<float> is_over;
};

/// One call's place at a TurnJudge. Destroying it drops the question that is open.
class TurnWitness : public Interface {
public:
    /// `sound` is what the caller said in this turn, up to the pause that the question is about: 16
    /// kHz, at most eight seconds, the newest last. An opinion follows. False, and none follows,
    /// where the one before is not answered yet or the process has no place for another question.
    [[nodiscard]] virtual bool ask(std::uint32_t question, std::vector<std::int16_t> sound) = 0;
    /// The opinion that came since, once.
    [[nodiscard]] virtual std::optional<TurnOpinion> take_opinion() = 0;
};

/// A model that hears, by the melody and not by the words, whether a speaker has finished. One per
/// loop, used on that loop only; it outlives its witnesses. Never calls back.
class TurnJudge : public Interface {
public:
    [[nodiscard]] virtual std::unique_ptr<TurnWitness> open() = 0;
};

}  // namespace studio
