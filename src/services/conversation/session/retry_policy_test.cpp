#include "services/conversation/session/retry_policy.hpp"

#include <gtest/gtest.h>

namespace studio::services {
namespace {

TEST(RetryPolicy, WaitsAsLongAsTheProviderAsksWithinReason) {
    const RetryPolicy policy;
    const auto delay = [&policy](ProviderErrorCode code, std::optional<milliseconds> retry_after,
                                 int attempt = 1) {
        return policy.delay_after(ProviderError{code, "", retry_after}, attempt, 2)
            .value_or(milliseconds(-1));
    };
    EXPECT_EQ(delay(ProviderErrorCode::rate_limited, {}), milliseconds(500));
    EXPECT_EQ(delay(ProviderErrorCode::rate_limited, seconds(2)), seconds(2));
    EXPECT_EQ(delay(ProviderErrorCode::unavailable, seconds(1)), seconds(1)) << "503 says it too";
    EXPECT_EQ(delay(ProviderErrorCode::rate_limited, seconds(3'600)), seconds(3));
    EXPECT_EQ(delay(ProviderErrorCode::rate_limited, milliseconds(0)), milliseconds(500));
    EXPECT_EQ(delay(ProviderErrorCode::rate_limited, seconds(1), 2), milliseconds(-1));
}

TEST(RetryPolicy, DoesNotRepeatWhatCannotSucceed) {
    const RetryPolicy policy;
    for (const ProviderErrorCode code :
         {ProviderErrorCode::unauthorized, ProviderErrorCode::rejected,
          ProviderErrorCode::exhausted}) {
        EXPECT_FALSE(policy.delay_after(ProviderError{code, "", seconds(1)}, 1, 5));
    }
}

}  // namespace
}  // namespace studio::services
