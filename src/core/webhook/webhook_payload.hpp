#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/strong_id.hpp"
#include "base/time.hpp"
#include "core/call/call_record.hpp"

namespace studio::core {

/// Of the form of what is sent: a change that receivers would notice gets another date.
inline constexpr std::string_view webhook_api_version = "2026-01-19";

/// The envelope of every event: {id, object, api_version, created, type, tenant_id, livemode,
/// data}.
struct WebhookEnvelope {
    std::string id;
    std::string_view type;
    TenantId tenant_id;
    WallTime created{};
    bool livemode = true;
    Json data = JsonObject{};
};

/// The body that is sent and signed.
[[nodiscard]] std::string webhook_body(WebhookEnvelope envelope);

/// `evt_`, the call and which event of it: the same whenever and by whomever it is made.
/// `sequence` as webhook_sequence().
[[nodiscard]] std::string webhook_event_id(const CallId& call, std::uint64_t sequence);

/// The place of an event of webhooks in its call, where the stored event has number `stored` and is
/// several of them, this one at `index` (0 or 1).
[[nodiscard]] constexpr std::uint64_t webhook_sequence(std::uint64_t stored, std::size_t index) {
    return 2 * stored + index;
}

/// `data` of an event, of what was stored with it (event_payload), the record as it is now, and,
/// for the end of a call, its transcript. `is_end` adds duration, metrics, transcript, what was
/// extracted at hand-offs, and links.
[[nodiscard]] Json webhook_data(const Json& stored, const CallRecord& record,
                                const std::vector<TranscriptEntry>& transcript, bool is_end);

/// What the edges of a workflow made models find out, by the arguments of their hand-off tools; of
/// two values of one name the later.
[[nodiscard]] Json extracted_data(const std::vector<TranscriptEntry>& transcript);

}  // namespace studio::core
