#include "core/dialog/dialog.hpp"

#include <algorithm>
#include <utility>

namespace studio::core {
namespace {

constexpr const char* interruption_note =
    "The caller interrupted here. Of your last answer they heard only the words above.";
constexpr const char* fault_note =
    "A fault of the line cut your last answer short: the caller heard only the words above.";

}  // namespace

Dialog::Dialog(DialogOptions options)
    : options_(std::move(options)), history_(options_.history_bytes_max) {}

Dialog::Dialog(DialogOptions options, Saved saved)
    : options_(std::move(options)),
      history_(options_.history_bytes_max, std::move(saved.history)),
      state_(saved.state),
      answering_(saved.answering),
      request_(saved.last_request),
      sentence_(saved.last_sentence),
      rounds_(saved.rounds),
      failures_(saved.failures),
      tokens_(saved.tokens),
      tool_calls_made_(saved.tool_calls_made),
      running_(std::move(saved.running)),
      tools_spoke_(saved.tools_spoke),
      end_reason_(std::move(saved.end_reason)),
      hand_off_to_(std::move(saved.hand_off_to)),
      notes_(std::move(saved.notes)),
      is_muted_(saved.is_muted) {}

void Dialog::handle(const DialogInput& input, Instant) {
    std::visit([this](const auto& which) { on(which); }, input);
}

std::optional<DialogOutput> Dialog::poll_output() {
    if (outputs_.empty()) {
        return std::nullopt;
    }
    std::optional<DialogOutput> output(std::move(outputs_.front()));
    outputs_.pop_front();
    return output;
}

Dialog::Saved Dialog::save() const {
    return {.history = history_.save(),
            .state = state_,
            .answering = answering_,
            .last_request = request_,
            .last_sentence = sentence_,
            .tokens = tokens_,
            .tool_calls_made = tool_calls_made_,
            .rounds = rounds_,
            .failures = failures_,
            .running = running_,
            .tools_spoke = tools_spoke_,
            .end_reason = end_reason_,
            .hand_off_to = hand_off_to_,
            .notes = notes_,
            .is_muted = is_muted_};
}

void Dialog::on(const UserSaid& input) {
    if (input.was_early && early_ && !is_busy()) {
        keep_early(input.text);
        return;
    }
    forget_early();
    // A turn that ends while an answer is under way replaces it.
    if (is_busy()) {
        on(CallerInterrupted{});
    }
    take_user_words(input.text);
    if (!is_muted_) {
        ask();
    }
}

void Dialog::take_user_words(const std::string& text) {
    note_cut(fault_note);
    note_late_results();
    caller_speaks_ = false;
    history_.add_user(text);
    rounds_ = 0;
    has_said_filler_ = false;
}

void Dialog::on(const AgentSays& input) {
    forget_early();
    begin_answer();
    history_.open_assistant();
    if (!speak(input.text, input.interruptible)) {
        settle_answer();
    }
}

void Dialog::on(const ModelPiece& input) {
    if (keep_for_early(input) || state_ != State::asking || input.request != request_) {
        return;
    }
    answer_bytes_ += input.text.size();
    answer_has_text_ = answer_has_text_ || !input.text.empty();
    cutter_.add(input.text);
    speak_complete_sentences();
    if (answer_bytes_ > options_.answer_bytes_max) {
        cancel_model();
        speak_rest();
        state_ = State::idle;
        settle_answer();
    }
}

void Dialog::on(const ModelToolAsked& input) {
    if (keep_for_early(input) || state_ != State::asking || input.request != request_ ||
        asked_.size() >= options_.tools_per_round_max) {
        return;
    }
    DialogToolCall call = input.call;
    const bool taken = std::any_of(asked_.begin(), asked_.end(),
                                   [&call](const auto& other) { return other.id == call.id; });
    ++tool_calls_made_;
    if (call.id.empty() || taken) {
        call.id = "call_" + std::to_string(request_) + "_" + std::to_string(tool_calls_made_);
    }
    asked_.push_back(std::move(call));
}

void Dialog::on(const ModelDone& input) {
    if (keep_for_early(input) || state_ != State::asking || input.request != request_) {
        return;
    }
    tokens_ += input.tokens;
    speak_rest();
    if (!asked_.empty()) {
        failures_ = 0;
        run_tools();
        return;
    }
    state_ = State::idle;
    if (!answer_has_text_) {
        apologise();  // An empty answer is a failed one: silence would leave the caller alone.
        return;
    }
    failures_ = 0;
    settle_answer();
}

void Dialog::on(const ModelSlow& input) {
    const bool is_awaited = state_ == State::asking && input.request == request_;
    if (keep_for_early(input) || !is_awaited || has_said_filler_ || caller_speaks_ ||
        history_.has_unheard()) {
        return;
    }
    std::string spoken = SpokenText().clean(input.filler);
    if (spoken.empty()) {
        return;
    }
    has_said_filler_ = true;
    ++sentence_;
    history_.add_aside(sentence_, input.filler);
    outputs_.emplace_back(Speak{sentence_, input.filler, true, std::move(spoken), true});
}

void Dialog::on(const ModelBroke& input) {
    if (keep_for_early(input) || state_ != State::asking || input.request != request_) {
        return;
    }
    // The sentence that broke off is not said: half of one misleads.
    if (const auto complete = cutter_.flush_complete()) {
        speak(*complete, true);
    }
    asked_.clear();
    state_ = State::idle;
    apologise();
}

void Dialog::on(const ToolSpoke& input) {
    if (state_ == State::running_tools) {
        speak(input.text, input.interruptible);
    }
}

void Dialog::on(const ToolDone& input) {
    const bool is_known = history_.set_tool_result(input.tool_call_id, input.result);
    forget_early();  // It does not know the result.
    const auto found = std::find(running_.begin(), running_.end(), input.tool_call_id);
    if (found == running_.end()) {
        // Its answer was interrupted, but what it decided stands.
        tell_decision(input.end_reason, input.hand_off_to);
        if (is_known && input.end_reason.empty() && input.hand_off_to.empty()) {
            has_late_results_ = true;
            tell_late_results();
        }
        return;
    }
    running_.erase(found);
    tools_spoke_ = tools_spoke_ || input.spoke;
    if (!input.end_reason.empty()) {
        end_reason_ = input.end_reason;
    }
    if (!input.hand_off_to.empty()) {
        hand_off_to_ = input.hand_off_to;
    }
    if (running_.empty()) {
        finish_tools();
    }
}

void Dialog::on(const SentenceHeard& input) {
    history_.mark_heard(input.sentence);
    settle_answer();
}

void Dialog::on(const SentenceCut& input) {
    history_.mark_cut(input.sentence, input.heard);
    settle_answer();
}

void Dialog::on(const CallerSpeaks& input) {
    caller_speaks_ = input.on;
    tell_late_results();
}

void Dialog::on(const CallerInterrupted&) {
    forget_early();
    if (!is_busy()) {
        // Its last sentence was cut just before, which settled the answer.
        note_cut(interruption_note);
        return;
    }
    const bool had_tools = state_ == State::running_tools || rounds_ > 0;
    cancel_model();
    cutter_.clear();
    asked_.clear();
    running_.clear();
    history_.cut_unheard();
    state_ = State::idle;
    const std::string heard = history_.answer_text();
    const bool cut = history_.answer_was_cut();
    if (answering_) {
        answering_ = false;
        if (!heard.empty() || cut) {
            outputs_.emplace_back(AnswerHeard{heard, cut});
        }
    }
    using Words = DialogHistory::Words;
    if (!history_.answer_text(Words::of_model).empty() &&
        history_.answer_was_cut(Words::of_model)) {
        history_.add_note(interruption_note);
    } else if (had_tools) {
        history_.add_note("The caller went on speaking before they heard an answer.");
    }
    tell_decision(std::exchange(end_reason_, {}), std::exchange(hand_off_to_, {}));
}

void Dialog::on(const AgentChanged& input) {
    forget_early();
    options_.apology = input.apology;
    failures_ = 0;
    rounds_ = 0;
    has_said_filler_ = false;
    if (input.history_kept) {
        history_.keep_last(*input.history_kept);
    }
    history_.add_note(input.note);
    is_leaving_ = false;
    if (input.asks && !is_muted_) {
        note_late_results();
        ask();
    }
}

void Dialog::on(const CarryOn& input) {
    const bool asks_again = state_ == State::asking;
    if (asks_again) {
        give_up_answer();
        ask();
    }
    const std::vector<DialogHistory::Sentence> unheard = history_.waiting();
    if (has_speech(input.bridge)) {
        begin_answer();
        ++sentence_;
        history_.add_before_waiting(sentence_, input.bridge);
        outputs_.emplace_back(
            Speak{sentence_, input.bridge, true, SpokenText().clean(input.bridge)});
    }
    for (const DialogHistory::Sentence& sentence : unheard) {
        std::string spoken = SpokenText().clean(sentence.text);
        if (spoken.empty()) {
            history_.mark_heard(sentence.id);
            continue;
        }
        outputs_.emplace_back(
            Speak{sentence.id, sentence.text, sentence.interruptible, std::move(spoken)});
    }
    settle_answer();
}

/// What is missing of it is not known: what was heard stands, and the request is made again, under
/// the same number.
void Dialog::give_up_answer() {
    history_.cut_unheard();
    const std::string heard = history_.answer_text();
    if (std::exchange(answering_, false) && !heard.empty()) {
        outputs_.emplace_back(AnswerHeard{heard, history_.answer_was_cut()});
        if (rounds_ == 0 && !history_.answer_text(DialogHistory::Words::of_model).empty()) {
            history_.add_note(
                "The line was interrupted here. Of your last answer the caller heard only the "
                "words above: go on from there.");
        }
    }
    --request_;
}

void Dialog::ask() {
    forget_early();
    add_notes();
    ++request_;
    outputs_.emplace_back(AskModel{request_, history_.messages(options_.system_prompt)});
    open_request();
}

void Dialog::open_request() {
    state_ = State::asking;
    begin_answer();
    answer_bytes_ = 0;
    answer_has_text_ = false;
    asked_.clear();
    cutter_.clear();
    history_.open_assistant();
}

void Dialog::begin_answer() {
    if (!answering_) {
        answering_ = true;
        cut_untold_ = false;
        history_.begin_answer();
    }
}

bool Dialog::speak(const std::string& text, bool interruptible) {
    return speak(CutSentence{text, SpokenText().clean(text)}, interruptible);
}

bool Dialog::speak(const CutSentence& sentence, bool interruptible) {
    if (sentence.text.empty()) {
        return false;
    }
    begin_answer();
    ++sentence_;
    if (sentence.spoken.empty()) {
        history_.add_unspoken(sentence_, sentence.text);
        return false;
    }
    history_.add_sentence(sentence_, sentence.text, interruptible);
    outputs_.emplace_back(Speak{sentence_, sentence.text, interruptible, sentence.spoken});
    return true;
}

void Dialog::speak_complete_sentences() {
    while (const auto sentence = cutter_.next()) {
        speak(*sentence, true);
    }
}

void Dialog::speak_rest() {
    while (const auto sentence = cutter_.flush()) {
        speak(*sentence, true);
    }
}

void Dialog::cancel_model() {
    if (state_ == State::asking) {
        outputs_.emplace_back(CancelModel{request_});
    }
}

void Dialog::apologise() {
    ++failures_;
    if (failures_ >= options_.failures_max) {
        outputs_.emplace_back(EndRequested{"language_model_failed", true});
    } else {
        speak(options_.apology, true);
    }
    settle_answer();
}

void Dialog::run_tools() {
    if (++rounds_ > options_.tool_rounds_max) {
        // A model that only ever asks for tools never answers.
        asked_.clear();
        state_ = State::idle;
        apologise();
        return;
    }
    state_ = State::running_tools;
    tools_spoke_ = false;
    history_.add_tool_calls(asked_);
    std::uint32_t index = 0;
    for (DialogToolCall& call : asked_) {
        running_.push_back(call.id);
        outputs_.emplace_back(RunTool{std::move(call), request_, index++});
    }
    asked_.clear();
}

void Dialog::finish_tools() {
    if (!end_reason_.empty() || !hand_off_to_.empty()) {
        state_ = State::idle;
        tell_decision(std::exchange(end_reason_, {}), std::exchange(hand_off_to_, {}));
        settle_answer();
    } else if (tools_spoke_) {
        state_ = State::idle;
        settle_answer();
    } else {
        ask();
    }
}

/// Who ends the call hands nobody over.
void Dialog::tell_decision(const std::string& end_reason, const std::string& hand_off_to) {
    if (!end_reason.empty()) {
        is_leaving_ = true;
        outputs_.emplace_back(EndRequested{end_reason, false});
    } else if (!hand_off_to.empty()) {
        is_leaving_ = true;
        outputs_.emplace_back(HandOffRequested{hand_off_to});
    }
}

/// Reports the answer once it is complete and nothing of it waits to be heard.
void Dialog::settle_answer() {
    if (!answering_ || state_ != State::idle || history_.has_unheard()) {
        return;
    }
    answering_ = false;
    rounds_ = 0;
    has_said_filler_ = false;
    const std::string text = history_.answer_text();
    if (!text.empty()) {
        using Words = DialogHistory::Words;
        cut_untold_ = history_.answer_was_cut(Words::of_model) &&
                      !history_.answer_text(Words::of_model).empty();
        outputs_.emplace_back(AnswerHeard{text, history_.answer_was_cut()});
    }
    tell_late_results();
}

/// Once, where the last answer was cut and the model was not told.
void Dialog::note_cut(const char* note) {
    if (std::exchange(cut_untold_, false)) {
        history_.add_note(note);
    }
}

void Dialog::note_late_results() {
    if (std::exchange(has_late_results_, false)) {
        history_.add_note(
            "A tool has finished late: its result stands where you asked for it, and the caller "
            "has not heard of it. Tell them what matters of it, and then go on.");
    }
}

/// Nobody speaks and nothing is under way: the caller need not speak again to be told.
void Dialog::tell_late_results() {
    if (!has_late_results_ || caller_speaks_ || is_leaving_ || is_muted_ || is_busy()) {
        return;
    }
    note_cut(fault_note);
    note_late_results();
    ask();
}

}  // namespace studio::core
