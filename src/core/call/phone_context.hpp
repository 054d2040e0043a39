#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/json.hpp"

namespace studio::core {

/// How far a telephone has come.
enum class PhoneStatus : std::uint8_t {
    /// Nobody tells.
    untold,
    dialing,
    ringing,
    /// It was answered, by a person or a machine.
    active,
    hung_up,
    /// Something else is told.
    other,
};

/// A telephone in a room, as the media server tells of it. Told by outsiders: any content; what is
/// not told is empty.
struct PhoneContext {
    PhoneStatus status = PhoneStatus::untold;
    /// Its own number.
    std::optional<std::string> phone_number;
    /// The number of ours that was called, or from which the phone is called.
    std::optional<std::string> called_number;
    /// What the telephone service calls this call.
    std::optional<std::string> sip_call_id;
    /// Of the INVITE, by their lower-case names.
    std::map<std::string, std::string> headers;
};

/// What a phone tells of its call, for `{{user.call.…}}` in templates: phone_number,
/// called_number, sip_call_id and headers, as far as they are told. Values are cut at 256 bytes,
/// and 32 headers are taken.
[[nodiscard]] JsonObject phone_context_json(const PhoneContext& phone);

}  // namespace studio::core
