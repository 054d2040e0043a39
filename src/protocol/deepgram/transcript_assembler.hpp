#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "base/time.hpp"
#include "protocol/deepgram/message.hpp"

namespace studio::deepgram {

struct AssemblerOptions {
    /// How long after Finalize the answer may take; then what is there is the transcript. Deepgram
    /// does not promise to answer a Finalize that finds nothing left to transcribe.
    milliseconds finalize_timeout{1500};
    /// How far a result may end before the end of the utterance and still cover it. Deepgram counts
    /// in its own chunks of audio.
    milliseconds end_tolerance{40};
    /// An utterance of so much audio of which no result came until its deadline was not heard at
    /// all: Deepgram sends results, if only empty ones, for each second of audio. Of shorter sounds
    /// it may say nothing.
    milliseconds unheard_min{1'000};
    /// What waited for the connection is transcribed so many times faster than it was said.
    int catch_up_speed = 10;
    /// The transcript of one utterance is cut here.
    std::size_t text_bytes_max = 16U * 1024U;
};

/// What is understood so far of an utterance.
struct PartialText {
    std::uint32_t utterance = 0;
    std::string text;
};

/// The whole text of an utterance, and the mean confidence of its pieces by their length.
struct FinalText {
    std::uint32_t utterance = 0;
    std::string text;
    double confidence = 1.0;
    /// Not one result came of it.
    bool is_unheard = false;
};

using AssemblerOutput = std::variant<PartialText, FinalText>;

/// Makes one final transcript of each utterance from Deepgram's results, which know only the
/// stream's audio: a result belongs to the utterance whose audio it covers. Each finished utterance
/// gives exactly one FinalText, in order. What was understood once is not lost: at the deadline the
/// last interim result stands for what it covers, and also before it where the final results of the
/// whole utterance are empty. Knows no socket. One owner.
///
///                write            finish                final result that covers the utterance,
///     (none) ─────────▶ speaking ────────▶ finishing ── from_finalize, or the deadline ──▶ (none)
class TranscriptAssembler {
public:
    explicit TranscriptAssembler(AssemblerOptions options = {}) : options_(options) {}

    /// So much audio of `utterance` was taken, in samples at 16 kHz. Audio of an utterance that has
    /// ended still counts as time of the stream. A new utterance forgets one that was never
    /// finished.
    void handle_audio(std::uint32_t utterance, std::size_t samples);
    /// The utterance has ended: Finalize goes out (or waits for the connection).
    void handle_finish(std::uint32_t utterance, Instant now);
    void handle(const ResultsMessage& results);
    /// The connection is there: only from now on can a server answer, and what waited comes to it
    /// at once, which takes it longer.
    void handle_open(Instant now);
    /// Gives up on utterances whose deadline has passed.
    void handle_time(Instant now);

    [[nodiscard]] std::optional<AssemblerOutput> poll();
    [[nodiscard]] bool has_output() const { return !outputs_.empty(); }
    /// The deadline of the oldest finishing utterance.
    [[nodiscard]] Deadline next_deadline() const;
    /// Whether any utterance still waits for its transcript.
    [[nodiscard]] bool is_idle() const { return utterances_.empty(); }

private:
    struct Utterance {
        std::uint32_t number = 0;
        std::int64_t begin_samples = 0;
        std::int64_t end_samples = 0;
        /// Set once it is finishing.
        Deadline deadline;
        std::string text;
        /// The last interim result that no final one has replaced.
        std::string interim;
        bool is_heard = false;
        double confidence_sum = 0.0;
        double confidence_weight = 0.0;
    };

    [[nodiscard]] Utterance* find_covered(const ResultsMessage& results);
    [[nodiscard]] std::int64_t tolerance_samples() const;
    void keep(Utterance& utterance, const ResultsMessage& results);
    void complete_covered();
    /// `gave_up`: the final results did not come.
    void complete_front(bool gave_up = false);

    AssemblerOptions options_;
    std::deque<Utterance> utterances_;
    std::deque<AssemblerOutput> outputs_;
    /// Of the whole stream.
    std::int64_t samples_ = 0;
    /// Up to here the results are final.
    std::int64_t covered_samples_ = 0;
    /// The highest utterance that has begun; nothing before the first.
    std::optional<std::uint32_t> last_number_;
};

}  // namespace studio::deepgram
