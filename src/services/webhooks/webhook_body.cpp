#include "services/webhooks/webhook_body.hpp"

#include <algorithm>

#include "core/agent/object_reader.hpp"
#include "core/webhook/retry_schedule.hpp"
#include "core/webhook/webhook_event.hpp"
#include "core/webhook/webhook_url.hpp"

namespace studio::services {

namespace {

constexpr int timeout_min_s = 5;
constexpr int timeout_max_s = 60;
constexpr int timeout_default_s = 30;

void read_url(core::ObjectReader& reader, const WebhookAddressRule& rule,
              WebhookEndpoint& endpoint) {
    endpoint.url.clear();
    core::TextRule text;
    text.required = true;
    text.length_max = core::webhook_url_bytes_max;
    reader.read_text("url", endpoint.url, text);
    if (endpoint.url.empty()) {
        return;
    }
    std::string wrong = core::wrong_in_webhook_url(endpoint.url);
    if (wrong.empty()) {
        const core::WebhookPlace place = core::place_of_webhook_url(endpoint.url);
        wrong = rule(place.host, place.port);
    }
    if (!wrong.empty()) {
        reader.report("url", wrong);
    }
}

void read_events(core::ObjectReader& reader, WebhookEndpoint& endpoint) {
    std::vector<std::string> names{"*"};
    reader.read_texts("events", names);
    endpoint.events.clear();
    if (names.empty()) {
        reader.report("events", "must have an event, or *");
    }
    for (std::size_t index = 0; index < names.size(); ++index) {
        const auto name = core::parse_webhook_event(names[index]);
        if (!name) {
            reader.report(core::item_path("events", index),
                          "is no event; docs/webhooks.md lists them");
            continue;
        }
        if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(index),
                      names[index]) != names.begin() + static_cast<std::ptrdiff_t>(index)) {
            reader.report(core::item_path("events", index), "is in the list already");
        } else if (std::find(endpoint.events.begin(), endpoint.events.end(), *name) ==
                   endpoint.events.end()) {
            endpoint.events.emplace_back(*name);
        }
    }
}

}  // namespace

std::vector<core::FieldError> read_webhook(const Json& body, const WebhookAddressRule& rule,
                                           WebhookEndpoint& endpoint) {
    std::vector<core::FieldError> errors;
    core::ObjectReader reader(&body, "", errors);
    read_url(reader, rule, endpoint);
    read_events(reader, endpoint);
    endpoint.description.clear();
    reader.read_text("description", endpoint.description, {.length_max = 500});
    endpoint.is_active = true;
    reader.read_boolean("active", endpoint.is_active);
    int timeout_s = timeout_default_s;
    reader.read_integer("timeout_seconds", timeout_s, timeout_min_s, timeout_max_s);
    endpoint.timeout = seconds(timeout_s);
    endpoint.attempts_max = core::webhook_attempts_max;
    reader.read_integer("max_attempts", endpoint.attempts_max, 1, core::webhook_attempts_max);
    reader.finish();
    return errors;
}

Json webhook_fields(const WebhookEndpoint& endpoint) {
    JsonArray events;
    for (const std::string& name : endpoint.events) {
        events.emplace_back(name);
    }
    return JsonObject{{"url", endpoint.url},
                      {"events", std::move(events)},
                      {"description", endpoint.description},
                      {"active", endpoint.is_active},
                      {"timeout_seconds", endpoint.timeout.count() / 1'000},
                      {"max_attempts", endpoint.attempts_max}};
}

}  // namespace studio::services
