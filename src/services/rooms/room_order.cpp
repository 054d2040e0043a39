#include "services/rooms/room_order.hpp"

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

RoomOrder read_room_order(const RoomJob& job, const std::string& default_agent) {
    RoomOrder order;
    if (core::is_agent_name(job.metadata)) {
        order.agent_name = job.metadata;
    } else if (job.metadata.size() <= metadata_bytes_max) {
        if (const auto json = parse_json(job.metadata); json && json->is_object()) {
            order.agent_name = member_text(*json, "agent_name");
            order.user_id = member_text(*json, "user_id");
            order.user_context = read_object(*json, "user_context");
            order.metadata = read_object(*json, "metadata");
        }
    }
    if (order.user_id.size() > user_id_bytes_max) {
        order.user_id.clear();
    }
    const auto attribute = job.attributes.find("agent_name");
    if (!core::is_agent_name(order.agent_name) && attribute != job.attributes.end()) {
        order.agent_name = attribute->second;
    }
    if (!core::is_agent_name(order.agent_name)) {
        order.agent_name = default_agent;
    }
    return order;
}

}  // namespace studio::services
