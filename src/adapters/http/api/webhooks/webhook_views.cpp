#include "adapters/http/api/webhooks/webhook_views.hpp"
#include "base/json_or_null.hpp"

#include <array>
#include <string>
#include <utility>

namespace studio::adapters {

namespace {

constexpr std::array<std::pair<DeliveryStatus, const char*>, 3> statuses{{
    {DeliveryStatus::pending, "pending"},
    {DeliveryStatus::delivered, "delivered"},
    {DeliveryStatus::failed, "failed"},
}};

const char* status_view(DeliveryStatus status) {
    for (const auto& [value, name] : statuses) {
        if (value == status) {
            return name;
        }
    }
    return "failed";
}

}  // namespace

std::optional<DeliveryStatus> parse_delivery_status(std::string_view name) {
    for (const auto& [value, text] : statuses) {
        if (name == text) {
            return value;
        }
    }
    return std::nullopt;
}

Json webhook_view(const WebhookEndpoint& endpoint, WallTime now) {
    Json view = services::webhook_fields(endpoint);
    JsonObject& object = view.get_object();
    const bool has_secret_before =
        !endpoint.sealed_secret_before.empty() && now < endpoint.secret_before_until;
    object["id"] = endpoint.id;
    object["disabled_reason"] = text_or_null(endpoint.disabled_reason);
    object["previous_secret_until"] = time_or_null(
        has_secret_before ? std::optional(endpoint.secret_before_until) : std::nullopt);
    object["created_at"] = to_rfc3339(endpoint.created_at);
    object["updated_at"] = to_rfc3339(endpoint.updated_at);
    return view;
}

Json made_webhook_view(const services::MadeWebhook& made, WallTime now) {
    Json view = webhook_view(made.endpoint, now);
    view.get_object()["secret"] = made.secret.reveal();
    return view;
}

Json delivery_view(const WebhookDelivery& delivery) {
    const bool is_pending = delivery.status == DeliveryStatus::pending;
    const bool has_call = delivery.stream != delivery.event_id;
    const bool was_answered = delivery.response_status != 0;
    return JsonObject{
        {"id", delivery.id},
        {"webhook_id", delivery.endpoint_id},
        {"event_id", delivery.event_id},
        {"event_type", delivery.event_type},
        {"call_id", has_call ? Json(delivery.stream) : Json(nullptr)},
        {"status", status_view(delivery.status)},
        {"attempts", delivery.attempts},
        {"next_attempt_at", is_pending ? Json(to_rfc3339(delivery.due_at)) : Json(nullptr)},
        {"response_status", was_answered ? Json(delivery.response_status) : Json(nullptr)},
        {"response_body", was_answered ? Json(delivery.response_body) : Json(nullptr)},
        {"error", text_or_null(delivery.error)},
        {"duration_ms", delivery.duration.count()},
        {"created_at", to_rfc3339(delivery.created_at)},
        {"attempted_at", time_or_null(delivery.attempted_at)},
        {"ended_at", time_or_null(delivery.ended_at)}};
}

}  // namespace studio::adapters
