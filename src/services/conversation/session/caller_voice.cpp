#include "services/conversation/session/internal/caller_voice.hpp"

#include <utility>

namespace studio::services {

CallerVoice::CallerVoice(SpeechJudge* judge)
    : judged_(judge != nullptr ? std::make_unique<Judged>(judge->open()) : nullptr) {}

std::optional<SpeechVerdict> CallerVoice::learn() {
    auto verdict = judged_ ? judged_->ear->take_verdict() : std::nullopt;
    if (verdict) {
        judged_->evidence.judged(verdict->probability, verdict->windows);
    }
    return verdict;
}

double CallerVoice::hear(const audio::Frame& frame, bool early) {
    if (!judged_) {
        return static_cast<double>(plain_.process(frame));
    }
    judged_->evidence.hear(frame);
    while (const auto window = judged_->evidence.next_window()) {
        judged_->ear->hear(*window);
    }
    return static_cast<double>(judged_->evidence.probability(early));
}

}  // namespace studio::services
