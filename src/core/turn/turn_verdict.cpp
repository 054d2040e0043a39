#include "core/turn/turn.hpp"

namespace studio::core {

bool Turn::is_of_open(std::uint32_t utterance) const {
    return speaking_ && utterance == utterance_;
}

/// More is understood of the open utterance, and not noted yet: what was said of its end before
/// holds only if these are the words of which it was said.
void Turn::note_words(const std::string& text) {
    if (early_) {
        std::string all;
        for (const Awaited& awaited : awaited_) {
            if (!is_only_noise(awaited.text, *options_.words)) {
                all += awaited.text + ' ';
            }
        }
        // Partial transcripts may come late, and hold less than is known.
        if (!begins_with_words(*early_, all + text)) {
            void_early_end();
        }
    }
    if (!begins_with_words(partial_, text)) {
        is_judged_over_ = false;
        noise_at_.reset();
    }
}

void Turn::on(const JudgeFound&, Instant) {
    judge_is_there_ = true;
    if (speaking_) {
        patience_ = patience();
    }
}

void Turn::on(const StartHeard& input, Instant now) {
    judge_is_there_ = true;
    if (!is_of_open(input.utterance)) {
        return;
    }
    is_judged_over_ = false;
    noise_at_.reset();
    patience_ = patience();
    if (agent_ != Agent::speaking || !may_interrupt() || !is_voice_sustained(now)) {
        return;
    }
    if (options_.interruptions.by_start) {
        interrupt();
        return;
    }
    // It is a voice: the agent is held until its first word is known, or it falls silent.
    evidence_ = std::max(evidence_, Evidence::stump);
    hold_in_doubt(now);
}

void Turn::on(const EarlyEndHeard& input, Instant now) {
    judge_is_there_ = true;
    on(PartialHeard{input.utterance, input.text}, now);
    if (options_.early_answers != EarlyAnswers::off && is_of_open(input.utterance) &&
        same_words(partial_, input.text) && !is_dictating() &&
        !sounds_unfinished(partial_, *options_.words)) {
        offer_early_end();
    }
}

void Turn::on(const ResumeHeard& input, Instant) {
    judge_is_there_ = true;
    if (is_of_open(input.utterance)) {
        void_early_end();
        is_judged_over_ = false;
        noise_at_.reset();
        patience_ = patience();
    }
}

void Turn::on(const EndHeard& input, Instant now) {
    judge_is_there_ = true;
    if (is_of_open(input.utterance)) {
        note_end(input.text, now);
        return;
    }
    if (find_awaited(input.utterance) != nullptr) {
        is_judged_over_ = !speaking_;
        on(FinalHeard{input.utterance, input.text}, now);
    }
}

void Turn::note_end(const std::string& text, Instant now) {
    if (!is_only_noise(text, *options_.words)) {
        note_words(text);
        partial_ = text;
        caller_heard_at_ = now;
    }
    early_final_at_ = now;
    is_judged_over_ = true;
    final_heard(partial_);
    patience_ = patience();
    if (is_dictating()) {
        return;  // The silence that ends it is another.
    }
    if (speech_run_ > 0) {
        noise_at_ = now + options_.verdict_grace;
    } else {
        close_utterance(now);
    }
}

/// There is sound all along, and no word in it.
void Turn::finish_verdict(Instant now) {
    noise_at_.reset();
    if (speaking_ && is_judged_over_) {
        // The utterance that it opens now is not taken for the caller's before it has words.
        noise_goes_on_ = speech_run_ > 0;
        close_utterance(now);
    }
}

}  // namespace studio::core
