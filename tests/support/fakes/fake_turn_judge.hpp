#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/entropy.hpp"
#include "ports/turn_judge.hpp"
#include "runtime/loop.hpp"

namespace studio::testing_support {

/// A model that takes between 20 ms and `latency_max` for an answer, which it draws: a yes, a no,
/// or none. Deterministic.
class FakeTurnJudge final : public TurnJudge {
public:
    struct Options {
        milliseconds latency_max{200};
        /// Of 100 answers so many are a yes, and so many of the others are none.
        std::uint32_t yes_percent = 50;
        std::uint32_t none_percent = 10;
    };

    /// All outlive it.
    FakeTurnJudge(runtime::Loop& loop, Entropy& entropy, Options options)
        : loop_(loop), entropy_(entropy), options_(options) {}

    [[nodiscard]] std::unique_ptr<TurnWitness> open() override {
        return std::make_unique<Witness>(*this);
    }

    /// How often it was asked, and how much sound it was given last.
    [[nodiscard]] int asked() const { return asked_; }
    [[nodiscard]] std::size_t samples() const { return samples_; }

private:
    class Witness final : public TurnWitness {
    public:
        explicit Witness(FakeTurnJudge& judge) : judge_(judge) {}

        bool ask(std::uint32_t question, std::vector<std::int16_t> sound) override {
            if (is_open_) {
                return false;
            }
            is_open_ = true;
            ++judge_.asked_;
            judge_.samples_ = sound.size();
            const auto latest = static_cast<std::uint32_t>(judge_.options_.latency_max.count());
            const milliseconds latency(20 + judge_.entropy_.u32() % latest);
            TurnOpinion opinion{question, std::nullopt};
            if (judge_.entropy_.u32() % 100 < judge_.options_.yes_percent) {
                opinion.is_over = 0.9F;
            } else if (judge_.entropy_.u32() % 100 >= judge_.options_.none_percent) {
                opinion.is_over = 0.1F;
            }
            timer_ = judge_.loop_.start_timer(judge_.loop_.now() + latency, [this, opinion] {
                is_open_ = false;
                opinion_ = opinion;
            });
            return true;
        }
        std::optional<TurnOpinion> take_opinion() override {
            return std::exchange(opinion_, std::nullopt);
        }

    private:
        FakeTurnJudge& judge_;
        bool is_open_ = false;
        std::optional<TurnOpinion> opinion_;
        std::unique_ptr<runtime::Timer> timer_;
    };

    runtime::Loop& loop_;
    Entropy& entropy_;
    Options options_;
    int asked_ = 0;
    std::size_t samples_ = 0;
};

}  // namespace studio::testing_support
