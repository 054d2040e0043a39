#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "ports/rate_counter.hpp"
#include "runtime/loop.hpp"

namespace studio::services {

/// Counts for this process alone, where there is no other.
class LocalRateCounter final : public RateCounter {
public:
    /// `names_max`: beyond it windows that are over are forgotten, and where none is, the one that
    /// ends first.
    explicit LocalRateCounter(runtime::Loop& loop, std::size_t names_max = 10'000)
        : loop_(loop), names_max_(names_max) {}

    [[nodiscard]] Task<Result<RateCount, RateCounterError>> count(std::string name,
                                                                  milliseconds window) override;

private:
    struct Window {
        Instant ends_at{};
        std::uint64_t count = 0;
    };

    void make_room();

    runtime::Loop& loop_;
    std::size_t names_max_;
    std::map<std::string, Window, std::less<>> windows_;
};

}  // namespace studio::services
