#pragma once

#include <string>

#include "base/json.hpp"
#include "ports/room_jobs.hpp"

namespace studio::services {

/// What a room job asks for, as far as it says so.
struct RoomRequest {
    /// The configured default where the job names none.
    std::string agent_name;
    std::string user_id;
    /// `{{user.*}}`.
    Json user_context = JsonObject{};
    /// Kept with the call.
    Json metadata = JsonObject{};
};

/// Reads a job's metadata, which is JSON {"agent_name", "user_id", "user_context", "metadata"},
/// or plain text that is an agent's name, or anything else, which counts as none. Else the
/// attribute `agent_name` chooses, else `default_agent`. Members that are wrong are passed over:
/// whoever rings must be answered. Contexts above 16 KiB are left out.
[[nodiscard]] RoomRequest read_room_request(const RoomJob& job, const std::string& default_agent);

}  // namespace studio::services
