#include "core/turn/turn.hpp"

namespace studio::core {

/// When it is due to look whether the pause is left open.
Deadline Turn::ask_deadline() const {
    const bool could_matter = options_.min_endpointing_delay < options_.max_endpointing_delay;
    const bool may_ask = options_.asks_pauses && could_matter && speaking_ &&
                         agent_ == Agent::listening && !judge_is_there_ && !pause_.is_weighed &&
                         !pause_.is_asked && asked_in_turn_ < options_.pauses_asked_max;
    return may_ask ? Deadline(last_speech_at_ + options_.pause_asked_after) : std::nullopt;
}

/// Asks about the pause if the words leave it open; looks again when there are others.
void Turn::consider_pause() {
    pause_.is_weighed = true;
    const std::vector<std::string> said = pieces();
    const bool is_open = said.empty() || finish_of(said.back(), *options_.words) == Finish::open;
    if (!is_open || is_dictating()) {
        return;
    }
    pause_.is_asked = true;
    ++asked_in_turn_;
    outputs_.emplace_back(PauseAsked{++question_});
}

/// Whatever is answered about it from now on is of no use.
void Turn::end_pause() {
    const bool was_answered = pause_.is_answered;
    pause_ = {};
    if (was_answered && speaking_) {
        patience_ = patience();
    }
}

void Turn::on(const PauseJudged& input, Instant now) {
    if (!awaits_opinion(input.question) || !input.is_over) {
        return;
    }
    pause_.is_answered = true;
    pause_.is_over = pause_verdict(*input.is_over, options_);
    if (speaking_) {
        patience_ = patience();
    } else if (complete_at_) {
        complete_turn(now);
    }
}

/// The silence that the words ask for, and the sound where the words leave it open.
milliseconds Turn::patience_after(const std::vector<std::string>& said) const {
    const milliseconds least = options_.min_endpointing_delay;
    const milliseconds most = options_.max_endpointing_delay;
    const bool is_open = said.empty() || finish_of(said.back(), *options_.words) == Finish::open;
    const bool goes_on = !said.empty() && sounds_unfinished(said.back(), *options_.words);
    if (!is_open || !pause_.is_over) {
        return goes_on ? most : least;
    }
    // Where the words lean one way and the sound the other, they are believed half each: a sentence
    // may end in "for", but seldom does, and a melody that goes on may be an accent.
    if (goes_on == !*pause_.is_over) {
        return goes_on ? most : least;
    }
    return (least + most) / 2;
}

}  // namespace studio::core
