#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "core/agent/field_error.hpp"

namespace studio::services {

/// The body of POST /calls, checked.
struct CallRequest {
    std::string agent_name;
    std::string user_id;
    Json user_context = JsonObject{};
    Json metadata = JsonObject{};
};

/// Reads {agent_name, user_id, user_context, metadata, call_type}. `user_data` is the older name of
/// `user_context`. `call_type` may be `voip`; `sip`, `phone_number` and `workflow_slug` are known
/// but refused with a sentence that says so. Every wrong or unknown field is reported.
[[nodiscard]] Result<CallRequest, std::vector<core::FieldError>> parse_call_request(
    const Json& body);

}  // namespace studio::services
