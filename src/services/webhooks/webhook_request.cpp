#include "services/webhooks/webhook_request.hpp"

#include <utility>

#include "base/utf8.hpp"

namespace studio::services {

namespace {

constexpr std::size_t body_characters_kept = 500;
/// So many characters are at most so many bytes.
constexpr std::size_t body_bytes_read = 4 * body_characters_kept;

std::string first_characters(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    for (; end < text.size() && count > 0; --count) {
        ++end;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
            ++end;
        }
    }
    return to_plain_text(text.substr(0, end));
}

}  // namespace

std::string webhook_signature(const KeyedDigest& digest,
                              const std::vector<Secret<std::string>>& secrets, WallTime now,
                              std::string_view payload) {
    const std::string moment = std::to_string(now.time_since_epoch().count() / 1'000);
    const std::string signed_text = moment + '.' + std::string(payload);
    std::string header = "t=" + moment;
    for (const auto& secret : secrets) {
        header += ",v1=" + digest.hmac_sha256_hex(secret.reveal(), signed_text);
    }
    return header;
}

HttpRequest webhook_request(const WebhookAttempt& attempt, std::string signature) {
    HttpRequest request;
    request.method = "POST";
    request.url = attempt.endpoint.url;
    request.headers = {{"Content-Type", "application/json"},
                       {"X-Webhook-Signature", std::move(signature)},
                       {"X-Webhook-Id", attempt.event_id},
                       {"X-Webhook-Event", attempt.event_type}};
    request.body = attempt.payload;
    request.timeout = attempt.endpoint.timeout;
    request.response_bytes_max = body_bytes_read;
    request.keeps_beginning = true;
    return request;
}

WebhookVerdict judge_answer(const Result<HttpResponse, HttpClientError>& answer) {
    WebhookVerdict verdict;
    if (!answer) {
        verdict.error = name_of(answer.error());
        verdict.is_final = answer.error() == HttpClientError::address_not_allowed ||
                           answer.error() == HttpClientError::bad_url;
        return verdict;
    }
    verdict.response_status = answer->status;
    verdict.response_body = first_characters(answer->body, body_characters_kept);
    verdict.is_delivered = answer->status >= 200 && answer->status < 300;
    if (!verdict.is_delivered) {
        verdict.error = "http_" + std::to_string(answer->status);
    }
    constexpr int gone = 410;
    if (answer->status == gone) {
        verdict.is_final = true;
        verdict.disables_endpoint = "gone";
    }
    return verdict;
}

}  // namespace studio::services
