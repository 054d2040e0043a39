#include "services/hosting/rooms/room_request.hpp"

#include <utility>

#include "core/agent/names.hpp"

namespace studio::services {

namespace {

constexpr std::size_t metadata_bytes_max = 64U << 10U;
constexpr std::size_t context_bytes_max = 16U << 10U;
constexpr std::size_t user_id_bytes_max = 256;

/// The member, or an empty object and a word about it. `called` is the name in that word.
Json read_object(const Json& json, std::string_view name, const std::string& called,
                 RoomRequest& request) {
    const Json* const member = find_member(json, name);
    if (member == nullptr || member->is_null()) {
        return JsonObject{};
    }
    if (!member->is_object()) {
        request.problems.push_back(called + "_not_valid");
        return JsonObject{};
    }
    if (serialize_json(*member).size() > context_bytes_max) {
        request.problems.push_back(called + "_too_long");
        return JsonObject{};
    }
    return *member;
}

void read_json(const Json& json, RoomRequest& request) {
    request.agent_name = member_text(json, "agent_name");
    if (!request.agent_name.empty() && !core::is_agent_name(request.agent_name)) {
        request.problems.emplace_back("agent_name_not_valid");
    }
    request.workflow_slug = member_text(json, "workflow_slug");
    if (request.workflow_slug.empty()) {
        request.workflow_slug = member_text(json, "workflow");
    }
    if (!request.workflow_slug.empty() && !core::is_agent_name(request.workflow_slug)) {
        request.problems.emplace_back("workflow_slug_not_valid");
        request.workflow_slug.clear();
    }
    request.user_id = member_text(json, "user_id");
    if (request.user_id.size() > user_id_bytes_max) {
        request.problems.emplace_back("user_id_too_long");
        request.user_id.clear();
    }
    request.user_context = read_object(json, "user_context", "user_context", request);
    request.metadata = read_object(json, "metadata", "metadata_member", request);
}

/// Whoever looks at the call sees that something is missing.
void note_dropped(RoomRequest& request) {
    JsonArray dropped;
    for (const std::string& problem : request.problems) {
        dropped.emplace_back(problem);
    }
    if (!dropped.empty()) {
        request.metadata.get_object()["dropped"] = std::move(dropped);
    }
}

}  // namespace

RoomRequest read_room_request(const RoomJob& job, const std::string& default_agent) {
    RoomRequest request;
    if (core::is_agent_name(job.metadata)) {
        request.agent_name = job.metadata;
    } else if (job.metadata.size() > metadata_bytes_max) {
        request.problems.emplace_back("metadata_too_long");
    } else if (const auto json = parse_json(job.metadata); json && json->is_object()) {
        read_json(*json, request);
    } else if (!job.metadata.empty()) {
        request.problems.emplace_back("metadata_not_json");
    }
    if (!request.workflow_slug.empty()) {
        request.agent_name.clear();
        note_dropped(request);
        return request;
    }
    const auto attribute = job.attributes.find("agent_name");
    if (!core::is_agent_name(request.agent_name) && attribute != job.attributes.end()) {
        request.agent_name = attribute->second;
    }
    if (!core::is_agent_name(request.agent_name)) {
        request.agent_name = default_agent;
    }
    note_dropped(request);
    return request;
}

}  // namespace studio::services
