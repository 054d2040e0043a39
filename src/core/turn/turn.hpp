#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "core/turn/early_answers.hpp"
#include "core/turn/interruptions.hpp"
#include "core/turn/turn_text.hpp"

namespace studio::core {

struct TurnOptions {
    /// From which probability a frame counts as speech; it goes on counting down to 0.15 less, so
    /// that soft ends of words do not flicker.
    double activation_threshold = 0.5;
    milliseconds min_endpointing_delay{300};
    milliseconds max_endpointing_delay{1500};
    milliseconds auto_disconnect_timeout{300'000};
    /// Zero means never.
    milliseconds reprompt_delay{10'000};
    int reprompts_max = 2;
    bool allow_interruptions = true;
    InterruptionProfile interruptions{};
    /// Speech of so many frames opens an utterance: 60 ms, so that clicks do not.
    int start_frames = 3;
    /// How long to wait for the final transcript before the last partial is taken for it.
    milliseconds transcript_timeout{5'000};
    /// How long someone who reads out a number, spells or gives an address may pause between two
    /// groups before the turn ends (dictation.hpp). People pause for 1 to 2 s there.
    milliseconds dictation_pause{2'500};
    /// An utterance is closed after so long even if the noise goes on.
    milliseconds utterance_max{60'000};
    /// The agent stopped so shortly after a "yes" that this was an answer and no backchannel.
    milliseconds late_answer_window{700};
    /// Between keys of the telephone; '#' ends the input at once.
    milliseconds digit_timeout{2'000};
    /// Texts that are typed so shortly after one another are one turn, but for the first, which is
    /// not made to wait: a flood asks the model twice a second at most.
    milliseconds typed_gap{500};
    /// Of texts that are gathered so; what comes beyond is left out.
    std::size_t typed_bytes_max = 8'192;
    /// Of the agent's language; not nullptr, and outlives the turn taker.
    const TurnWords* words = &english_turn_words();
    /// The recogniser judges itself whether the turn is over (JudgeFound). Silence ends
    /// it then only after `turn_backstop`: longer than people pause in a sentence. A sound of which
    /// no word is known after `words_lag` is none; recognisers lag behind by up to 600 ms.
    bool recogniser_judges = false;
    milliseconds turn_backstop{3'000};
    milliseconds words_lag{700};
    /// The recogniser says that the turn is over, but there is sound still: it is noise if no
    /// further word is known of it after so long.
    milliseconds verdict_grace{400};
    /// Whether an answer is asked for as soon as the turn seems over; at most so often in a turn,
    /// and until so many answers of the call were thrown away: each costs what an answer costs.
    EarlyAnswers early_answers = EarlyAnswers::automatic;
    int early_in_turn_max = 3;
    std::uint32_t early_wasted_max = 50;
    /// There is a model that hears whether a pause is the end of the turn (PauseAsked). It is asked
    /// after so much silence, so that its answer, which takes some 100 ms, is there before
    /// min_endpointing_delay is over; and at most so often in a turn, since each answer is computed
    /// for some 100 ms.
    bool asks_pauses = false;
    milliseconds pause_asked_after{160};
    int pauses_asked_max = 8;
    /// From which probability on its answer is "yes, it is over", and below which it is "no"; in
    /// between it says nothing. Of the ends of people's sentences one in five is below 0.5
    /// (bench/results/smart_turn.md), and each that is taken for a pause is answered later.
    double pause_over_from = 0.5;
    double pause_goes_on_below = 0.25;
};

/// What a model's answer about a pause means: whether the turn is over, or nothing.
[[nodiscard]] constexpr std::optional<bool> pause_verdict(double is_over,
                                                          const TurnOptions& options) {
    if (is_over >= options.pause_over_from) {
        return true;
    }
    return is_over < options.pause_goes_on_below ? std::optional(false) : std::nullopt;
}

/// The conversation begins (the agent listens, until AgentStarted says otherwise).
struct TurnStart {};
/// 20 ms were heard.
struct TurnFrame {
    /// 0 to 1.
    double speech_probability = 0.0;
    /// When the last audible sample so far was captured, of this frame or an earlier one.
    Instant captured_at{};
};
struct PartialHeard {
    std::uint32_t utterance = 0;
    std::string text;
};
struct FinalHeard {
    std::uint32_t utterance = 0;
    std::string text;
};
/// The recogniser judges itself whether the turn is over, until RecogniserAway.
struct JudgeFound {};
/// Its word on the turn: somebody began to say something;
struct StartHeard {
    std::uint32_t utterance = 0;
};
/// they seem to have finished, and said this;
struct EarlyEndHeard {
    std::uint32_t utterance = 0;
    std::string text;
};
/// they go on after all;
struct ResumeHeard {
    std::uint32_t utterance = 0;
};
/// they have finished, and said this: no further transcript comes of it.
struct EndHeard {
    std::uint32_t utterance = 0;
    std::string text;
};
/// The recogniser broke down: transcripts that are outstanding will not come.
struct RecogniserLost {};
/// The recogniser is away for a while: no partial transcripts come, and final ones may come late.
struct RecogniserAway {};
/// What the model makes of the pause in question; without a number where it did not say.
struct PauseJudged {
    std::uint32_t question = 0;
    /// How likely the turn is over, 0 to 1.
    std::optional<double> is_over;
};
/// What the agent says now: whether it asks for something that is read out in pieces.
struct AgentSaid {
    std::string text;
};
/// The agent is to be heard from now on, or is about to be and must not be kept from it.
struct AgentStarted {
    bool interruptible = true;
};
/// The agent has nothing more to say.
struct AgentStopped {};
struct DigitPressed {
    char digit = '0';
};
/// The caller wrote it: a turn like any other. Clean (clean_typed_text()).
struct TextTyped {
    std::string text;
};
/// A deadline may have passed.
struct TurnTick {};

using TurnInput =
    std::variant<TurnStart, TurnFrame, PartialHeard, FinalHeard, RecogniserLost, AgentStarted,
                 AgentStopped, DigitPressed, TurnTick, RecogniserAway, AgentSaid, TextTyped,
                 JudgeFound, StartHeard, EarlyEndHeard, ResumeHeard, EndHeard, PauseJudged>;

/// The caller began to speak: recognise from about 300 ms before.
struct SpeechStarted {
    std::uint32_t utterance = 0;
};
/// The caller seems to have finished: the final transcript of this utterance is wanted.
struct SpeechEnded {
    std::uint32_t utterance = 0;
};
/// Somebody may be interrupting, or only says "yeah": the agent speaks on, more quietly.
struct Duck {};
/// Words were understood that may be an interruption, or the voice goes on for longer than a
/// "yeah", or an answer is about to begin into what the caller says: fade the agent out and hold
/// it. After Duck.
struct Hold {};
/// It was nothing: the agent goes on as loud as before, at the word where it was held.
struct Resume {};
/// The caller has the turn: drop what the agent has not said, and the answer it was thinking of.
struct Interrupt {};
/// The caller's turn is over and this is what was said; the agent answers.
struct TurnEnded {
    std::string text;
    /// When the last sample of speech was captured.
    Instant last_speech_at{};
    Instant endpoint_at{};
    Instant final_at{};
    /// Typed on the telephone's keys.
    bool is_keypad = false;
    /// The text of an EarlyEnd that stands: its answer is the answer.
    bool was_early = false;
};
/// The turn seems over, and this is what was said: an answer may be made already, of which nothing
/// is said and nothing done before TurnEnded. Never while the agent has the turn.
struct EarlyEnd {
    std::string text;
};
/// The caller goes on: the answer to EarlyEnd is thrown away.
struct EarlyEndVoid {};
/// The caller pauses, and neither the words nor the recogniser tell whether they have finished:
/// what does a model make of the sound? Its answer counts while the pause lasts and the turn is not
/// over.
struct PauseAsked {
    std::uint32_t question = 0;
};
/// The caller has been silent for long: ask again.
struct Reprompt {};
/// The caller has been silent for so long that the call ends.
struct AutoDisconnect {};

/// The caller said something and the recogniser failed to understand it: ask again.
struct SpeechLost {};

using TurnOutput =
    std::variant<SpeechStarted, SpeechEnded, Duck, Resume, Interrupt, TurnEnded, Reprompt,
                 AutoDisconnect, SpeechLost, EarlyEnd, EarlyEndVoid, PauseAsked, Hold>;

/// Whose turn it is. It hears only probabilities and transcripts, and knows neither recogniser nor
/// what the agent says. One owner; no thread of its own.
///
///   agent:   listening --turn ended--> thinking --started--> speaking
///                ^--interrupt, stopped----+-------------------+
///
///   caller:  silent --60 ms speech--> speaking --0.3 s (1.5 s, 2.5 s) silence--> awaited
///                ^--- final transcript, and the silence that its words ask for ---+
///            with a recogniser that judges:  speaking --its word, or 3 s silence--> awaited
///
///   over the agent:  80 ms speech -> ducked --words, 440 ms--> held --words stand--> interrupt
///                                       +---silence after 440 ms, no words--> resume
///                                       +---voice for 800 ms, no words--> resume
///                                       +---a doubtful word, voice for 800 ms--> interrupt
///                                       +---the beginning of a word, 800 ms--> resume
///
/// What was understood once is not lost: where a final transcript is empty or does not come, the
/// last partial one with words is what was said, unless it was one doubtful word over the agent. A
/// turn that is complete, but sounds as if more comes, waits for it (endpointing and dictation).
///
/// At the decision without any transcript: where the recogniser is known to give partials, their
/// absence means "no words yet", and the agent resumes (words that come later still stop it). Where
/// it has never given one, sustained voice stops the agent, because waiting would mean talking over
/// someone.
///
/// The end of a turn has three witnesses. Silence; the words so far (turn_text.hpp,
/// dictation.hpp); and the word of a recogniser that judges, before which silence is only the
/// backstop. Someone who reads out a number is waited for whatever the recogniser says: it does not
/// know what the agent asked. Where the words leave it open and no recogniser judges, a model that
/// hears the melody is a fourth witness, if there is one (turn_pause.cpp).
class Turn {
public:
    /// What is needed to carry on elsewhere, taken between turns.
    struct Saved {
        std::uint32_t utterance = 0;
        int reprompts = 0;
        bool partials_seen = false;
        milliseconds caller_silence{0};
        std::uint32_t early_wasted = 0;
    };

    explicit Turn(TurnOptions options)
        : options_(options),
          patience_(options_.min_endpointing_delay),
          judge_is_there_(options_.recogniser_judges) {}
    Turn(TurnOptions options, const Saved& saved, Instant now);

    void use(TurnOptions options);  ///< Another agent's, from now.

    void handle(const TurnInput& input, Instant now);
    [[nodiscard]] std::optional<TurnOutput> poll_output();
    [[nodiscard]] Deadline next_deadline() const;

    /// Whether an utterance is open, so that frames are to be written to the recogniser.
    [[nodiscard]] bool is_caller_speaking() const { return speaking_; }
    /// Whether something that the caller said, or is saying, has not become a turn yet.
    [[nodiscard]] bool is_caller_pending() const {
        return speaking_ || !awaited_.empty() || !held_.empty() || !digits_.empty() ||
               !typed_.empty();
    }
    /// The utterance that is open, or the last one.
    [[nodiscard]] std::uint32_t utterance() const { return utterance_; }
    /// Whether the answer to this question is still of use.
    [[nodiscard]] bool awaits_opinion(std::uint32_t question) const {
        return pause_.is_asked && !pause_.is_answered && question == question_;
    }
    /// Of what was said over the agent and waits for it to be silent.
    [[nodiscard]] std::size_t held_bytes() const { return held_.size(); }
    [[nodiscard]] Saved save(Instant now) const;

private:
    enum class Agent : std::uint8_t { listening, thinking, speaking };
    /// In place of the number of an utterance: words that were held while the agent spoke.
    static constexpr std::uint32_t held_utterance = 0;
    /// An utterance whose final transcript is awaited or waits for its turn to be complete.
    struct Awaited {
        std::uint32_t utterance = 0;
        std::string text;
        bool is_final = false;
        Instant give_up_at{};
    };

    void on(const TurnStart& input, Instant now);
    void on(const TurnFrame& input, Instant now);
    void on(const PartialHeard& input, Instant now);
    void on(const FinalHeard& input, Instant now);
    void on(const RecogniserLost& input, Instant now);
    void on(const AgentStarted& input, Instant now);
    void on(const AgentStopped& input, Instant now);
    void on(const DigitPressed& input, Instant now);
    void on(const TextTyped& input, Instant now);
    void on(const TurnTick& input, Instant now);
    void on(const RecogniserAway& input, Instant now);
    void on(const AgentSaid& input, Instant now);
    void on(const JudgeFound& input, Instant now);
    void on(const StartHeard& input, Instant now);
    void on(const EarlyEndHeard& input, Instant now);
    void on(const ResumeHeard& input, Instant now);
    void on(const EndHeard& input, Instant now);
    void on(const PauseJudged& input, Instant now);

    [[nodiscard]] Deadline endpoint_deadline() const;
    [[nodiscard]] Deadline idle_deadline() const;
    [[nodiscard]] bool may_interrupt() const;
    [[nodiscard]] Awaited* find_awaited(std::uint32_t utterance);
    /// The silence after which the turn is over, by what is understood of it.
    [[nodiscard]] milliseconds patience() const;
    [[nodiscard]] bool is_dictating() const;
    /// What was said in this turn so far, with the open utterance.
    [[nodiscard]] std::vector<std::string> pieces() const;
    [[nodiscard]] bool must_wait_for_more(Instant now);
    [[nodiscard]] bool stands_without_final(const Awaited& awaited) const;
    void note_early_final(const std::string& text, Instant now);
    void open_utterance();
    void close_utterance(Instant now);
    void give_up_waiting(Instant now);
    /// `gave_up`: a transcript that was awaited did not come.
    void complete_turn(Instant now, bool gave_up = false);
    void finish_digits(Instant now);
    void end_turn(std::string text, Instant now, bool is_keypad);
    void finish_typing(Instant now);
    void end_typed_turn(std::string text, Instant now);

    // turn_verdict.cpp: what the recogniser says of the turn.
    [[nodiscard]] bool is_of_open(std::uint32_t utterance) const;
    void note_words(const std::string& text);
    void note_end(const std::string& text, Instant now);
    void finish_verdict(Instant now);

    // turn_early.cpp: the answer that is asked for before the turn is over.
    void offer_early_end();
    void keep_early_end_only_for(const std::string& text);
    void void_early_end();

    // turn_pause.cpp: the model that hears whether a pause is the end.
    [[nodiscard]] Deadline ask_deadline() const;
    void consider_pause();
    void end_pause();
    [[nodiscard]] milliseconds patience_after(const std::vector<std::string>& said) const;

    // turn_barge_in.cpp: speech while the agent has the turn.
    void consider_ducking(Instant now);
    void weigh(const std::string& text, Instant now);
    [[nodiscard]] bool is_certain(Instant now) const;
    [[nodiscard]] Deadline words_stand_at() const;
    void hold_in_doubt(Instant now);
    void hold_agent();
    [[nodiscard]] bool takes_turn(const std::string& text) const;
    void decide_barge_in(Instant now);
    void partial_heard(const std::string& text, Instant now);
    void final_heard(const std::string& text);
    [[nodiscard]] bool is_voice_sustained(Instant now) const;
    void interrupt();
    void resume();
    [[nodiscard]] bool settle_over_agent(const std::string& text, Instant now);
    void hold(const std::string& text, Instant now, bool is_answer);

    TurnOptions options_;
    Agent agent_ = Agent::listening;
    bool interruptible_ = true;

    bool speaking_ = false;
    std::uint32_t utterance_ = 0;
    int speech_run_ = 0;
    int gap_run_ = 0;
    int voiced_frames_ = 0;
    int total_frames_ = 0;
    Instant speech_began_at_{};
    Instant last_speech_at_{};
    Instant last_speech_captured_at_{};
    std::string partial_;
    /// The silence that ends the utterance.
    milliseconds patience_{0};
    /// A final transcript that came before the endpoint, and after it nothing was said.
    Deadline early_final_at_;
    bool partials_seen_ = false;
    /// The recogniser judges turns, and is not away.
    bool judge_is_there_ = false;
    /// It says that the turn is over, and no word was heard since.
    bool is_judged_over_ = false;
    /// The sound that goes on nevertheless is noise then.
    Deadline noise_at_;
    bool noise_goes_on_ = false;
    /// The agent asked for a number, letters or an address.
    bool dictation_asked_ = false;

    std::vector<Awaited> awaited_;
    Instant endpoint_at_{};
    /// A turn that sounds as if more comes ends then.
    Deadline complete_at_;
    /// What was said over an agent that could not be interrupted, or a "yes" near its end.
    std::string held_;
    Instant held_at_{};
    bool held_is_answer_ = false;

    bool ducked_ = false;
    bool held_back_ = false;
    bool decided_ = false;
    Deadline decide_at_;
    /// What is understood of this utterance so far, as far as it may interrupt, and what it was
    /// drawn from.
    Evidence evidence_ = Evidence::none;
    std::string weighed_;
    /// Since when it is Evidence::sure; and whether its first word was in the partial transcript
    /// before, is a stop word, and there are words enough.
    Deadline sure_since_;
    bool has_survived_ = false;
    bool is_stop_ = false;
    bool has_enough_ = false;
    /// The utterance that stopped the agent last.
    std::uint32_t interrupted_by_ = 0;

    /// What EarlyEnd said, while it stands.
    std::optional<std::string> early_;
    int early_in_turn_ = 0;
    std::uint32_t early_wasted_ = 0;

    /// The pause that the caller makes, until they go on or the turn ends.
    struct Pause {
        /// The words known so far were looked at: whether they leave it open.
        bool is_weighed = false;
        bool is_asked = false;
        bool is_answered = false;
        /// The model's answer, where it says something.
        std::optional<bool> is_over;
    };
    Pause pause_;
    /// The last question; and how many there were in this turn.
    std::uint32_t question_ = 0;
    int asked_in_turn_ = 0;

    std::string digits_;
    Deadline digits_end_at_;

    /// Gathered until then.
    std::string typed_;
    Deadline typed_until_;

    bool started_ = false;
    Instant idle_since_{};
    Instant caller_heard_at_{};
    int reprompts_ = 0;
    bool disconnected_ = false;
    std::deque<TurnOutput> outputs_;
};

}  // namespace studio::core
