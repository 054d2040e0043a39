#pragma once

#include <algorithm>
#include <optional>

#include "base/time.hpp"
#include "ports/http_client.hpp"
#include "ports/provider_error.hpp"

namespace studio::services {

/// When a failed request is sent again: the one place where this is decided, beside
/// ListeningOptions for the recogniser's stream and VoiceOptions for how long a voice is tried.
/// Adapters never retry.
struct RetryPolicy {
    /// Attempts in all for a language model's request of which nothing has come yet. The caller is
    /// waiting, so a third would come too late.
    int provider_attempts_max = 2;
    milliseconds first_delay{100};
    /// After 429 the provider wants us to wait; the caller does not.
    milliseconds rate_limited_delay{500};
    /// Where it says how long (Retry-After), that is waited for, up to this.
    milliseconds retry_after_max{3'000};

    /// How long to wait before attempt number `attempt` + 1 after attempt `attempt` (1, 2 …)
    /// failed; nothing where it is not worth it.
    [[nodiscard]] std::optional<milliseconds> delay_after(ProviderErrorCode error, int attempt,
                                                          int attempts_max) const {
        if (!is_transient(error) || attempt >= attempts_max) {
            return std::nullopt;
        }
        if (error == ProviderErrorCode::rate_limited) {
            return rate_limited_delay;
        }
        return first_delay * (1 << (attempt - 1));
    }

    /// The same, of an error that may say itself how long to wait.
    [[nodiscard]] std::optional<milliseconds> delay_after(const ProviderError& error, int attempt,
                                                          int attempts_max) const {
        const auto delay = delay_after(error.code, attempt, attempts_max);
        if (!delay || !error.retry_after) {
            return delay;
        }
        return std::clamp(*error.retry_after, std::min(*delay, retry_after_max), retry_after_max);
    }

    /// Whether a tool's request is worth another attempt: lost on the way, or a gateway's 502, 503,
    /// 504.
    [[nodiscard]] static bool is_worth_repeating(
        const Result<HttpResponse, HttpClientError>& outcome) {
        if (!outcome) {
            return is_transient(outcome.error());
        }
        return outcome->status == 502 || outcome->status == 503 || outcome->status == 504;
    }
};

}  // namespace studio::services
