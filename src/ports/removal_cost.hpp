#pragma once

#include <cstdint>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace studio {

enum class RemovalCostError : std::uint8_t {
    /// No answer, or trouble on the other side. May succeed later.
    unavailable,
    /// We may not, or there is nothing of that name. Only the operator can change it.
    refused,
};

/// Tells whoever decides how many replicas run what it would cost to end this one: where one has to
/// go, the cheapest goes first. One loop.
class RemovalCost : public Interface {
public:
    /// `cost`: 0 is that of a replica that nobody would miss; what more means is relative. True
    /// where it was noted. One write at a time.
    [[nodiscard]] virtual Task<Result<bool, RemovalCostError>> write(int cost) = 0;
};

}  // namespace studio
