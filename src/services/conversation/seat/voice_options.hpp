#pragma once

#include <algorithm>
#include <optional>

#include "base/time.hpp"
#include "services/conversation/session/retry_policy.hpp"

namespace studio::services {

/// How a session bears a voice that fails, stays away or stalls. How long the first audio of a
/// sentence may take is CallSessionOptions::synthesis_timeout.
struct VoiceOptions {
    /// So long after its first attempt a sentence of which nothing was heard is tried again. Then
    /// the spare voice speaks it, or it is given up. The caller hears nothing meanwhile.
    milliseconds patience{4'000};
    /// From a failure until the next attempt at most, where the provider does not say how long.
    milliseconds delay_max{1'000};
    /// The longest pause between two pieces of one sentence.
    milliseconds stall_timeout{3'000};
    /// The call ends when no sentence could be spoken for so long, and at least
    /// CallSessionOptions::failures_max in a row could not. An agent's first sentence, which no
    /// spare voice can speak, is tried for so long: without it the caller sits in silence.
    milliseconds outage_max{10'000};

    /// How long to wait after attempt number `attempt` (1, 2 …) for a sentence failed; nothing
    /// where it is not worth it, or `left` would be over.
    [[nodiscard]] std::optional<milliseconds> delay_after(const RetryPolicy& retry,
                                                          const ProviderError& error, int attempt,
                                                          nanoseconds left) const {
        constexpr int doublings_max = 10;
        const int counted = std::min(attempt, doublings_max);
        auto delay = retry.delay_after(error, counted, counted + 1);
        if (delay && !error.retry_after) {
            delay = std::min(*delay, delay_max);
        }
        return delay && *delay < left ? delay : std::nullopt;
    }
};

}  // namespace studio::services
