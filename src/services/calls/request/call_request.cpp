#include "services/calls/request/call_request.hpp"

#include <utility>

#include "core/agent/object_reader.hpp"
#include "core/call/phone_number.hpp"

namespace studio::services {

namespace {

constexpr std::size_t context_bytes_max = 16U << 10U;
constexpr const char* no_phones = "telephone calls (sip) are not available here";
constexpr const char* no_trunk =
    "telephone calls (sip) are not available: no outbound trunk is configured "
    "(SIP_OUTBOUND_TRUNK_ID)";

bool is_text(const Json& value, std::string_view text) {
    return value.is_string() && std::string_view(value.get_string()) == text;
}

void read_phone(core::ObjectReader& reader, CallRequest& request, CallRequestRules rules) {
    if (const Json* type = reader.find("call_type")) {
        if (is_text(*type, "sip")) {
            request.type = core::CallType::sip;
            if (!rules.phone_calls) {
                reader.report("call_type", rules.rooms ? no_trunk : no_phones);
            }
        } else if (!is_text(*type, "voip")) {
            reader.report("call_type", rules.rooms ? "must be voip or sip" : "must be voip");
        }
    }
    const bool wants_phone = request.type == core::CallType::sip;
    const Json* number = reader.find("phone_number");
    if (number == nullptr) {
        if (wants_phone && rules.phone_calls) {
            reader.report("phone_number", "is required for call_type sip");
        }
        return;
    }
    if (!rules.rooms) {
        reader.report("phone_number", no_phones);
    } else if (!wants_phone) {
        reader.report("phone_number", "is for call_type sip only");
    } else if (!number->is_string() ||
               !core::parse_phone_number(std::string_view(number->get_string()))) {
        reader.report("phone_number", "must be a number in E.164 form, such as +14155550123");
    } else {
        request.phone_number = Pii<std::string>(std::string(number->get_string()));
    }
}

/// Who holds the call: an agent, or a workflow under either of its names.
void read_target(core::ObjectReader& reader, CallRequest& request) {
    reader.read_text("agent_name", request.agent_name);
    reader.read_text("workflow_slug", request.workflow_slug, {.length_max = 64});
    if (reader.find("workflow") != nullptr) {
        if (reader.find("workflow_slug") != nullptr) {
            reader.report("workflow", "is another name of workflow_slug; give only one of them");
        } else {
            reader.read_text("workflow", request.workflow_slug, {.length_max = 64});
        }
    }
    if (!request.agent_name.empty() && !request.workflow_slug.empty()) {
        reader.report("agent_name", "is for a call without a workflow; give only one of them");
    } else if (request.agent_name.find_first_not_of(" \t\r\n") == std::string::npos &&
               request.workflow_slug.empty()) {
        reader.report("agent_name", "is required, or workflow_slug");
    }
}

}  // namespace

Result<CallRequest, std::vector<core::FieldError>> parse_call_request(const Json& body,
                                                                      CallRequestRules rules) {
    std::vector<core::FieldError> errors;
    CallRequest request;
    core::ObjectReader reader(&body, "", errors);
    read_target(reader, request);
    reader.read_text("user_id", request.user_id, {.length_max = 256});
    reader.read_object("user_context", request.user_context, context_bytes_max);
    if (reader.find("user_data") != nullptr) {
        if (reader.find("user_context") != nullptr) {
            reader.report("user_data", "is the older name of user_context; give only one of them");
        } else {
            reader.read_object("user_data", request.user_context, context_bytes_max);
        }
    }
    reader.read_object("metadata", request.metadata, context_bytes_max);
    read_phone(reader, request, rules);
    reader.finish();
    if (!errors.empty()) {
        return fail(std::move(errors));
    }
    return request;
}

}  // namespace studio::services
