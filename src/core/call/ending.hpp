#pragma once

#include <string>

#include "base/time.hpp"
#include "core/call/call_record.hpp"
#include "core/call/end_reason.hpp"

namespace studio::core {

/// How a call ended, as it is stored.
struct Ending {
    /// A final one.
    CallStatus status = CallStatus::completed;
    std::string reason{};
};

/// What `cause` means for a call. One that had not begun, in which the agent never had anybody to
/// talk to, has failed whoever ended it; ended by the API it was `cancelled`.
[[nodiscard]] Ending make_ending(const EndCause& cause, bool had_begun);

/// Whether somebody was talked to: the call is or was active.
[[nodiscard]] bool has_begun(const CallRecord& record);

/// How often whoever holds calls says so (CallRecovery::note_alive).
inline constexpr milliseconds alive_interval{5'000};

/// Until when the call of a stored `record` lived that nobody holds at `now`: an hour in which no
/// process was there is none of the call. So long as its holder may only be late with a sign of
/// life (three intervals) that is `now`.
[[nodiscard]] WallTime lived_until(const CallRecord& record, WallTime now);

/// From the beginning of the call.
inline constexpr milliseconds hang_up_grace{1'000};

/// How long an agent may take to be heard for the first time: what a voice is given for the first
/// audio of a sentence (CallSessionOptions::synthesis_timeout). Whoever waited longer in silence
/// was not served, though nothing may have failed yet.
inline constexpr milliseconds silence_patience{3'000};

/// Makes `record` final: the only place where a record's status becomes one. `at` is when the call
/// ended; where clocks differ, it is not before the call began. A record that is final already
/// stays as it is: a call ends once.
///
/// A call that would be completed or timed out, but whose agent was never heard
/// (CallRecord::agent_heard) because an answer or a sentence failed, or had not come after
/// `silence_patience`, is failed/agent_never_heard: the caller did not get what they called for. A
/// caller who hung up before `hang_up_grace` had gone by is taken at their word, since nobody could
/// have been heard by then.
void end_record(CallRecord& record, const Ending& ending, WallTime at);
/// For a record whose call nobody holds.
void end_record(CallRecord& record, const EndCause& cause, WallTime at);

}  // namespace studio::core
