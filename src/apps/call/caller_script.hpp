#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "audio/frame.hpp"
#include "base/time.hpp"

namespace studio::apps {

struct CallerScriptOptions {
    /// The agent has finished when it was silent for so long; people wait about as long.
    milliseconds patience{800};
    /// The caller speaks (or hangs up) anyway when the agent says nothing for so long.
    milliseconds patience_max{8'000};
    /// Level from which a frame of the agent counts as speech, in dB of full scale.
    double speech_level_dbfs = -45.0;
};

/// What a caller does, frame by frame: listens until the agent has finished, says the next line,
/// and hangs up after the answer to the last one. It measures each answer from outside: from the
/// last speech sample that it sent to the first speech sample that it heard. Sans-IO; one owner.
///
///   listening --agent silent for patience--> speaking --line over--> listening ... --> done
///       '------no line left---------------------------------------------------------------^
class CallerScript {
public:
    /// One line, as 20 ms frames; what is silent at its end does not count as speech.
    using Line = std::vector<audio::Frame>;

    /// What the caller heard of one answer.
    struct Answer {
        std::size_t line = 0;
        /// Last speech sample sent to first speech sample heard.
        nanoseconds mouth_to_ear{0};
        /// The part of it that the caller's own jitter buffer took, which no server can know.
        nanoseconds jitter_buffer{0};
    };

    explicit CallerScript(std::vector<Line> lines, CallerScriptOptions options = {});

    /// One 20 ms tick: takes what the agent says and gives what the caller says, nullptr for
    /// silence. `now` is the moment at which both frames are heard and spoken.
    /// `jitter_buffer` is how long what is heard waited in the caller's own buffer.
    [[nodiscard]] const audio::Frame* exchange(const audio::Frame& heard, Instant now,
                                               nanoseconds jitter_buffer = nanoseconds(0));

    /// Whether there is nothing left to say and the last answer is over.
    [[nodiscard]] bool done() const { return done_; }
    /// Which line is being spoken now; nothing while listening.
    [[nodiscard]] std::optional<std::size_t> line_spoken() const;
    /// How many lines have been spoken to their end.
    [[nodiscard]] std::size_t lines_done() const { return next_line_; }
    [[nodiscard]] const std::vector<Answer>& answers() const { return answers_; }

private:
    void listen(bool agent_speaks, Instant now);
    [[nodiscard]] const audio::Frame* speak(Instant now);

    std::vector<Line> lines_;
    CallerScriptOptions options_;
    std::vector<Answer> answers_;
    std::size_t next_line_ = 0;
    std::size_t next_frame_ = 0;
    bool speaking_ = false;
    bool done_ = false;
    bool heard_agent_ = false;
    std::optional<Instant> silent_since_;
    std::optional<Instant> last_spoken_at_;
};

}  // namespace studio::apps
