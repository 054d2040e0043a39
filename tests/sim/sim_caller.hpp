#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "support/fakes/fake_call_media.hpp"
#include "support/fakes/simulated_speech.hpp"

namespace studio::sim {

/// One thing that the simulated caller does.
struct CallerStep {
    enum class When : std::uint8_t { agent_quiet, agent_speaking };
    When when = When::agent_quiet;
    /// How long the agent must have been so, before the step begins.
    milliseconds after{500};
    /// Empty for a cough.
    std::string words;
};

/// What the caller noticed that must not be.
struct CallerFindings {
    std::vector<std::string> violations;
    int interruptions_checked = 0;
    /// From the first sound of words over the agent until it was stopped for good.
    std::vector<milliseconds> interrupted_after;
};

/// A caller who follows a script, loses some packets, and watches how the agent behaves: that
/// speech stops when it is interrupted and that nothing comes after the end.
class SimCaller final : public testing_support::FakeCaller {
public:
    struct Options {
        std::vector<CallerStep> steps;
        /// Share of frames that are lost on the way to the agent.
        double loss_share = 0.0;
        /// Whether the time of the decision on an interruption may be checked: not where the
        /// recogniser is made to fail.
        bool check_decision = true;
        /// Whether the time may be checked after which the agent fades out.
        bool check_ducking = true;
        bool greeting_uninterruptible = false;
    };
    /// Called when the script is over, or at the end of the call.
    using Trace = std::function<void(const std::string&)>;

    SimCaller(testing_support::SimulatedSpeech& speech, Entropy& entropy, Options options,
              Trace trace);

    [[nodiscard]] InboundFrame speak(Instant now) override;
    void hear(const audio::Frame* frame, Instant now) override;
    void read(std::string_view message) override;
    void on_hang_up() override { ended_ = true; }

    /// The network or the caller ends the call: nothing may be heard from here on.
    void leave() { ended_ = true; }
    [[nodiscard]] bool is_script_over() const {
        return step_ >= options_.steps.size() && !speaking_;
    }
    [[nodiscard]] const CallerFindings& findings() const { return findings_; }
    /// Everything with words that was said to its end.
    [[nodiscard]] const std::vector<std::string>& said() const { return said_; }

private:
    void begin_step(Instant now);
    void watch_interruption(bool is_loud, bool is_full, Instant now);

    testing_support::SimulatedSpeech& speech_;
    Entropy& entropy_;
    Options options_;
    Trace trace_;
    CallerFindings findings_;
    std::vector<std::string> said_;
    std::size_t step_ = 0;
    bool speaking_ = false;
    std::uint16_t utterance_ = 0;
    std::size_t frame_ = 0;
    bool agent_loud_ = false;
    int loudest_ = 0;
    bool heard_anything_ = false;
    /// What the agent says, or will say first; it may greet again after it was handed the call
    /// back.
    bool is_greeting_ = true;
    bool last_words_ = false;
    Instant agent_changed_at_{};
    bool ended_ = false;
    Instant now_{};
    /// Words over the agent that have not stopped it yet began then; nothing for none.
    Deadline words_since_;
    /// An interruption that is being watched began then; nothing for none.
    Deadline interrupted_at_;
};

}  // namespace studio::sim
