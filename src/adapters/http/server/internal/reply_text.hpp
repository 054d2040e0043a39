#pragma once

#include <string>
#include <string_view>

#include "adapters/http/server/api_message.hpp"
#include "base/time.hpp"

namespace studio::adapters::http {

/// What the head of a reply says beside the reply itself.
struct ReplyFrame {
    std::string_view request_id;
    WallTime now{};
    bool keep_alive = false;
    /// The body comes in pieces with their lengths.
    bool chunked = false;
};

/// The status line and header of a reply, with the security fields that it does not set itself.
[[nodiscard]] std::string format_head(const ApiReply& reply, const ReplyFrame& frame);

/// The bytes that follow the head; empty for the statuses that have none.
[[nodiscard]] std::string_view body_of(const ApiReply& reply);

/// IMF-fixdate (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
[[nodiscard]] std::string format_http_date(WallTime time);

}  // namespace studio::adapters::http
