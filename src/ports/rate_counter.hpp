#pragma once

#include <cstdint>
#include <string>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/time.hpp"

namespace studio {

/// What was counted under one name.
struct RateCount {
    /// In the present window, this one included.
    std::uint64_t count = 0;
    /// Until the window ends and counting begins anew; above zero.
    milliseconds left{0};
};

enum class RateCounterError : std::uint8_t {
    /// What counts for all servers is away. Whether this one was counted is not known.
    unavailable,
};

/// Counts in windows, for everybody who counts under the same name, in one atomic step: of any
/// number of simultaneous counts each gets a number of its own. A window begins with the first
/// count and lasts as long as that one said. On one loop.
class RateCounter : public Interface {
public:
    [[nodiscard]] virtual Task<Result<RateCount, RateCounterError>> count(std::string name,
                                                                          milliseconds window) = 0;
};

}  // namespace studio
