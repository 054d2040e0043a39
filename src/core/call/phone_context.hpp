#pragma once

#include <map>
#include <string>

#include "base/json.hpp"

namespace studio::core {

/// What a phone's attributes in its room say of the call, for `{{user.call.…}}` in templates:
/// phone_number, called_number, sip_call_id, and headers by their lower-case name. Told by
/// outsiders: values are cut at 256 bytes, and 32 headers are taken.
[[nodiscard]] JsonObject phone_context(const std::map<std::string, std::string>& attributes);

}  // namespace studio::core
