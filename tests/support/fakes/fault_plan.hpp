#pragma once

#include "base/entropy.hpp"
#include "base/time.hpp"
#include "ports/provider_error.hpp"

namespace studio::testing_support {

/// How slow and unreliable a fake is; everything is drawn from a seeded source, so that a seed
/// repeats a run. `entropy` is borrowed.
struct FaultPlan {
    Entropy* entropy = nullptr;
    milliseconds latency_min{5};
    milliseconds latency_max{50};
    /// Share of requests, 0..1, that fail with a transient error.
    double failure_share = 0.0;
    /// Share of requests, 0..1, that never answer.
    double silence_share = 0.0;
    /// The provider is cut off then, for so long: streams break and new ones are refused. Of a
    /// recogniser.
    Deadline away_from{};
    milliseconds away_for{0};

    [[nodiscard]] milliseconds latency() const {
        const auto span = static_cast<std::uint32_t>((latency_max - latency_min).count()) + 1U;
        return latency_min + milliseconds(entropy->u32() % span);
    }
    [[nodiscard]] bool draw(double share) const {
        return share > 0.0 && entropy->u32() < share * 4294967296.0;
    }
    [[nodiscard]] bool is_away(Instant now) const {
        return away_from && now >= *away_from && now < *away_from + away_for;
    }
    [[nodiscard]] static ProviderError failure() {
        return {ProviderErrorCode::unavailable, "the fake was told to fail"};
    }
};

}  // namespace studio::testing_support
