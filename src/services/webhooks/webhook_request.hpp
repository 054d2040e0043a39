#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/sensitive.hpp"
#include "base/time.hpp"
#include "ports/http_client.hpp"
#include "ports/keyed_digest.hpp"
#include "ports/webhook_queue.hpp"

namespace studio::services {

/// `t=<seconds since 1970>,v1=<hex>`, and one more `v1` for each further secret: HMAC-SHA256 of
/// "<t>.<payload>", the key being the secret as its owner has it, `whsec_` included.
[[nodiscard]] std::string webhook_signature(const KeyedDigest& digest,
                                            const std::vector<Secret<std::string>>& secrets,
                                            WallTime now, std::string_view payload);

/// The request of one attempt.
[[nodiscard]] HttpRequest webhook_request(const WebhookAttempt& attempt, std::string signature);

/// What an answer means for a delivery, apart from when it is tried again.
struct WebhookVerdict {
    bool is_delivered = false;
    /// No further attempt would do better.
    bool is_final = false;
    int response_status = 0;
    std::string response_body;
    std::string error;
    /// As WebhookOutcome::disables_endpoint.
    std::string disables_endpoint;
};

/// Any 2xx is success; 410 switches the endpoint off; redirects are failures like any other status.
/// An address that is not allowed will not be allowed by trying again.
[[nodiscard]] WebhookVerdict judge_answer(const Result<HttpResponse, HttpClientError>& answer);

}  // namespace studio::services
