#include "adapters/deepgram/internal/stream_end.hpp"

#include <cstdint>
#include <string>

namespace studio::adapters {
namespace {

/// Closes that say that what we send is wrong (RFC 6455, section 7.4.1): the next stream would send
/// the same.
bool is_final_close(std::uint16_t code) {
    return code == 1003 || (code >= 1007 && code <= 1009);
}

ProviderErrorCode code_of(int status) {
    if (status == 401 || status == 403) {
        return ProviderErrorCode::unauthorized;
    }
    if (status == 402) {
        return ProviderErrorCode::exhausted;
    }
    if (status == 429) {
        return ProviderErrorCode::rate_limited;
    }
    if (status == 408 || status == 425 || status >= 500) {
        return ProviderErrorCode::unavailable;
    }
    return status >= 400 ? ProviderErrorCode::rejected : ProviderErrorCode::malformed;
}

}  // namespace

ProviderError error_of(const WebSocketEnd& end) {
    if (end.error == WebSocketError::refused) {
        return {code_of(end.http_status), "HTTP status " + std::to_string(end.http_status), {}};
    }
    if (is_final_close(end.close_code)) {
        return {ProviderErrorCode::rejected,
                "the server closed with " + std::to_string(end.close_code) +
                    ": it does not take what we send",
                {}};
    }
    if (end.error == WebSocketError::timed_out) {
        return {
            ProviderErrorCode::timed_out, "no connection in time, or the server fell silent", {}};
    }
    if (end.error == WebSocketError::address_not_allowed) {
        return {ProviderErrorCode::rejected,
                "address_not_allowed: the operator has not allowed it",
                {}};
    }
    if (end.error == WebSocketError::malformed) {
        return {ProviderErrorCode::malformed, "what came is not of the protocol", {}};
    }
    return {ProviderErrorCode::unavailable,
            "the connection was cut, close code " + std::to_string(end.close_code),
            {}};
}

}  // namespace studio::adapters
