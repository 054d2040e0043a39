#include <algorithm>
#include <utility>

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
            return interruptible_ && options_.allow_interruptions &&
                   options_.interruptions.is_allowed;
    }
    return false;
}

void Turn::consider_ducking(Instant now) {
    const InterruptionProfile& profile = options_.interruptions;
    if (ducked_ || decided_ || !speaking_ || speech_run_ == 0 || !may_interrupt() ||
        voiced_frames_ < profile.duck_frames) {
        return;
    }
    if (evidence_ == Evidence::none && weighed_ != partial_) {
        weigh(partial_, now);  // Said before the agent began.
    }
    if (is_certain(now)) {
        interrupt();
        return;
    }
    ducked_ = true;
    // Where the caller spoke before the agent did, the time to decide counts from here.
    const Instant began = std::max(speech_began_at_, now - profile.duck_frames * 20ms);
    decide_at_ = began + profile.decision_delay;
    outputs_.emplace_back(Duck{});
    if (agent_ == Agent::thinking) {
        hold_agent();
    }
}

void Turn::hold_agent() {
    if (!std::exchange(held_back_, true)) {
        outputs_.emplace_back(Hold{});
    }
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
    if (is_certain(now)) {
        interrupt();
        return;
    }
    const InterruptionProfile& profile = options_.interruptions;
    if (const Deadline stands_at = words_stand_at(); stands_at && now < *stands_at) {
        decide_at_ = *stands_at;
        return;
    }
    const bool sustained = is_voice_sustained(now);
    const Instant doubt_ends = speech_began_at_ + profile.doubt_max;
    const bool is_blind = !partials_seen_ && profile.by_voice;
    if (sustained && !is_blind && now < doubt_ends) {
        // The next word, or the end of the sound, tells. It is longer than a "yeah".
        if (agent_ == Agent::speaking) {
            hold_agent();
        }
        decide_at_ = std::min(doubt_ends, now + doubt_step);
        return;
    }
    if (sustained && (is_blind || evidence_ >= Evidence::doubtful)) {
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

void Turn::weigh(const std::string& text, Instant now) {
    const InterruptionProfile& profile = options_.interruptions;
    const TurnWords& words = *options_.words;
    has_survived_ = core::has_survived(weighed_, text, words);
    evidence_ = evidence_of(text, words, profile.sure_letters);
    is_stop_ = is_stop(text, words);
    has_enough_ = count_real_words(text, words, profile.words_needed) >= profile.words_needed;
    weighed_ = text;
    if (evidence_ != Evidence::sure) {
        sure_since_.reset();
    } else if (!sure_since_) {
        sure_since_ = now;
    }
}

/// When what is understood has stood for long enough; nothing where it is not enough anyway.
Deadline Turn::words_stand_at() const {
    const bool may_stand = evidence_ == Evidence::sure && has_enough_ && sure_since_;
    return may_stand ? Deadline(*sure_since_ + options_.interruptions.stable_after) : std::nullopt;
}

/// Whether what is understood stops the agent. First partial transcripts are often taken back, so
/// words count that a second one has kept, or that have stood for a while; nobody has to wait for
/// an agent of which nothing is heard yet.
bool Turn::is_certain(Instant now) const {
    if (evidence_ != Evidence::sure) {
        return false;
    }
    if (is_stop_ || agent_ == Agent::thinking) {
        return true;
    }
    const Deadline stands_at = words_stand_at();
    return stands_at && (has_survived_ || now >= *stands_at);
}

void Turn::partial_heard(const std::string& text, Instant now) {
    weigh(text, now);
    if (!may_interrupt() || evidence_ < Evidence::doubtful) {
        return;
    }
    const bool is_long =
        is_voice_sustained(now) && now >= speech_began_at_ + options_.interruptions.doubt_max;
    if (is_certain(now) || is_long) {
        interrupt();
        return;
    }
    hold_in_doubt(now);
}

/// The agent waits for what the next moments tell. Words lag behind the voice, and it may have gone
/// on already.
void Turn::hold_in_doubt(Instant now) {
    const Deadline stands_at = words_stand_at();
    const Instant doubt_ends = speech_began_at_ + options_.interruptions.doubt_max;
    if (!stands_at && (!is_voice_sustained(now) || now >= doubt_ends)) {
        return;
    }
    const Instant look_at = stands_at ? *stands_at : std::min(doubt_ends, now + doubt_step);
    if (ducked_) {
        decide_at_ = stands_at ? earlier(decide_at_, look_at) : decide_at_;
    } else if (agent_ == Agent::speaking) {
        ducked_ = true;
        decide_at_ = look_at;
        outputs_.emplace_back(Duck{});
    }
    if (ducked_ && evidence_ == Evidence::sure) {
        hold_agent();
    }
}

void Turn::final_heard(const std::string& text) {
    if (may_interrupt() && takes_turn(text)) {
        interrupt();
    }
}

/// Whether what was said, and is known for good, is the caller's turn though the agent has it.
bool Turn::takes_turn(const std::string& text) const {
    if (agent_ == Agent::thinking) {
        return has_real_words(text, *options_.words);
    }
    const std::size_t needed = options_.interruptions.words_needed;
    return count_real_words(text, *options_.words, needed) >= needed ||
           is_stop(text, *options_.words);
}

void Turn::interrupt() {
    ducked_ = false;
    held_back_ = false;
    decided_ = true;
    decide_at_.reset();
    evidence_ = Evidence::none;
    weighed_.clear();
    sure_since_.reset();
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
    held_back_ = false;
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
    if (may_interrupt() && takes_turn(text)) {
        interrupt();
        return true;
    }
    hold(text, now, has_real_words(text, *options_.words));
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
