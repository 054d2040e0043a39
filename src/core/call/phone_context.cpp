#include "core/call/phone_context.hpp"

#include <utility>

namespace studio::core {

namespace {

constexpr std::size_t value_bytes_max = 256;
constexpr std::size_t headers_max = 32;

}  // namespace

JsonObject phone_context(const std::map<std::string, std::string>& attributes) {
    JsonObject call;
    JsonObject headers;
    for (const auto& [name, value] : attributes) {
        const std::string text = value.substr(0, value_bytes_max);
        if (name == "sip.phoneNumber") {
            call["phone_number"] = text;
        } else if (name == "sip.trunkPhoneNumber") {
            call["called_number"] = text;
        } else if (name == "sip.callID") {
            call["sip_call_id"] = text;
        } else if (name.starts_with("sip.h.") && headers.size() < headers_max) {
            headers[name.substr(6, value_bytes_max)] = text;
        }
    }
    if (!headers.empty()) {
        call["headers"] = std::move(headers);
    }
    return call;
}

}  // namespace studio::core
