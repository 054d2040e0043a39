#include "services/rooms/room_request.hpp"

#include <utility>

#include "core/agent/names.hpp"

namespace studio::services {

namespace {

constexpr std::size_t metadata_bytes_max = 64U << 10U;
constexpr std::size_t context_bytes_max = 16U << 10U;
constexpr std::size_t user_id_bytes_max = 256;

Json read_object(const Json& json, std::string_view name) {
    const Json* const member = find_member(json, name);
    const bool is_sound = member != nullptr && member->is_object() &&
                          serialize_json(*member).size() <= context_bytes_max;
    return is_sound ? *member : Json(JsonObject{});
}

}  // namespace

RoomRequest read_room_request(const RoomJob& job, const std::string& default_agent) {
    RoomRequest request;
    if (core::is_agent_name(job.metadata)) {
        request.agent_name = job.metadata;
    } else if (job.metadata.size() <= metadata_bytes_max) {
        if (const auto json = parse_json(job.metadata); json && json->is_object()) {
            request.agent_name = member_text(*json, "agent_name");
            request.user_id = member_text(*json, "user_id");
            request.user_context = read_object(*json, "user_context");
            request.metadata = read_object(*json, "metadata");
        }
    }
    if (request.user_id.size() > user_id_bytes_max) {
        request.user_id.clear();
    }
    const auto attribute = job.attributes.find("agent_name");
    if (!core::is_agent_name(request.agent_name) && attribute != job.attributes.end()) {
        request.agent_name = attribute->second;
    }
    if (!core::is_agent_name(request.agent_name)) {
        request.agent_name = default_agent;
    }
    return request;
}

}  // namespace studio::services
