#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>

#include "base/time.hpp"
#include "core/call/call_record.hpp"
#include "core/call/ending.hpp"

namespace studio::core {

/// Limits of one call's life.
struct CallOptions {
    /// From start() until media flows; later is failed/join_timeout. ICE and DTLS take about a
    /// second, but a person may still be asked for the microphone.
    milliseconds join_timeout{30'000};
    /// Whether media alone is no call yet: in a room the caller may come later than we, or never.
    bool awaits_caller = false;
    /// From the first media until the caller is there; later is failed/no_answer.
    milliseconds caller_timeout{60'000};
    /// From the first media until the call is closed whatever happens.
    milliseconds max_duration{3'600'000};
    /// How long the last words may take before media is closed all the same.
    milliseconds last_words_timeout{10'000};
    /// How long the last writes may take before the call is over all the same.
    milliseconds writes_timeout{5'000};
};

/// The call is taken on; once.
struct CallStart {};
/// Media flows in both directions.
struct MediaUp {};
/// How far a phone that is called has come: `dialing` or `ringing`.
struct CallerRings {
    CallStatus status = CallStatus::dialing;
};
/// The caller is there and hears us.
struct CallerCame {};
/// Media is gone for good, and why.
struct MediaDown {
    EndCause cause = EndReason::connection_lost;
};

/// What the caller still hears when we end the call.
enum class LastWords : std::uint8_t {
    none,
    /// What is being said already is said to its end.
    pending,
    /// The farewell of the agent's configuration.
    farewell,
};

/// Somebody on our side wants the call to end. The first one counts.
struct HangUp {
    EndCause cause = EndReason::shutdown;
    LastWords last_words = LastWords::none;
};
/// The last words were heard, or cannot be said.
struct LastWordsSaid {};
/// Everything about the call is stored, or cannot be.
struct WritesDone {};
/// A deadline may have passed.
struct CallTick {};

using CallInput = std::variant<CallStart, MediaUp, CallerRings, CallerCame, MediaDown, HangUp,
                               LastWordsSaid, WritesDone, CallTick>;

struct JoinMedia {};
/// Never a final status: that one comes with CallOver.
struct CallBecame {
    CallStatus status = CallStatus::connecting;
};
/// Answer with LastWordsSaid.
struct SayLastWords {
    LastWords last_words = LastWords::pending;
};
/// From here on nothing is said or heard.
struct CloseMedia {};
/// Answer with WritesDone. The record is final.
struct FlushWrites {
    Ending ending{};
};
/// The last output; exactly one in a call's life.
struct CallOver {
    Ending ending{};
};

using CallOutput =
    std::variant<JoinMedia, CallBecame, SayLastWords, CloseMedia, FlushWrites, CallOver>;

/// The life of one call, from the order to make it to its end, which comes exactly once whatever
/// happens. It knows nothing of speech, agents or stores. One owner; no thread of its own.
///
///   pending --start--> connecting --media--> active --hang up--> saying --said--+
///      |                   |  (and caller)     |                   | timeout    v
///      +-------------------+-------------------+---- media lost ---+-------> writing --> ended
///
/// A call that ends before it was ever active has failed, whoever ended it (core/call/ending.hpp).
class Call {
public:
    enum class Phase : std::uint8_t { pending, connecting, active, saying, writing, ended };

    /// What is needed to carry the call on elsewhere; durations count from the moment of saving.
    struct Saved {
        Phase phase = Phase::pending;
        milliseconds duration_left{0};
        /// Of a call that is closing: how it ends. Nobody takes it over; its end is written.
        Ending ending{};
    };

    explicit Call(CallOptions options) : options_(options) {}
    /// Carries on a call that was saved while active: it is pending and joins its media anew, and
    /// then lasts as long as was left to it. Where its caller is awaited and does not come back, it
    /// ends as disconnected/connection_lost.
    Call(CallOptions options, const Saved& saved);

    void handle(const CallInput& input, Instant now);
    [[nodiscard]] std::optional<CallOutput> poll_output();
    [[nodiscard]] Deadline next_deadline() const { return deadline_; }

    [[nodiscard]] Phase phase() const { return phase_; }
    /// Whether the call is at its end or on the way there.
    [[nodiscard]] bool is_closing() const { return phase_ >= Phase::saying; }
    [[nodiscard]] Saved save(Instant now) const;

private:
    void on(const CallStart& input, Instant now);
    void on(const MediaUp& input, Instant now);
    void on(const CallerRings& input, Instant now);
    void on(const CallerCame& input, Instant now);
    void on(const MediaDown& input, Instant now);
    void on(const HangUp& input, Instant now);
    void on(const LastWordsSaid& input, Instant now);
    void on(const WritesDone& input, Instant now);
    void on(const CallTick& input, Instant now);
    void activate(Instant now);
    void decide_end(const EndCause& cause);
    void begin_writing(Instant now, bool media_open);

    CallOptions options_;
    Phase phase_ = Phase::pending;
    bool was_active_ = false;
    bool has_media_ = false;
    bool has_caller_ = false;
    CallStatus stage_ = CallStatus::connecting;
    Deadline deadline_;
    Ending ending_;
    std::deque<CallOutput> outputs_;
};

}  // namespace studio::core
