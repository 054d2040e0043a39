#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/time.hpp"

namespace studio::core {

/// The order to hold one call, as it waits in the queue. It names things and carries none: whoever
/// takes it reads the call's row and the agent from the store. docs/queue.md tells the JSON.
struct Job {
    CallId call_id;
    TenantId tenant_id;
    std::string agent_name;
    /// The media server's room in which the call takes place.
    std::string room_name;
    /// 1 for the first worker that tries; counts takes, not pushes.
    std::uint32_t attempt = 1;
    /// When the call was asked for; survives being put back.
    WallTime queued_at{};

    bool operator==(const Job&) const = default;
};

/// One line of JSON, keys in a fixed order, so that equal jobs are equal bytes.
[[nodiscard]] std::string serialize_job(const Job& job);
/// The error is a sentence that names the member that is missing or wrong. At most 4 KiB.
[[nodiscard]] Result<Job, std::string> parse_job(std::string_view text);

}  // namespace studio::core
