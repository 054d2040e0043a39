#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "audio/frame.hpp"
#include "base/ring_buffer.hpp"
#include "core/turn/turn.hpp"
#include "ports/turn_judge.hpp"

namespace studio::services {

/// What the caller said in this turn, as sound, and the model that hears by it whether they have
/// finished. Without a model it is nothing, and costs nothing. After a takeover it begins anew.
class TurnSound {
public:
    /// `judge` outlives it; nullptr for none.
    explicit TurnSound(TurnJudge* judge);

    /// The model's answer that came since, once. Before each frame.
    [[nodiscard]] std::optional<TurnOpinion> take_opinion();
    /// 20 ms of the caller. `is_pending`: something of this turn is said already.
    void hear(const audio::Frame& frame, bool is_pending);
    /// Asks the model about what was said so far. False where it takes no question now; then no
    /// answer comes.
    bool ask(std::uint32_t question);
    /// The answer as the turn taker takes it, without a number where it comes too late
    /// (`is_awaited` is false). Counts it, as studio_turn_questions_total.
    [[nodiscard]] static core::PauseJudged weigh(const TurnOpinion& opinion, bool is_awaited);
    /// Frames that are kept, for tests.
    [[nodiscard]] std::size_t frames() const { return asked_ ? asked_->turn.size() : 0; }

private:
    /// The model hears eight seconds.
    static constexpr std::size_t frames_max = 400;
    /// Half a second from before the utterance was noticed: the model was trained with it.
    static constexpr std::size_t before_max = 25;

    struct Asked {
        explicit Asked(std::unique_ptr<TurnWitness> its_witness)
            : witness(std::move(its_witness)) {}

        std::unique_ptr<TurnWitness> witness;
        RingBuffer<audio::Frame, before_max> before;
        /// The newest frames of the turn, 256 kB at most and nothing between turns; full, it is a
        /// ring whose oldest frame is at `first`.
        std::vector<audio::Frame> turn;
        std::size_t first = 0;
    };

    std::unique_ptr<Asked> asked_;
};

}  // namespace studio::services
