#include "adapters/smart_turn/smart_turn_judge.hpp"

#include <atomic>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace studio::adapters {

struct SmartTurnJudge::Shared {
    runtime::Loop& loop;
    runtime::BlockingPool& pool;
    std::shared_ptr<TurnModelOnDemand> model;
    SmartTurnOptions options;
    Compute compute;
};

namespace {

/// A place among those of the process; given back when the question is done with.
class Place {
public:
    explicit Place(std::shared_ptr<TurnModelOnDemand> model) : model_(std::move(model)) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        if (model_ != nullptr) {
            model_->leave();
        }
    }

private:
    std::shared_ptr<TurnModelOnDemand> model_;
};

/// One question, which the pool and the loop share.
struct Job {
    std::uint32_t question = 0;
    std::vector<std::int16_t> sound;
    std::unique_ptr<Place> place;
    /// Set by the loop: nobody waits for it any more.
    std::atomic<bool> is_dropped{false};
};

}  // namespace

class SmartTurnJudge::Witness final : public TurnWitness {
public:
    explicit Witness(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
    ~Witness() override {
        if (state_->job) {
            state_->job->is_dropped = true;
        }
    }

    bool ask(std::uint32_t question, std::vector<std::int16_t> sound) override {
        if (state_->job) {
            return false;
        }
        const auto& model = shared_->model;
        if (model != nullptr && !model->try_enter(shared_->options.questions_max)) {
            return false;
        }
        auto job = std::make_shared<Job>();
        job->place = std::make_unique<Place>(model);
        job->question = question;
        job->sound = std::move(sound);
        // Before it is submitted: a pool without threads answers at once.
        state_->job = job;
        const auto submitted =
            shared_->pool.try_submit([shared = shared_, job, weak = std::weak_ptr<State>(state_)] {
                work(*shared, job, weak);
            });
        if (!submitted) {
            state_->job.reset();
            return false;
        }
        const Instant late = shared_->loop.now() + shared_->options.start_within;
        const auto drop = [weak = std::weak_ptr<Job>(job)] {
            if (const auto alive = weak.lock()) {
                alive->is_dropped = true;
            }
        };
        timer_ = shared_->loop.start_timer(late, drop);
        return true;
    }

    std::optional<TurnOpinion> take_opinion() override {
        return std::exchange(state_->opinion, std::nullopt);
    }

private:
    /// Dies with the witness, on the loop; what comes from the pool finds it gone.
    struct State {
        /// The question that is open.
        std::shared_ptr<Job> job;
        std::optional<TurnOpinion> opinion;
    };

    /// On the pool.
    static void work(const Shared& shared, const std::shared_ptr<Job>& job,
                     const std::weak_ptr<State>& weak) {
        TurnOpinion opinion{job->question, std::nullopt};
        if (!job->is_dropped) {
            const auto found = shared.compute(job->sound);
            if (found) {
                opinion.is_over = *found;
            } else {
                STUDIO_LOG(error, "turn_model_failed", {"message", found.error()});
            }
        }
        job->place.reset();
        shared.loop.post([weak, opinion] {
            if (const auto alive = weak.lock()) {
                alive->job.reset();
                alive->opinion = opinion;
            }
        });
    }

    std::shared_ptr<Shared> shared_;
    std::shared_ptr<State> state_ = std::make_shared<State>();
    std::unique_ptr<runtime::Timer> timer_;
};

SmartTurnJudge::SmartTurnJudge(runtime::Loop& loop, runtime::BlockingPool& pool,
                               std::shared_ptr<TurnModelOnDemand> model, SmartTurnOptions options)
    : SmartTurnJudge(loop, pool, model, options, [model](std::span<const std::int16_t> sound) {
          return model->is_over(sound);
      }) {}

SmartTurnJudge::SmartTurnJudge(runtime::Loop& loop, runtime::BlockingPool& pool,
                               std::shared_ptr<TurnModelOnDemand> model, SmartTurnOptions options,
                               Compute compute)
    : shared_(std::make_shared<Shared>(
          Shared{loop, pool, std::move(model), options, std::move(compute)})) {}

std::unique_ptr<TurnWitness> SmartTurnJudge::open() {
    return std::make_unique<Witness>(shared_);
}

}  // namespace studio::adapters
