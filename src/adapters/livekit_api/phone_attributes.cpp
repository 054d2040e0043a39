#include "adapters/livekit_api/phone_attributes.hpp"

#include <string_view>

namespace studio::adapters {

namespace {

constexpr std::string_view header_prefix = "sip.h.";

core::PhoneStatus status_of(std::string_view text) {
    // A machine at the other end was answered, too.
    if (text == "active" || text == "automation") {
        return core::PhoneStatus::active;
    }
    if (text == "dialing") {
        return core::PhoneStatus::dialing;
    }
    if (text == "ringing") {
        return core::PhoneStatus::ringing;
    }
    return text == "hangup" ? core::PhoneStatus::hung_up : core::PhoneStatus::other;
}

}  // namespace

core::PhoneContext read_phone_attributes(const std::map<std::string, std::string>& attributes) {
    core::PhoneContext phone;
    for (const auto& [name, value] : attributes) {
        if (name == "sip.phoneNumber") {
            phone.phone_number = value;
        } else if (name == "sip.trunkPhoneNumber") {
            phone.called_number = value;
        } else if (name == "sip.callID") {
            phone.sip_call_id = value;
        } else if (name == "sip.callStatus") {
            phone.status = status_of(value);
        } else if (name.starts_with(header_prefix)) {
            phone.headers[name.substr(header_prefix.size())] = value;
        }
    }
    return phone;
}

}  // namespace studio::adapters
