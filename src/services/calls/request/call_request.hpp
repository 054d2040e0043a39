#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "core/agent/field_error.hpp"
#include "core/call/call_record.hpp"

namespace studio::services {

/// The body of POST /calls, checked.
struct CallRequest {
    /// Either an agent or a workflow; the other is empty.
    std::string agent_name;
    std::string workflow_slug;
    std::string user_id;
    core::CallType type = core::CallType::voip;
    /// E.164; empty unless `type` is sip.
    Pii<std::string> phone_number;
    Json user_context = JsonObject{};
    Json metadata = JsonObject{};
    /// Not of the body: false where a test key asks.
    bool livemode = true;
};

/// What kinds of calls there are here.
struct CallRequestRules {
    /// A telephone trunk is configured.
    bool phone_calls = false;
    /// Calls take place in rooms, without which there are no telephones at all.
    bool rooms = false;
};

/// Reads {agent_name or workflow_slug, user_id, user_context, metadata, call_type, phone_number}.
/// `user_data` is the older name of `user_context`, `workflow` another of `workflow_slug`. `sip` is
/// refused with a sentence that says so where the rules do not allow it. Every wrong or unknown
/// field is reported.
[[nodiscard]] Result<CallRequest, std::vector<core::FieldError>> parse_call_request(
    const Json& body, CallRequestRules rules = {});

}  // namespace studio::services
