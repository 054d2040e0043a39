#include "services/conversation/session/internal/turn_sound.hpp"

#include <string>
#include <utility>

#include "base/metric.hpp"

namespace studio::services {

namespace {

Counter& questions(const char* outcome) {
    return metrics().counter("studio_turn_questions_total",
                             "Pauses about which a model was asked whether the turn is over.",
                             "outcome=\"" + std::string(outcome) + '"');
}

}  // namespace

TurnSound::TurnSound(TurnJudge* judge)
    : asked_(judge != nullptr ? std::make_unique<Asked>(judge->open()) : nullptr) {}

std::optional<TurnOpinion> TurnSound::take_opinion() {
    return asked_ ? asked_->witness->take_opinion() : std::nullopt;
}

void TurnSound::hear(const audio::Frame& frame, bool is_pending) {
    if (!asked_) {
        return;
    }
    std::vector<audio::Frame>& turn = asked_->turn;
    if (!is_pending) {
        if (!turn.empty()) {
            turn = {};
            asked_->first = 0;
        }
        asked_->before.push_dropping_oldest(frame);
        return;
    }
    if (turn.empty()) {
        turn.reserve(frames_max);
        while (auto before = asked_->before.pop()) {
            turn.push_back(*before);
        }
    }
    if (turn.size() < frames_max) {
        turn.push_back(frame);
    } else {
        turn[asked_->first] = frame;
        asked_->first = (asked_->first + 1) % frames_max;
    }
}

bool TurnSound::ask(std::uint32_t question) {
    if (!asked_) {
        return false;
    }
    const std::vector<audio::Frame>& turn = asked_->turn;
    std::vector<std::int16_t> sound;
    sound.reserve(turn.size() * audio::frame_samples);
    for (std::size_t index = 0; index < turn.size(); ++index) {
        const audio::Frame& frame = turn[(asked_->first + index) % turn.size()];
        sound.insert(sound.end(), frame.samples.begin(), frame.samples.end());
    }
    const bool is_asked = asked_->witness->ask(question, std::move(sound));
    if (!is_asked) {
        static Counter& refused = questions("refused");
        refused.add(1);
    }
    return is_asked;
}

core::PauseJudged TurnSound::weigh(const TurnOpinion& opinion, bool is_awaited) {
    static Counter& yes = questions("yes");
    static Counter& no = questions("no");
    static Counter& unclear = questions("unclear");
    static Counter& late = questions("late");
    if (!is_awaited || !opinion.is_over) {
        late.add(1);
        return {opinion.question, std::nullopt};
    }
    const auto is_over = static_cast<double>(*opinion.is_over);
    const std::optional<bool> verdict = core::pause_verdict(is_over, core::TurnOptions{});
    (!verdict ? unclear : *verdict ? yes : no).add(1);
    return {opinion.question, is_over};
}

}  // namespace studio::services
