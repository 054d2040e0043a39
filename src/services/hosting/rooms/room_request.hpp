#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "ports/room_jobs.hpp"

namespace studio::services {

/// What a room job asks for, as far as it says so.
struct RoomRequest {
    /// The configured default where the job names none; empty where there is no default either.
    std::string agent_name;
    /// Holds the call instead of the agent, which is empty then; empty for none.
    std::string workflow_slug{};
    std::string user_id{};
    /// `{{user.*}}`.
    Json user_context = JsonObject{};
    /// Kept with the call. `dropped` in it names what was left out.
    Json metadata = JsonObject{};
    /// What of the job could not be used, one word each: `metadata_too_long`, `metadata_not_json`,
    /// `agent_name_not_valid`, `workflow_slug_not_valid`, `user_id_too_long`,
    /// `user_context_too_long`, `user_context_not_valid`, `metadata_member_too_long`,
    /// `metadata_member_not_valid`. For the log.
    std::vector<std::string> problems{};
};

/// Reads a job's metadata, which is JSON {"agent_name" or "workflow_slug" (or "workflow"),
/// "user_id", "user_context", "metadata"},
/// or plain text that is an agent's name, or anything else, which counts as none. Else the
/// attribute `agent_name` chooses, else `default_agent`. Members that are wrong are passed over:
/// whoever rings must be answered. Contexts above 16 KiB are left out.
[[nodiscard]] RoomRequest read_room_request(const RoomJob& job, const std::string& default_agent);

}  // namespace studio::services
