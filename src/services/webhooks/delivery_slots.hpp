#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace studio::services {

struct DeliverySlotsOptions {
    /// Attempts under way at once in one process.
    std::size_t total_max = 256;
    /// To one endpoint that is known to be fine.
    std::size_t endpoint_max = 8;
    /// To any other.
    std::size_t doubtful_endpoint_max = 2;
    /// An attempt that takes longer means trouble.
    milliseconds slow_after{2'000};
};

/// How many attempts may be begun, so that slow and dead endpoints delay nobody else: an endpoint
/// is in trouble when its last attempt failed or was slow, or one under way is. Those in trouble
/// have at most half of the places, unknown ones a quarter, and a quarter is for those alone that
/// are fine. A pure machine: one owner.
///
///   unknown --quick success--> fine --failed, slow--> in trouble --quick success--> fine
///      +------failed, slow----------------------------^
class DeliverySlots {
public:
    explicit DeliverySlots(DeliverySlotsOptions options = {}) : options_(options) {}

    struct Share {
        std::string endpoint;
        std::size_t count = 0;
    };
    /// How many attempts to each of these endpoints may be begun now, all of them together; those
    /// that get none are left out. The first ones have the choice.
    [[nodiscard]] std::vector<Share> plan(const std::vector<std::string>& endpoints,
                                          Instant now) const;
    void begin(const std::string& endpoint, Instant now);
    /// The end of one that was begun at `began`. `succeeded`: the endpoint took it.
    void end(const std::string& endpoint, Instant began, Instant now, bool succeeded);

    [[nodiscard]] std::size_t under_way() const { return under_way_; }
    enum class State : std::uint8_t { unknown, fine, troubled };
    [[nodiscard]] State state_of(const std::string& endpoint, Instant now) const;

private:
    struct Endpoint {
        /// When those under way were begun.
        std::vector<Instant> begun;
        /// After the last attempt.
        State state = State::unknown;
    };

    [[nodiscard]] State state_of(const Endpoint& endpoint, Instant now) const;
    [[nodiscard]] std::size_t under_way_of(State state, Instant now) const;
    [[nodiscard]] std::size_t begun_to(const std::string& endpoint) const;

    DeliverySlotsOptions options_;
    /// All that were ever sent to.
    std::map<std::string, Endpoint> endpoints_;
    std::size_t under_way_ = 0;
};

}  // namespace studio::services
