#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.hpp"
#include "protocol/deepgram/turn_message.hpp"

namespace studio::deepgram {

struct TurnAssemblerOptions {
    /// How long after the end of an utterance its EndOfTurn may take; then what is there is the
    /// transcript. There is no Finalize: only silence that goes on brings it.
    milliseconds finish_timeout{1500};
    /// The transcript of one utterance is cut here.
    std::size_t text_bytes_max = 16U * 1024U;
};

/// What is understood so far of an utterance, and what the server judges of it.
struct TurnText {
    enum class Kind : std::uint8_t {
        started,
        partial,
        may_be_done,
        resumed,
        done,
        /// No word of the server that it is done came in time.
        final,
    };
    Kind kind = Kind::partial;
    std::uint32_t utterance = 0;
    /// All of the utterance; empty with `started` and `resumed`.
    std::string text{};
    double confidence = 1.0;
};

/// Makes the texts of our utterances from the server's turns, which know only the stream's audio: a
/// message belongs to the last utterance that began before the audio that it covers. An utterance
/// may hold several turns, whose texts are joined; a turn that goes on over the end of an utterance
/// gives the next one only the words that are new. Each finished utterance gives `done` or `final`
/// as its last, in order. Knows no socket. One owner.
class TurnAssembler {
public:
    explicit TurnAssembler(TurnAssemblerOptions options = {}) : options_(options) {}

    /// So much audio of `utterance` was taken, in samples at 16 kHz. A new utterance forgets one
    /// that was never finished.
    void handle_audio(std::uint32_t utterance, std::size_t samples);
    /// So much silence between utterances, that the server hears.
    void handle_silence(std::size_t samples) { samples_ += static_cast<std::int64_t>(samples); }
    void handle_finish(std::uint32_t utterance, Instant now);
    void handle(const TurnInfoMessage& info);
    /// The connection is there: only from now on can a server answer.
    void handle_open(Instant now);
    /// Gives up on utterances whose deadline has passed.
    void handle_time(Instant now);

    [[nodiscard]] std::optional<TurnText> poll();
    [[nodiscard]] bool has_output() const { return !outputs_.empty(); }
    [[nodiscard]] Deadline next_deadline() const;
    [[nodiscard]] bool is_idle() const { return utterances_.empty(); }

private:
    struct Utterance {
        std::uint32_t number = 0;
        std::int64_t begin_samples = 0;
        /// Words of the present turn that utterances before it have told.
        std::size_t told_words = 0;
        /// Of turns that ended in it.
        std::string ended{};
        /// Of the present turn.
        std::string present{};
        /// EndOfTurn came, and nothing of a further turn.
        bool is_done = false;
        /// Set once it is finished.
        Deadline deadline{};
    };

    [[nodiscard]] Utterance* find(const TurnInfoMessage& info);
    [[nodiscard]] std::string text_of(const Utterance& utterance) const;
    void tell(TurnText::Kind kind, const Utterance& utterance, double confidence = 1.0);
    void begin_turn(std::optional<std::uint32_t> turn_index);
    void end_turn(Utterance& utterance, double confidence);

    TurnAssemblerOptions options_;
    std::deque<Utterance> utterances_;
    std::deque<TurnText> outputs_;
    /// Of the whole stream.
    std::int64_t samples_ = 0;
    std::optional<std::uint32_t> last_number_;
    std::optional<std::uint32_t> turn_index_;
    /// Words of the present turn that utterances which are over have told.
    std::size_t told_words_ = 0;
};

}  // namespace studio::deepgram
