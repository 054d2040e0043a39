#pragma once

#include <optional>
#include <string_view>

#include "base/json.hpp"
#include "ports/webhook_store.hpp"
#include "services/webhooks/webhooks.hpp"

namespace studio::adapters {

// The shapes in which the API shows webhooks (api/openapi.yaml); no secret is in them, but in that
// of one that was made just now.
[[nodiscard]] Json webhook_view(const WebhookEndpoint& endpoint, WallTime now);
[[nodiscard]] Json made_webhook_view(const services::MadeWebhook& made, WallTime now);
[[nodiscard]] Json delivery_view(const WebhookDelivery& delivery);

[[nodiscard]] std::optional<DeliveryStatus> parse_delivery_status(std::string_view name);

}  // namespace studio::adapters
