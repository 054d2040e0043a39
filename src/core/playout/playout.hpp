#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audio/frame.hpp"
#include "audio/gain.hpp"
#include "base/time.hpp"
#include "core/playout/spoken_sentence.hpp"

namespace studio::core {

struct PlayoutOptions {
    /// What passes between our sending and the caller's hearing: packet, path and the caller's
    /// jitter buffer. What was sent later than this before a cut was not heard.
    milliseconds downstream_delay{60};
    /// Audio of one sentence beyond this is dropped: no sentence is a minute long.
    std::size_t sentence_samples_max = 60 * 16'000;
    /// Voices begin with up to some 200 ms of silence, for which nobody should wait after a
    /// question: so much at most of an answer's start is left out. Between sentences it is the
    /// pause.
    std::size_t leading_silence_samples_max = 8'000;
    /// How loud the agent is while somebody may be interrupting it: -12 dB, at which words beside
    /// it are understood and it is clearly there.
    float ducked_gain = 0.25F;
    /// How long the agent's voice takes to fade out, where it is held and where it is cut off: a
    /// cut is heard as a fault, and more than 60 ms as an agent that does not listen. At most
    /// `fade_frames_max`.
    int fade_frames = 3;
    static constexpr int fade_frames_max = 5;
    /// Sentences in the queue; more are refused by SentenceDropped at once.
    std::size_t sentences_max = 32;
};

/// A sentence takes its place in the queue, before its audio comes.
struct SentenceQueued {
    std::uint32_t sentence = 0;
    std::string text;
};
/// More of its audio; any length.
struct SentenceAudio {
    std::uint32_t sentence = 0;
    std::vector<std::int16_t> samples;
};
struct SentenceWord {
    std::uint32_t sentence = 0;
    std::size_t text_offset = 0;
    std::size_t sample_offset = 0;
};
/// No more audio comes for it; what is there is played. Where that is not all of it, it is dropped
/// then, with what was heard.
struct SentenceComplete {
    std::uint32_t sentence = 0;
    bool is_whole = true;
};
/// Its voice begins anew: audio that came is forgotten. Only before it began to be heard.
struct SentenceRestart {
    std::uint32_t sentence = 0;
};
/// Its audio broke off or never came: what was played of it counts, the rest is not waited for.
struct SentenceAbandoned {
    std::uint32_t sentence = 0;
};
/// Go on more quietly.
struct PlayoutDuck {};
/// Fade out and hold.
struct PlayoutHold {};
/// Go on as loud as ever; after a hold from the start of the word at which it began.
struct PlayoutResume {};
/// Forget everything; what is being said fades out, and that counts as not heard.
struct PlayoutDrop {};

using PlayoutInput =
    std::variant<SentenceQueued, SentenceAudio, SentenceWord, SentenceComplete, SentenceRestart,
                 SentenceAbandoned, PlayoutDuck, PlayoutHold, PlayoutResume, PlayoutDrop>;

/// Its first audio is in the frame that was just pulled.
struct SentenceStarted {
    std::uint32_t sentence = 0;
};
/// It was said to its end.
struct SentenceFinished {
    std::uint32_t sentence = 0;
};
/// It will not be said, or not to its end; `heard` is the part that was, to the word.
struct SentenceDropped {
    std::uint32_t sentence = 0;
    std::string heard;
};

using PlayoutOutput = std::variant<SentenceStarted, SentenceFinished, SentenceDropped>;

/// What the caller hears of the agent, 20 ms at a time, and what of it was heard. It knows
/// sentences in order, not why they are said. Inputs move audio in; pull() takes a frame out
/// without allocating. One owner.
///
///   queued --audio--> [ s1 | s2 | s3 ] --pull--> frame        running <--hold / resume--> held
///                        drop -> heard("…to the word")
class Playout {
public:
    /// A sentence that waits or is being said; `heard` is the part that was heard by now.
    struct SavedSentence {
        std::uint32_t sentence = 0;
        std::string heard;
    };

    explicit Playout(PlayoutOptions options = {}) : options_(options) {}

    void handle(PlayoutInput input, Instant now);
    [[nodiscard]] std::optional<PlayoutOutput> poll_output();
    /// It is driven by pull() alone.
    [[nodiscard]] static Deadline next_deadline() { return std::nullopt; }

    /// The next 20 ms; false for silence, and `frame` holds nothing of use then.
    [[nodiscard]] bool pull(audio::Frame& frame);

    /// Nothing waits to be said; the last of what was cut off may still fade out.
    [[nodiscard]] bool is_empty() const { return queue_.empty(); }
    /// What is under way, in its order. The audio is not saved: whoever carries the call on queues
    /// the sentences again in an empty playout and has them spoken anew.
    [[nodiscard]] std::vector<SavedSentence> save() const;

private:
    void on(SentenceQueued& input);
    void on(SentenceAudio& input);
    void on(SentenceWord& input);
    void on(SentenceComplete& input);
    void on(SentenceRestart& input);
    void on(SentenceAbandoned& input);
    void on(PlayoutDuck& input);
    void on(PlayoutHold& input);
    void on(PlayoutResume& input);
    void on(PlayoutDrop& input);
    [[nodiscard]] SpokenSentence* find(std::uint32_t sentence);
    [[nodiscard]] std::string heard_of(const SpokenSentence& sentence) const;
    /// Where in the first sentence the caller stopped hearing it, or has come to by now.
    [[nodiscard]] std::size_t audible_position() const;
    void keep_tail();
    void pull_tail(audio::Frame& frame);
    void finish_front();
    void skip_leading_silence();

    PlayoutOptions options_;
    std::deque<SpokenSentence> queue_;
    /// In the first sentence of the queue.
    std::size_t position_ = 0;
    bool started_ = false;
    /// The last pull gave audio.
    bool sounding_ = false;
    bool ducked_ = false;
    bool held_ = false;
    /// Frames that are left of fading out to the hold, and where that began.
    int fade_left_ = 0;
    std::size_t fade_from_ = 0;
    /// What fades out of a sentence that is forgotten, and how much of it was taken.
    std::array<std::int16_t, PlayoutOptions::fade_frames_max * audio::frame_samples> tail_{};
    std::size_t tail_size_ = 0;
    std::size_t tail_position_ = 0;
    audio::Gain gain_;
    std::deque<PlayoutOutput> outputs_;
};

}  // namespace studio::core
