#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "adapters/smart_turn/turn_model_on_demand.hpp"
#include "base/time.hpp"
#include "ports/turn_judge.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

struct SmartTurnOptions {
    /// Questions with the pool at a time, over the whole process; more are refused. Each takes a
    /// tenth of a second of a core, and an answer that comes much later than that is of no use.
    std::size_t questions_max = 4;
    /// A question that no thread has taken up after so long is not computed: the pause that it is
    /// about is over, one way or the other.
    milliseconds start_within{500};
};

/// Asks the model of Smart Turn for the calls of one loop, on the pool.
class SmartTurnJudge final : public TurnJudge {
public:
    /// Computes the answer to one question on a thread of the pool.
    using Compute = std::function<Result<float, std::string>(std::span<const std::int16_t> sound)>;

    /// `loop` and `pool` outlive it and its witnesses; the pool is stopped before the loop goes.
    /// The model is shared by the loops of a process.
    SmartTurnJudge(runtime::Loop& loop, runtime::BlockingPool& pool,
                   std::shared_ptr<TurnModelOnDemand> model, SmartTurnOptions options = {});
    /// With `compute` in place of the model's; `model` may be nullptr then, and no places are
    /// counted. For tests.
    SmartTurnJudge(runtime::Loop& loop, runtime::BlockingPool& pool,
                   std::shared_ptr<TurnModelOnDemand> model, SmartTurnOptions options,
                   Compute compute);

    [[nodiscard]] std::unique_ptr<TurnWitness> open() override;

private:
    class Witness;
    struct Shared;

    std::shared_ptr<Shared> shared_;
};

}  // namespace studio::adapters
