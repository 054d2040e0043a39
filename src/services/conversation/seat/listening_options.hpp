#pragma once

#include <algorithm>

#include "base/time.hpp"
#include "ports/provider_error.hpp"

namespace studio::services {

/// How a session bears a recogniser that fails, stays away or says nothing. The first request of a
/// call is no exception.
struct ListeningOptions {
    /// From a failure until the recogniser is opened again; twice as long after each further one,
    /// up to `delay_max`.
    milliseconds first_delay{100};
    milliseconds delay_max{2'000};
    /// The least after 429: the provider wants us to wait, the caller does not.
    milliseconds rate_limited_delay{500};
    /// A stream that lived so long was opened, though it had nothing to say: longer than any
    /// adapter takes to connect.
    milliseconds settled_after{6'000};
    /// The call ends when nobody has understood the caller for so long since they began to speak.
    milliseconds speaking_outage_max{15'000};
    /// The call ends when the recogniser has been away for so long and the caller said nothing.
    milliseconds silent_outage_max{60'000};
    /// An utterance ended so long ago and not one event came of it: the stream is deaf and opened
    /// anew. Less than the turn taker waits for a transcript, so that the caller may still be
    /// answered instead of asked again.
    milliseconds deaf_after{4'000};
    /// The call ends after so many utterances in a row of which no event came at all.
    int deaf_utterances_max = 3;
    /// So long after its end the turn taker has given an utterance up
    /// (core::TurnOptions::transcript_timeout): it is not sent again.
    milliseconds transcript_timeout{5'000};
    /// Audio that is kept to be sent again, of utterances without a transcript: 32 kB a second, so
    /// 640 kB at most, and nothing while the caller is silent. What is older is not sent again.
    milliseconds buffer_max{20'000};

    /// How long to wait after failure number `failures` in a row (1, 2 …).
    [[nodiscard]] milliseconds delay_after(ProviderErrorCode error, int failures) const {
        constexpr int doublings_max = 10;
        const milliseconds delay = first_delay * (1 << std::clamp(failures - 1, 0, doublings_max));
        const bool is_limited = error == ProviderErrorCode::rate_limited;
        return std::min(std::max(delay, is_limited ? rate_limited_delay : delay), delay_max);
    }
};

}  // namespace studio::services
