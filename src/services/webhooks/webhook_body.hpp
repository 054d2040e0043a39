#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "core/agent/field_error.hpp"
#include "ports/webhook_store.hpp"

namespace studio::services {

/// Why an endpoint at this host and port is refused, as a sentence without its subject; empty where
/// it is not. What names resolve to is known only when they are used.
using WebhookAddressRule = std::function<std::string(const std::string& host, std::uint16_t port)>;

/// Writes {url, events, description, active, timeout_seconds, max_attempts} over `endpoint`; what
/// is left out gets its default. Every wrong or unknown field is reported.
[[nodiscard]] std::vector<core::FieldError> read_webhook(const Json& body,
                                                         const WebhookAddressRule& rule,
                                                         WebhookEndpoint& endpoint);

/// The same object of an endpoint.
[[nodiscard]] Json webhook_fields(const WebhookEndpoint& endpoint);

}  // namespace studio::services
