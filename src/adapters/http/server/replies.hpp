#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "services/accounts/rate_limits.hpp"
#include "services/errors/service_error.hpp"

namespace studio::adapters {

/// The one table from use-case errors to HTTP statuses.
[[nodiscard]] int status_of(services::ServiceErrorCode code);

[[nodiscard]] ApiReply json_reply(int status, const Json& body);
/// [{field, message}].
[[nodiscard]] Json field_errors_view(const std::vector<core::FieldError>& errors);
/// {"error": {"code", "message", "details": [{"field", "message"}]}}.
[[nodiscard]] ApiReply error_reply(int status, std::string_view code, std::string_view message,
                                   const std::vector<core::FieldError>& details = {});
[[nodiscard]] ApiReply error_reply(const services::ServiceError& error);

/// X-RateLimit-Limit, -Remaining, and -Reset in seconds since 1970.
[[nodiscard]] HeaderList rate_headers_of(const services::RateVerdict& verdict);

/// The reply for trouble with HTTP itself (400, 404, 405, 408, 413, 415, 431, 503 …).
[[nodiscard]] ApiReply protocol_error_reply(int status, std::string_view message);

}  // namespace studio::adapters
