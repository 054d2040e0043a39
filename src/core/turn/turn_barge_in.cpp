#include <algorithm>

#include "core/turn/turn.hpp"

namespace studio::core {

using namespace std::chrono_literals;

namespace {

/// How often it is looked whether a voice goes on that said one doubtful word.
constexpr milliseconds doubt_step{60};

}  // namespace

bool Turn::may_interrupt() const {
    switch (agent_) {
        case Agent::listening:
            return false;
        // Nothing is heard of the answer yet: going on speaking is no interruption.
        case Agent::thinking:
            return true;
        case Agent::speaking:
            return interruptible_ && options_.allow_interruptions;
    }
    return false;
}

void Turn::consider_ducking(Instant now) {
    if (ducked_ || decided_ || !speaking_ || speech_run_ == 0 || !may_interrupt() ||
        voiced_frames_ < options_.duck_frames) {
        return;
    }
    if (evidence_of(partial_, options_.words, options_.sure_letters) == Evidence::sure) {
        interrupt();
        return;
    }
    ducked_ = true;
    // Where the caller spoke before the agent did, the time to decide counts from here.
    const Instant began = std::max(speech_began_at_, now - options_.duck_frames * 20ms);
    decide_at_ = began + options_.decision_delay;
    outputs_.emplace_back(Duck{});
}

void Turn::decide_barge_in(Instant now) {
    if (!ducked_ || !decide_at_ || now < *decide_at_) {
        return;
    }
    // An answer that has not begun is held until the transcript says what the caller added.
    if (agent_ == Agent::thinking && (speaking_ || !awaited_.empty())) {
        decide_at_.reset();
        return;
    }
    const bool sustained = is_voice_sustained(now);
    const Instant doubt_ends = speech_began_at_ + options_.doubt_max;
    const bool in_doubt = evidence_ == Evidence::stump || evidence_ == Evidence::doubtful;
    if (sustained && in_doubt && now < doubt_ends) {
        // The next word, or the end of the sound, tells.
        decide_at_ = std::min(doubt_ends, now + doubt_step);
        return;
    }
    if (sustained && (!partials_seen_ || evidence_ == Evidence::doubtful)) {
        interrupt();
    } else {
        resume();
    }
}

/// Still voiced at this moment: voice detectors go on for a while after a cough.
bool Turn::is_voice_sustained(Instant now) const {
    return speaking_ && speech_run_ > 0 && now - last_speech_at_ <= 40ms &&
           voiced_frames_ * 10 >= total_frames_ * 7;
}

void Turn::partial_heard(const std::string& text, Instant now) {
    evidence_ = evidence_of(text, options_.words, options_.sure_letters);
    if (!may_interrupt() || evidence_ < Evidence::doubtful) {
        return;
    }
    const bool is_sustained = is_voice_sustained(now);
    const Instant doubt_ends = speech_began_at_ + options_.doubt_max;
    if (evidence_ == Evidence::sure || (is_sustained && now >= doubt_ends)) {
        interrupt();
        return;
    }
    if (is_sustained && !ducked_ && agent_ == Agent::speaking) {
        // Words lag behind the voice, and the agent had gone on already.
        ducked_ = true;
        decide_at_ = std::min(doubt_ends, now + doubt_step);
        outputs_.emplace_back(Duck{});
    }
}

void Turn::final_heard(const std::string& text) {
    if (may_interrupt() && has_real_words(text, options_.words)) {
        interrupt();
    }
}

void Turn::interrupt() {
    ducked_ = false;
    decided_ = true;
    decide_at_.reset();
    evidence_ = Evidence::none;
    agent_ = Agent::listening;
    interrupted_by_ = utterance_;
    if (held_is_answer_) {
        awaited_.insert(awaited_.begin(), Awaited{held_utterance, held_, true, {}});
    }
    held_.clear();
    held_is_answer_ = false;
    outputs_.emplace_back(Interrupt{});
}

void Turn::resume() {
    decided_ = true;
    decide_at_.reset();
    if (ducked_) {
        ducked_ = false;
        outputs_.emplace_back(Resume{});
    }
}

/// What was said while the agent has the turn. True where it is the caller's turn now.
bool Turn::settle_over_agent(const std::string& text, Instant now) {
    if (agent_ == Agent::listening) {
        return true;
    }
    const bool real = has_real_words(text, options_.words);
    if (real && may_interrupt()) {
        interrupt();
        return true;
    }
    hold(text, now, real);
    resume();
    return false;
}

void Turn::hold(const std::string& text, Instant now, bool is_answer) {
    if (!held_.empty()) {
        held_ += ' ';
    }
    held_ += text;
    held_at_ = now;
    held_is_answer_ = held_is_answer_ || is_answer;
}

}  // namespace studio::core
