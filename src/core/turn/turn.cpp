#include "core/turn/turn.hpp"

#include <algorithm>
#include <utility>

namespace studio::core {

namespace {

/// Below the activation threshold by this a frame no longer counts as speech that goes on.
constexpr double hysteresis = 0.15;
/// So many silent frames between speech frames do not start the count of speech anew.
constexpr int gap_frames_max = 2;
/// So many silent frames make what follows another sound; pauses inside a word are shorter.
constexpr int new_sound_gap_frames = 8;

}  // namespace

Turn::Turn(TurnOptions options, const Saved& saved, Instant now) : Turn(options) {
    utterance_ = saved.utterance;
    reprompts_ = saved.reprompts;
    partials_seen_ = saved.partials_seen;
    started_ = true;
    idle_since_ = now;
    caller_heard_at_ = now - saved.caller_silence;
    early_wasted_ = saved.early_wasted;
}

void Turn::use(TurnOptions options) {
    options_ = options;
    judge_is_there_ = options_.recogniser_judges;
}

void Turn::handle(const TurnInput& input, Instant now) {
    std::visit([this, now](const auto& which) { on(which, now); }, input);
}

std::optional<TurnOutput> Turn::poll_output() {
    if (outputs_.empty()) {
        return std::nullopt;
    }
    std::optional<TurnOutput> output(std::move(outputs_.front()));
    outputs_.pop_front();
    return output;
}

Turn::Saved Turn::save(Instant now) const {
    return {.utterance = utterance_,
            .reprompts = reprompts_,
            .partials_seen = partials_seen_,
            .caller_silence = duration_cast<milliseconds>(now - caller_heard_at_),
            .early_wasted = early_wasted_};
}

Deadline Turn::endpoint_deadline() const {
    if (!speaking_) {
        return std::nullopt;
    }
    return std::min(last_speech_at_ + patience_, speech_began_at_ + options_.utterance_max);
}

Deadline Turn::idle_deadline() const {
    if (!started_ || disconnected_) {
        return std::nullopt;
    }
    Deadline deadline = caller_heard_at_ + options_.auto_disconnect_timeout;
    const bool idle = agent_ == Agent::listening && !speaking_ && awaited_.empty();
    if (idle && options_.reprompt_delay.count() > 0 && reprompts_ < options_.reprompts_max) {
        deadline = earlier(deadline, idle_since_ + options_.reprompt_delay);
    }
    return deadline;
}

Deadline Turn::next_deadline() const {
    Deadline deadline = earlier(endpoint_deadline(), idle_deadline());
    deadline = earlier(deadline, decide_at_);
    deadline = earlier(deadline, digits_end_at_);
    deadline = earlier(deadline, complete_at_);
    deadline = earlier(deadline, typed_until_);
    deadline = earlier(deadline, noise_at_);
    deadline = earlier(deadline, ask_deadline());
    for (const Awaited& awaited : awaited_) {
        if (!awaited.is_final) {
            deadline = earlier(deadline, awaited.give_up_at);
        }
    }
    return deadline;
}

void Turn::on(const TurnStart&, Instant now) {
    started_ = true;
    idle_since_ = now;
    caller_heard_at_ = now;
}

void Turn::on(const TurnFrame& input, Instant now) {
    const double threshold = speech_run_ > 0 ? options_.activation_threshold - hysteresis
                                             : options_.activation_threshold;
    const bool is_speech = input.speech_probability >= threshold;
    if (is_speech) {
        if (speech_run_ == 0 && !speaking_) {
            speech_began_at_ = now;
            voiced_frames_ = 0;
            total_frames_ = 0;
        }
        if (speaking_ && !ducked_ && gap_run_ >= new_sound_gap_frames) {
            // Another sound in the same utterance is decided about anew.
            decided_ = false;
            voiced_frames_ = 0;
            total_frames_ = 0;
        }
        if (speaking_) {
            end_pause();
        }
        ++speech_run_;
        ++voiced_frames_;
        gap_run_ = 0;
        last_speech_at_ = now;
        last_speech_captured_at_ = input.captured_at;
    } else if (++gap_run_ > gap_frames_max) {
        speech_run_ = 0;
        noise_goes_on_ = false;
    }
    ++total_frames_;
    if (!speaking_ && speech_run_ >= options_.start_frames) {
        open_utterance();
    }
    consider_ducking(now);
    on(TurnTick{}, now);
}

void Turn::on(const PartialHeard& input, Instant now) {
    partials_seen_ = true;
    Awaited* awaited = find_awaited(input.utterance);
    const bool is_open = speaking_ && input.utterance == utterance_;
    // A recogniser that judges may hear words that are no voice to us.
    const bool is_more = judge_is_there_ && !begins_with_words(partial_, input.text);
    const bool is_settled =
        is_open && early_final_at_ && last_speech_at_ <= *early_final_at_ && !is_more;
    if (is_settled || (!is_open && awaited == nullptr)) {
        return;  // Of what is understood already: it must not stop the answer to it.
    }
    std::string& understood = is_open ? partial_ : awaited->text;
    // Recognisers take words back before they bring better ones.
    if (is_only_noise(input.text, *options_.words) && !is_only_noise(understood, *options_.words)) {
        return;
    }
    if (is_open) {
        note_words(input.text);
    }
    understood = input.text;
    if (is_open) {
        pause_.is_weighed = false;
        patience_ = patience();
    }
    if (has_real_words(input.text, *options_.words)) {
        caller_heard_at_ = now;
    }
    partial_heard(input.text, now);
}

void Turn::on(const FinalHeard& input, Instant now) {
    if (speaking_ && input.utterance == utterance_) {
        note_early_final(input.text, now);
        return;
    }
    Awaited* awaited = find_awaited(input.utterance);
    if (awaited == nullptr) {
        return;
    }
    awaited->is_final = true;
    if (!is_only_noise(input.text, *options_.words) || !stands_without_final(*awaited)) {
        awaited->text = input.text;
    }
    final_heard(input.text);
    complete_turn(now);
}

/// Of a recogniser that finds the end of an utterance before we do. It may find another one, if the
/// caller goes on.
void Turn::note_early_final(const std::string& text, Instant now) {
    if (is_only_noise(text, *options_.words)) {
        return;
    }
    note_words(text);
    partial_ = text;
    pause_.is_weighed = false;
    patience_ = patience();
    early_final_at_ = now;
    caller_heard_at_ = now;
    final_heard(text);
    if (options_.early_answers == EarlyAnswers::on && !judge_is_there_ &&
        sounds_complete(text, *options_.words)) {
        offer_early_end();
    }
}

/// Whether the last partial transcript is what was said, though the final one is empty. Words that
/// stopped the agent always are: it must not be stopped and then left without anything to answer.
bool Turn::stands_without_final(const Awaited& awaited) const {
    return agent_ != Agent::speaking || awaited.utterance == interrupted_by_ ||
           evidence_of(awaited.text, *options_.words, options_.interruptions.sure_letters) ==
               Evidence::sure;
}

void Turn::on(const RecogniserLost&, Instant now) {
    for (Awaited& awaited : awaited_) {
        awaited.is_final = true;
    }
    complete_turn(now, true);
}

void Turn::on(const RecogniserAway&, Instant) {
    // That no partial transcript comes no longer means that nothing is said.
    partials_seen_ = false;
    judge_is_there_ = false;
    patience_ = patience();
}

void Turn::on(const AgentSaid& input, Instant) {
    dictation_asked_ = asks_for_dictation(input.text, options_.words->dictation) ||
                       (dictation_asked_ && input.text.find('?') == std::string::npos);
}

void Turn::on(const AgentStarted& input, Instant) {
    void_early_end();
    agent_ = Agent::speaking;
    interruptible_ = input.interruptible;
}

void Turn::on(const AgentStopped&, Instant now) {
    resume();
    agent_ = Agent::listening;
    idle_since_ = now;
    const bool answers = held_is_answer_ || now - held_at_ <= options_.late_answer_window;
    std::string text = std::exchange(held_, {});
    held_is_answer_ = false;
    if (text.empty() || !answers) {
        return;
    }
    if (speaking_ || !awaited_.empty()) {
        // The caller is still at it: it becomes the beginning of that turn.
        awaited_.insert(awaited_.begin(), Awaited{held_utterance, std::move(text), true, now});
        return;
    }
    end_turn(std::move(text), now, false);
}

void Turn::on(const DigitPressed& input, Instant now) {
    constexpr std::size_t digits_max = 64;
    caller_heard_at_ = now;
    last_speech_captured_at_ = now;
    if (may_interrupt()) {
        interrupt();
    }
    if (input.digit != '#' && digits_.size() < digits_max) {
        digits_ += input.digit;
        digits_end_at_ = now + options_.digit_timeout;
        return;
    }
    finish_digits(now);
}

void Turn::on(const TurnTick&, Instant now) {
    decide_barge_in(now);
    if (const Deadline ask_at = ask_deadline(); ask_at && now >= *ask_at) {
        consider_pause();
    }
    if (noise_at_ && now >= *noise_at_) {
        finish_verdict(now);
    }
    if (const Deadline endpoint = endpoint_deadline(); endpoint && now >= *endpoint) {
        close_utterance(now);
    }
    give_up_waiting(now);
    if (complete_at_ && now >= *complete_at_) {
        complete_turn(now);
    }
    if (digits_end_at_ && now >= *digits_end_at_) {
        finish_digits(now);
    }
    finish_typing(now);
    const Deadline idle = idle_deadline();
    if (!idle || now < *idle) {
        return;
    }
    if (now >= caller_heard_at_ + options_.auto_disconnect_timeout) {
        disconnected_ = true;
        outputs_.emplace_back(AutoDisconnect{});
        return;
    }
    ++reprompts_;
    idle_since_ = now;
    agent_ = Agent::thinking;
    outputs_.emplace_back(Reprompt{});
}

Turn::Awaited* Turn::find_awaited(std::uint32_t utterance) {
    for (Awaited& awaited : awaited_) {
        if (awaited.utterance == utterance && !awaited.is_final) {
            return &awaited;
        }
    }
    return nullptr;
}

void Turn::open_utterance() {
    speaking_ = true;
    end_pause();
    ++utterance_;
    partial_.clear();
    is_judged_over_ = false;
    patience_ = judge_is_there_ ? patience() : options_.min_endpointing_delay;
    early_final_at_.reset();
    evidence_ = Evidence::none;
    weighed_.clear();
    sure_since_.reset();
    complete_at_.reset();
    // An answer that is held already stays held until all of this is understood.
    decided_ = ducked_ || std::exchange(noise_goes_on_, false);
    outputs_.emplace_back(SpeechStarted{utterance_});
}

void Turn::close_utterance(Instant now) {
    speaking_ = false;
    speech_run_ = 0;
    noise_at_.reset();
    endpoint_at_ = now;
    idle_since_ = now;
    const bool is_final =
        is_judged_over_ || (early_final_at_ && last_speech_at_ <= *early_final_at_);
    awaited_.push_back({utterance_, partial_, is_final, now + options_.transcript_timeout});
    outputs_.emplace_back(SpeechEnded{utterance_});
    if (is_final) {
        complete_turn(now);
    }
}

std::vector<std::string> Turn::pieces() const {
    std::vector<std::string> pieces;
    for (const Awaited& awaited : awaited_) {
        if (!is_only_noise(awaited.text, *options_.words)) {
            pieces.push_back(awaited.text);
        }
    }
    if (speaking_ && !words_of(partial_).empty()) {
        pieces.push_back(partial_);
    }
    return pieces;
}

bool Turn::is_dictating() const {
    return dictation_goes_on(pieces(), options_.words->dictation, dictation_asked_);
}

milliseconds Turn::patience() const {
    if (is_dictating()) {
        return std::max(options_.dictation_pause, options_.max_endpointing_delay);
    }
    const std::vector<std::string> said = pieces();
    if (is_judged_over_) {
        return speaking_ ? options_.min_endpointing_delay : milliseconds(0);
    }
    if (judge_is_there_ && speaking_) {
        return partial_.empty() ? std::max(options_.words_lag, options_.min_endpointing_delay)
                                : std::max(options_.turn_backstop, options_.max_endpointing_delay);
    }
    return patience_after(said);
}

void Turn::give_up_waiting(Instant now) {
    bool gave_up = false;
    for (Awaited& awaited : awaited_) {
        if (!awaited.is_final && now >= awaited.give_up_at) {
            awaited.is_final = true;
            gave_up = true;
        }
    }
    if (gave_up) {
        complete_turn(now, true);
    }
}

/// Whether the caller seems to have more to say. Partial transcripts lag behind: often it is only
/// now that the words are known which tell it.
bool Turn::must_wait_for_more(Instant now) {
    const bool has_words = std::any_of(
        awaited_.begin(), awaited_.end(),
        [this](const Awaited& awaited) { return !is_only_noise(awaited.text, *options_.words); });
    const Instant due = last_speech_at_ + patience();
    if (!has_words || agent_ != Agent::listening || now >= due) {
        return false;
    }
    complete_at_ = due;
    return true;
}

/// Ends the turn where everything that was said is known and nobody is speaking.
void Turn::complete_turn(Instant now, bool gave_up) {
    complete_at_.reset();
    const bool outstanding = std::any_of(awaited_.begin(), awaited_.end(),
                                         [](const Awaited& awaited) { return !awaited.is_final; });
    if (speaking_ || outstanding || awaited_.empty() || must_wait_for_more(now)) {
        return;
    }
    std::string text;
    for (const Awaited& awaited : awaited_) {
        if (!is_only_noise(awaited.text, *options_.words)) {
            text += (text.empty() ? "" : " ") + awaited.text;
        }
    }
    awaited_.clear();
    if (text.empty()) {
        end_pause();
        void_early_end();
        if (gave_up && agent_ == Agent::listening) {
            outputs_.emplace_back(SpeechLost{});
        }
        resume();
        return;
    }
    if (settle_over_agent(text, now)) {
        end_turn(std::move(text), now, false);
    }
}

void Turn::finish_digits(Instant now) {
    digits_end_at_.reset();
    endpoint_at_ = now;
    std::string digits = std::exchange(digits_, {});
    if (digits.empty()) {
        return;
    }
    if (agent_ != Agent::listening) {
        hold(digits, now, true);
        return;
    }
    end_turn(std::move(digits), now, true);
}

void Turn::end_turn(std::string text, Instant now, bool is_keypad) {
    // Words that were held, and that this interruption brought back.
    for (Awaited& awaited : awaited_) {
        if (awaited.utterance == held_utterance) {
            text = std::exchange(awaited.text, {}) + ' ' + text;
        }
    }
    std::erase_if(awaited_, [](const Awaited& it) { return it.utterance == held_utterance; });
    keep_early_end_only_for(text);
    const bool was_early = std::exchange(early_, std::nullopt).has_value();
    early_in_turn_ = 0;
    asked_in_turn_ = 0;
    end_pause();
    is_judged_over_ = false;
    agent_ = Agent::thinking;
    ducked_ = false;
    held_back_ = false;
    decide_at_.reset();
    dictation_asked_ = false;
    reprompts_ = 0;
    caller_heard_at_ = now;
    outputs_.emplace_back(TurnEnded{std::move(text), last_speech_captured_at_, endpoint_at_, now,
                                    is_keypad, was_early});
}

}  // namespace studio::core
