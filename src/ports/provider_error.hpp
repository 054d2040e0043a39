#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.hpp"

namespace studio {

/// Why a speech or language provider could not do its work.
enum class ProviderErrorCode : std::uint8_t {
    /// No connection, a cut stream, 5xx: another try may succeed.
    unavailable,
    /// Nothing came within the deadline: another try may succeed.
    timed_out,
    /// 429, too much at a time: another try may succeed, later.
    rate_limited,
    /// The key is missing, wrong or lacks a right. A retry is useless.
    unauthorized,
    /// The provider refused the request itself (model, voice, options). A retry is useless.
    rejected,
    /// What came back is not what the protocol says. Another try may succeed.
    malformed,
    /// The account has no credit left, or reached what it may spend. A retry is useless until
    /// somebody pays.
    exhausted,
};

struct ProviderError {
    ProviderErrorCode code = ProviderErrorCode::unavailable;
    /// For operators: what failed, without keys, prompts or transcripts.
    std::string message;
    /// How long the provider wants to be left alone, where it said so.
    std::optional<milliseconds> retry_after{};
};

/// Whether the same request may succeed if sent again.
[[nodiscard]] constexpr bool is_transient(ProviderErrorCode code) {
    return code != ProviderErrorCode::unauthorized && code != ProviderErrorCode::rejected &&
           code != ProviderErrorCode::exhausted;
}

/// The code's name, as metrics and transcripts show it.
[[nodiscard]] constexpr const char* name_of(ProviderErrorCode code) {
    switch (code) {
        case ProviderErrorCode::unavailable:
            return "unavailable";
        case ProviderErrorCode::timed_out:
            return "timed_out";
        case ProviderErrorCode::rate_limited:
            return "rate_limited";
        case ProviderErrorCode::unauthorized:
            return "unauthorized";
        case ProviderErrorCode::rejected:
            return "rejected";
        case ProviderErrorCode::malformed:
            return "malformed";
        case ProviderErrorCode::exhausted:
            return "exhausted";
    }
    return "unknown";
}

/// A wrong value in the provider's own `options`, by its dotted path below them.
struct OptionError {
    std::string path;
    std::string message;
};

}  // namespace studio
