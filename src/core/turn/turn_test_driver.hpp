#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/turn/turn.hpp"

namespace studio::core {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;

/// Drives a Turn frame by frame and writes down what comes out, with its time.
class TurnTest : public testing::Test {
protected:
    struct Event {
        std::string name;
        milliseconds at;
    };

    explicit TurnTest(TurnOptions options = {}) : turn_(std::move(options)) { input(TurnStart{}); }

    void input(const TurnInput& value) {
        turn_.handle(value, now_);
        while (const auto output = turn_.poll_output()) {
            static constexpr std::array names{
                "speech",     "silence", "duck",  "resume", "interrupt", "turn", "reprompt",
                "disconnect", "lost",    "early", "void",   "ask",       "hold"};
            events_.push_back(
                {names.at(output->index()), duration_cast<milliseconds>(now_ - start_)});
            if (const auto* ended = std::get_if<TurnEnded>(&*output)) {
                last_turn_ = *ended;
                turns_.push_back(ended->text);
            } else if (const auto* early = std::get_if<EarlyEnd>(&*output)) {
                early_.push_back(early->text);
            }
        }
    }
    void frames(milliseconds duration, double probability) {
        for (milliseconds passed = 0ms; passed < duration; passed += 20ms) {
            now_ += 20ms;
            input(TurnFrame{probability, now_ - 40ms});
        }
    }
    void speak(milliseconds duration) { frames(duration, 0.9); }
    void silence(milliseconds duration) { frames(duration, 0.05); }
    void partial(const std::string& text) { input(PartialHeard{turn_.utterance(), text}); }
    void final(const std::string& text) { input(FinalHeard{turn_.utterance(), text}); }
    void say(const std::string& text) {
        speak(600ms);
        partial(text);
        silence(400ms);
        final(text);
    }

    [[nodiscard]] std::string names() const {
        std::string all;
        for (const Event& event : events_) {
            all += (all.empty() ? "" : " ") + event.name;
        }
        return all;
    }
    [[nodiscard]] milliseconds time_of(const std::string& name) const {
        for (const Event& event : events_) {
            if (event.name == name) {
                return event.at;
            }
        }
        return -1ms;
    }

    Turn turn_;
    Instant start_{1h};
    Instant now_ = start_;
    std::vector<Event> events_;
    TurnEnded last_turn_;
    std::vector<std::string> turns_;
    /// What answers were asked for before the turn was over.
    std::vector<std::string> early_;
};

}  // namespace studio::core
