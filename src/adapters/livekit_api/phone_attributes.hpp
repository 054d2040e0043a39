#pragma once

#include <map>
#include <string>

#include "core/call/phone_context.hpp"

namespace studio::adapters {

/// What LiveKit's SIP service tells of a phone, by attributes of its participant (`sip.…`): the
/// only place that knows their names. Told by outsiders: any content.
[[nodiscard]] core::PhoneContext read_phone_attributes(
    const std::map<std::string, std::string>& attributes);

}  // namespace studio::adapters
