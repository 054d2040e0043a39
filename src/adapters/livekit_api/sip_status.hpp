#pragma once

#include <string>

#include "adapters/livekit_api/twirp_client.hpp"
#include "ports/room_control.hpp"

namespace studio::adapters {

/// The word for a final SIP response (RFC 3261, section 21; RFC 8197, 8688 for 607 and 608):
///
///   busy            486 600           number_unknown   404 410 484 485 604
///   no_answer       408 480           media_refused    415 488 606
///   declined        603 607 608       trunk_refused    401 403 407
///   cancelled       487               trunk_failed     5xx and what is left
[[nodiscard]] std::string sip_reason(int status);

/// Why a phone was not reached, from what the server answered to CreateSIPParticipant.
[[nodiscard]] DialError dial_error(const TwirpError& error);

}  // namespace studio::adapters
