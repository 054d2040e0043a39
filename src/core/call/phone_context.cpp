#include "core/call/phone_context.hpp"

#include <utility>

namespace studio::core {

namespace {

constexpr std::size_t value_bytes_max = 256;
constexpr std::size_t headers_max = 32;

}  // namespace

JsonObject phone_context_json(const PhoneContext& phone) {
    JsonObject call;
    const auto add = [&call](const char* name, const std::optional<std::string>& value) {
        if (value) {
            call[name] = value->substr(0, value_bytes_max);
        }
    };
    add("phone_number", phone.phone_number);
    add("called_number", phone.called_number);
    add("sip_call_id", phone.sip_call_id);
    JsonObject headers;
    for (const auto& [name, value] : phone.headers) {
        if (headers.size() < headers_max) {
            headers[name.substr(0, value_bytes_max)] = value.substr(0, value_bytes_max);
        }
    }
    if (!headers.empty()) {
        call["headers"] = std::move(headers);
    }
    return call;
}

}  // namespace studio::core
