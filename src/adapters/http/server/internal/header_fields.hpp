#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/sensitive.hpp"

namespace studio::adapters::http {

using RequestMessage = boost::beast::http::request<boost::beast::http::string_body>;

/// The first field of that name; empty where there is none.
[[nodiscard]] std::string read_field(const RequestMessage& message, std::string_view name);

/// All fields of that name as one list, as RFC 9110, section 5.3, joins them; empty for none.
[[nodiscard]] std::string read_list_field(const RequestMessage& message, std::string_view name);

/// Printable ASCII, at most 128: what every store keeps as it is. An empty one is none.
[[nodiscard]] bool is_idempotency_key(std::string_view text);

/// Letters, digits, `.`, `_` and `-`, at most 64: what may come back in a header and go to the log.
[[nodiscard]] bool is_request_id(std::string_view text);

/// The key of `Authorization: Bearer ...` or else of `X-API-Key`; nothing where there is
/// neither, or one of them twice.
[[nodiscard]] std::optional<Secret<std::string>> read_api_key(const RequestMessage& message);

/// Whether a Content-Type names `wanted`, whatever its parameters and letters' case.
[[nodiscard]] bool is_media_type(std::string_view field, std::string_view wanted);

/// Whether the peer waits for `100 Continue` before it sends the body.
[[nodiscard]] bool wants_continue(const RequestMessage& message);

/// What makes a message's length or addressee doubtful, with which requests are smuggled past
/// proxies (RFC 9112, sections 3.2 and 6.3); empty where all is well.
[[nodiscard]] std::string find_framing_error(const RequestMessage& message);

}  // namespace studio::adapters::http
