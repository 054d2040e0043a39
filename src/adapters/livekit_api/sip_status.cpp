#include "adapters/livekit_api/sip_status.hpp"

namespace studio::adapters {

std::string sip_reason(int status) {
    switch (status) {
        case 486:
        case 600:
            return "busy";
        case 408:
        case 480:
            return "no_answer";
        case 603:
        case 607:
        case 608:
            return "declined";
        case 487:
            return "cancelled";
        case 404:
        case 410:
        case 484:
        case 485:
        case 604:
            return "number_unknown";
        case 415:
        case 488:
        case 606:
            return "media_refused";
        case 401:
        case 403:
        case 407:
            return "trunk_refused";
        default:
            return "trunk_failed";
    }
}

DialError dial_error(const TwirpError& error) {
    DialError result{DialError::Code::unavailable, error.sip_status, "media_server_unavailable"};
    if (error.sip_status >= 300) {
        result.code = DialError::Code::refused;
        result.reason = sip_reason(error.sip_status);
    } else if (error.timed_out) {
        result.code = DialError::Code::timed_out;
        result.reason = "no_answer";
    } else if (error.error == RoomError::unauthorized) {
        result.code = DialError::Code::unauthorized;
        result.reason = "media_server_refused";
    } else if (error.error == RoomError::no_room) {
        result.code = DialError::Code::refused;
        result.reason = "no_trunk";
    } else if (error.code == "resource_exhausted" || error.code == "unavailable") {
        // Every telephone service is full ("cpu exhausted"), or none is there: none has begun.
        result.code = DialError::Code::busy;
        result.reason = "phone_service_busy";
    } else if (error.code == "canceled" || error.code == "cancelled") {
        result.code = DialError::Code::refused;
        result.reason = "cancelled";
    }
    return result;
}

}  // namespace studio::adapters
