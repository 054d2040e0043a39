#include "services/platform/call_request.hpp"

#include "core/agent/object_reader.hpp"

namespace studio::services {

namespace {

constexpr std::size_t context_bytes_max = 16U << 10U;

bool is_text(const Json& value, std::string_view text) {
    return value.is_string() && std::string_view(value.get_string()) == text;
}

}  // namespace

Result<CallRequest, std::vector<core::FieldError>> parse_call_request(const Json& body) {
    std::vector<core::FieldError> errors;
    CallRequest request;
    core::ObjectReader reader(&body, "", errors);
    const bool has_workflow = reader.find("workflow_slug") != nullptr;
    if (has_workflow) {
        reader.report("workflow_slug", "workflows are not available; give agent_name instead");
    }
    reader.read_text("agent_name", request.agent_name, {.required = !has_workflow});
    reader.read_text("user_id", request.user_id, {.bytes_max = 256});
    reader.read_object("user_context", request.user_context, context_bytes_max);
    if (reader.find("user_data") != nullptr) {
        if (reader.find("user_context") != nullptr) {
            reader.report("user_data", "is the older name of user_context; give only one of them");
        } else {
            reader.read_object("user_data", request.user_context, context_bytes_max);
        }
    }
    reader.read_object("metadata", request.metadata, context_bytes_max);
    if (const Json* type = reader.find("call_type")) {
        if (is_text(*type, "sip")) {
            reader.report("call_type", "telephone calls (sip) are not available; use voip");
        } else if (!is_text(*type, "voip")) {
            reader.report("call_type", "must be voip");
        }
    }
    if (reader.find("phone_number") != nullptr) {
        reader.report("phone_number", "telephone calls (sip) are not available");
    }
    reader.finish();
    if (!errors.empty()) {
        return fail(std::move(errors));
    }
    return request;
}

}  // namespace studio::services
