#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "ports/speech_judge.hpp"
#include "ports/time_zones.hpp"
#include "ports/turn_judge.hpp"
#include "services/conversation/effects/call_keeper.hpp"
#include "services/conversation/effects/call_phone.hpp"
#include "services/conversation/seat/listening_options.hpp"
#include "services/conversation/seat/voice_options.hpp"
#include "services/conversation/session/input_log.hpp"
#include "services/conversation/session/retry_policy.hpp"

namespace studio::services {

/// Limits of one session, and what it may use beside its providers.
struct CallSessionOptions {
    RetryPolicy retry;
    ListeningOptions listening;
    VoiceOptions voice;
    /// Consecutive failed answers after which the call ends as failed: one apology is heard, a
    /// second would be a loop. Sentences that could not be spoken, too, but see VoiceOptions.
    int failures_max = 3;
    /// Audio from before the speech was noticed that the recogniser gets.
    milliseconds pre_roll{300};
    /// From the start until media flows.
    milliseconds join_timeout{30'000};
    /// From then until the caller is there: who enters a room by themselves, a phone that is called
    /// (which rings for less), and the caller of a call that changed its worker.
    milliseconds caller_timeout{60'000};
    milliseconds phone_timeout{120'000};
    milliseconds return_timeout{10'000};
    /// For the last words and for the last writes, each.
    milliseconds last_words_timeout{10'000};
    milliseconds writes_timeout{5'000};
    /// How long one language model answer may take beside the time that the agent gives it for its
    /// first token, and after how long without one the caller hears the agent's filler.
    milliseconds model_timeout{15'000};
    milliseconds filler_after{4'000};
    /// How long the first audio of one sentence may take.
    milliseconds synthesis_timeout{3'000};
    /// Hand-overs between agents in one call, and those without a word of the caller in between:
    /// agents that hand over in a circle are told to stop.
    std::uint32_t handoffs_max = 100;
    std::uint32_t handoffs_per_turn_max = 3;
    /// Writes down every input with its time, for replay; nullptr for none. Outlives the session.
    InputLog* input_log = nullptr;
    /// Keeps what another worker needs; nullptr for none. Outlives the session.
    CallKeeper* keeper = nullptr;
    /// For `{{now}}`; nullptr for UTC only. Outlives the session.
    TimeZones* time_zones = nullptr;
    /// Knows the caller's speech from other sounds; nullptr for the plain detector alone. Outlives
    /// the session.
    SpeechJudge* speech_judge = nullptr;
    /// Hears whether the caller has finished, where their words leave it open; nullptr for the
    /// words alone. Outlives the session.
    TurnJudge* turn_judge = nullptr;
    /// Of a call by telephone; nullptr for others. Outlives the session.
    CallPhone* phone = nullptr;
};

}  // namespace studio::services
