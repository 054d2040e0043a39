#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/frame.hpp"
#include "audio/voice_detector.hpp"
#include "base/time.hpp"

namespace studio::adapters::sherpa {

struct UtteranceOptions {
    /// Whether texts are wanted while somebody speaks.
    bool partials = true;
    /// New audio between two partial texts, at the least.
    milliseconds partial_interval{400};
    /// At most this share of the time goes into partial texts, waiting for a thread included: a
    /// long utterance costs more and is read less often, and where the pool is behind, everybody's
    /// is.
    double partial_share = 0.2;
    /// Quiet after which everything is decoded: most often that is the end of what is said, and the
    /// text is there when the endpoint comes. Longer than the closure of a consonant.
    milliseconds pause{200};
    /// Longer pieces are split, at the quietest place of their second half: the model's cost grows
    /// faster than the length (12 s take 0.7 s of a core), and it was trained on half a minute at
    /// most. Shorter pieces are understood worse: words help each other.
    milliseconds piece_max{12'000};
    /// Audio that was not decoded yet, over all pieces; what comes beyond it is dropped.
    milliseconds backlog_max{30'000};
};

/// What a piece of audio holds, by which what the model makes of it is judged.
struct PieceEvidence {
    /// Frames in which somebody's voice was found.
    std::size_t voiced_frames = 0;
    /// Frames between the first and the last of them.
    std::size_t active_frames = 0;
    /// The loudest of them, in dBFS.
    double level_dbfs = -100.0;
};

/// One utterance on its way through a recogniser that only reads whole recordings: which part of it
/// is to be decoded when, and what the text is. Sans-IO; one owner. At most one decode at a time.
///
///     write -> [ piece ][ piece ][ open piece ... ]      a piece ends where it is quiet
///               text     text     decoded at a pause, at the end, and now and then in between
///
/// The decode of a pause is the final text where nothing more is said, so that nothing is left to
/// be done at the endpoint.
class Utterance {
public:
    Utterance(std::uint32_t number, UtteranceOptions options);

    /// A decode that is wanted now.
    struct Request {
        std::size_t piece = 0;
        /// Frames of the piece from `begin` to `end`.
        std::size_t begin = 0;
        std::size_t end = 0;
        PieceEvidence evidence;
        /// False: it only says how things stand, and may be left out where time is short.
        bool must = false;
    };

    [[nodiscard]] std::uint32_t number() const { return number_; }

    /// The next 20 ms. `voice` is what a voice detector says of them. False: dropped, there is too
    /// much that waits.
    bool write(const audio::Frame& frame, float voice);
    /// Nothing more comes.
    void finish() { finished_ = true; }
    [[nodiscard]] bool is_finished() const { return finished_; }

    /// What is to be decoded now; nothing while a decode is under way. The caller answers each
    /// request by on_text(). `is_busy`: only what must be.
    [[nodiscard]] std::optional<Request> poll(Instant now, bool is_busy = false);
    /// The samples of a request, until the next call of anything else.
    [[nodiscard]] std::span<const std::int16_t> samples(const Request& request) const;
    /// The text of `request`, which was asked at the last poll.
    void on_text(const Request& request, std::string text, Instant now);

    /// What is understood so far.
    [[nodiscard]] std::string text() const;
    /// Whether text() is all there will be: finished, and everything said is decoded.
    [[nodiscard]] bool is_complete() const;

private:
    struct Piece {
        std::vector<std::int16_t> samples;
        /// Its frames that are more than background, by number.
        std::size_t first_active = 0;
        std::size_t last_active = 0;
        std::size_t voiced = 0;
        double level = -100.0;
        /// Up to where `text` knows it.
        std::size_t decoded = 0;
        std::string text;
        bool closed = false;

        [[nodiscard]] std::size_t frames() const { return samples.size() / audio::frame_samples; }
        [[nodiscard]] bool has_voice() const { return voiced > 0; }
    };

    [[nodiscard]] bool needs_decode(const Piece& piece) const;
    [[nodiscard]] bool is_pause(const Piece& piece) const;
    [[nodiscard]] Request request_for(std::size_t index, bool must) const;
    [[nodiscard]] std::size_t backlog_frames() const;
    bool is_active(double level, bool voiced);
    void split_if_long();
    [[nodiscard]] std::size_t quietest_place() const;

    std::uint32_t number_;
    UtteranceOptions options_;
    std::vector<Piece> pieces_;
    /// What each frame of the open piece is.
    struct FrameMark {
        float level = 0.0F;
        bool is_active = false;
        bool is_voiced = false;
    };
    static void note(Piece& piece, std::size_t at, const FrameMark& mark);

    std::vector<FrameMark> marks_;
    double floor_ = 0.0;
    double speech_ = -100.0;
    bool finished_ = false;
    bool asked_ = false;
    Instant asked_at_{};
    Instant partial_not_before_{};
    std::size_t partial_from_ = 0;
};

}  // namespace studio::adapters::sherpa
