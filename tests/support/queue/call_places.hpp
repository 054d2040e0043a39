#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "ports/job_queue.hpp"

namespace studio::testing {

/// Which calls take a place of a tenant, an agent or a worker, and for which the next one is kept;
/// and whose a room is.
/// A place goes with its call, so none leaks. Pure; one owner.
class CallPlaces {
public:
    /// Why the job may not be admitted; nothing where it may. Where limits refuse a call that was
    /// answered (AdmissionLimits::place_kept), the next place is kept for it.
    [[nodiscard]] std::optional<QueueError> admission_error(const core::Job& job,
                                                            const AdmissionLimits& limits,
                                                            Instant now);
    /// It takes its places of tenant and agent, and none is kept for it any more.
    void admit(const core::Job& job);
    void free(const core::Job& job);
    void hold(const std::string& worker_id, const CallId& call_id);
    void let_go(const std::string& worker_id, const CallId& call_id);
    [[nodiscard]] std::uint32_t held_by(const std::string& worker_id) const;
    /// Drops what was kept until now.
    void forget_kept(Instant now);

private:
    [[nodiscard]] bool is_full(const std::string& key, std::uint32_t places_max,
                               const core::Job& job, const AdmissionLimits& limits,
                               Instant now) const;
    [[nodiscard]] std::uint32_t count(const std::string& key) const;

    std::map<std::string, std::set<CallId>> taken_;
    std::map<std::string, CallId> rooms_;
    /// Until when the next place is kept for a call that was answered and found none.
    std::map<std::string, std::map<CallId, Instant>> kept_;
};

}  // namespace studio::testing
