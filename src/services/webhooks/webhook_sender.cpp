#include "services/webhooks/webhook_sender.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"
#include "core/webhook/retry_schedule.hpp"

namespace studio::services {
namespace {

void count(std::string_view outcome) {
    metrics()
        .counter("studio_webhook_deliveries_total",
                 "Attempts to deliver an event: delivered, retried (again later), failed (for good)"
                 " or lost (another process took it).",
                 "outcome=\"" + std::string(outcome) + '"')
        .add();
}

void observe(nanoseconds duration) {
    static Histogram& seconds =
        metrics().histogram("studio_webhook_attempt_seconds",
                            "From the request to what came of it.", latency_bounds_seconds());
    seconds.observe(std::chrono::duration<double>(duration).count());
}

std::string_view name_of(const WebhookOutcome& outcome) {
    switch (outcome.status) {
        case DeliveryStatus::delivered:
            return "delivered";
        case DeliveryStatus::pending:
            return "retried";
        case DeliveryStatus::failed:
            break;
    }
    return "failed";
}

}  // namespace

WebhookSender::WebhookSender(WebhookSenderOptions options, Parts parts)
    : options_(options),
      parts_(parts),
      slots_(options.slots),
      wake_(parts.loop),
      scope_(parts.loop) {}

void WebhookSender::start() {
    scope_.spawn(fan_out_again_and_again());
    scope_.spawn(send_again_and_again());
    scope_.spawn(forget_again_and_again());
}

Task<void> WebhookSender::close() {
    scope_.request_cancel();
    look_again();
    co_await scope_.close();
}

void WebhookSender::look_again() {
    has_news_ = true;
    wake_.wake_all();
}

milliseconds WebhookSender::pause() const {
    const auto base = static_cast<std::uint64_t>(options_.interval.count());
    return milliseconds(
        static_cast<std::int64_t>(base * 3 / 4 + parts_.entropy.u64() % (base / 2 + 1)));
}

Task<void> WebhookSender::fan_out_again_and_again() {
    bool more = false;
    while (!scope_.token().is_cancelled()) {
        if (!more) {
            const bool slept = co_await runtime::sleep_for(parts_.loop, pause(), scope_.token());
            if (!slept) {
                break;
            }
        }
        const auto told = co_await parts_.queue.fan_out(options_.fan_out_max);
        more = told.value_or(0) >= options_.fan_out_max;
        if (told.value_or(0) > 0) {
            look_again();
        }
    }
}

Task<void> WebhookSender::send_again_and_again() {
    while (!scope_.token().is_cancelled()) {
        has_news_ = false;
        const bool any = co_await send_what_is_due();
        if (!any && !has_news_) {
            [[maybe_unused]] const bool woken =
                co_await wake_.wait_until(parts_.loop.now() + pause());
        }
    }
}

/// Whether anything was begun.
Task<bool> WebhookSender::send_what_is_due() {
    auto due = co_await parts_.queue.due_endpoints(options_.endpoints_max);
    if (!due || due->empty()) {
        co_return false;
    }
    // Nobody is always the first to choose.
    const auto first = static_cast<std::ptrdiff_t>(parts_.entropy.u64() % due->size());
    std::rotate(due->begin(), due->begin() + first, due->end());
    std::vector<WebhookClaim> claims;
    for (DeliverySlots::Share& share : slots_.plan(*due, parts_.loop.now())) {
        claims.push_back({std::move(share.endpoint), static_cast<std::uint32_t>(share.count)});
    }
    if (claims.empty() || scope_.token().is_cancelled()) {
        co_return false;
    }
    auto attempts = co_await parts_.queue.claim(std::move(claims), options_.claim_margin);
    if (!attempts) {
        co_return false;
    }
    for (WebhookAttempt& one : *attempts) {
        scope_.spawn(attempt(std::move(one)));
    }
    co_return !attempts->empty();
}

Task<void> WebhookSender::attempt(WebhookAttempt attempt) {
    const Instant began = parts_.loop.now();
    slots_.begin(attempt.endpoint.id, began);
    const auto answer = co_await exchange(attempt);
    const Instant now = parts_.loop.now();
    WebhookOutcome outcome = outcome_of(attempt, answer);
    outcome.duration = milliseconds(to_milliseconds(now - began));
    slots_.end(attempt.endpoint.id, began, now, outcome.status == DeliveryStatus::delivered);
    observe(now - began);
    const std::string name(name_of(outcome));
    if (!outcome.disables_endpoint.empty()) {
        STUDIO_LOG(warning, "webhook_endpoint_disabled", {"endpoint", attempt.endpoint.id},
                   {"why", outcome.disables_endpoint});
    }
    const auto written = co_await parts_.queue.finish(std::move(outcome));
    count(written && !*written ? "lost" : name);
    look_again();
}

/// Nothing where it was broken off.
Task<std::optional<WebhookSender::Answer>> WebhookSender::exchange(const WebhookAttempt& attempt) {
    const auto secrets = secrets_of(attempt.endpoint);
    if (secrets.empty() || scope_.token().is_cancelled()) {
        co_return std::nullopt;
    }
    HttpRequest request = webhook_request(
        attempt,
        webhook_signature(parts_.digest, secrets, parts_.loop.wall_now(), attempt.payload));
    // The client keeps the time; this only wakes up again should it not.
    const milliseconds patience = 2 * request.timeout;
    std::optional<Answer> answer;
    runtime::WakeList done(parts_.loop);
    const auto under_way = parts_.http.send(std::move(request), [&answer, &done](Answer outcome) {
        answer = std::move(outcome);
        done.wake_all();
    });
    const runtime::CancellationHook hook(scope_.token(), [&done] { done.wake_all(); });
    while (!answer && !scope_.token().is_cancelled()) {
        [[maybe_unused]] const bool woken = co_await done.wait_until(parts_.loop.now() + patience);
    }
    co_return answer;
}

std::vector<Secret<std::string>> WebhookSender::secrets_of(const WebhookEndpoint& endpoint) const {
    std::vector<Secret<std::string>> secrets;
    auto secret = parts_.box.open(endpoint.sealed_secret);
    if (!secret) {
        STUDIO_LOG(error, "webhook_secret_unreadable", {"endpoint", endpoint.id},
                   {"what_to_do", "start with the encryption key that it was sealed with"});
        return secrets;
    }
    secrets.push_back(std::move(*secret));
    if (!endpoint.sealed_secret_before.empty() &&
        parts_.loop.wall_now() < endpoint.secret_before_until) {
        if (auto before = parts_.box.open(endpoint.sealed_secret_before)) {
            secrets.push_back(std::move(*before));
        }
    }
    return secrets;
}

WebhookOutcome WebhookSender::outcome_of(const WebhookAttempt& attempt,
                                         const std::optional<Answer>& answer) const {
    WebhookOutcome outcome;
    outcome.endpoint_id = attempt.endpoint.id;
    outcome.delivery_id = attempt.delivery_id;
    outcome.stream = attempt.stream;
    outcome.number = attempt.number;
    outcome.at = parts_.loop.wall_now();
    WebhookVerdict verdict;
    verdict.error = "not_sent";
    if (answer) {
        verdict = judge_answer(*answer);
    }
    outcome.response_status = verdict.response_status;
    outcome.response_body = std::move(verdict.response_body);
    outcome.error = std::move(verdict.error);
    outcome.disables_endpoint = std::move(verdict.disables_endpoint);
    if (verdict.is_delivered) {
        outcome.status = DeliveryStatus::delivered;
        return outcome;
    }
    const auto wait =
        core::webhook_pause(attempt.number, attempt.endpoint.attempts_max, parts_.entropy.u64());
    if (scope_.token().is_cancelled() && !answer) {
        // We go away, which is no fault of the endpoint's.
        outcome.status = DeliveryStatus::pending;
        outcome.due_at = outcome.at;
    } else if (verdict.is_final || !wait) {
        outcome.status = DeliveryStatus::failed;
    } else {
        outcome.status = DeliveryStatus::pending;
        outcome.due_at = outcome.at + *wait;
    }
    return outcome;
}

Task<void> WebhookSender::forget_again_and_again() {
    while (co_await runtime::sleep_for(parts_.loop, std::chrono::hours(1), scope_.token())) {
        const WallTime now = parts_.loop.wall_now();
        std::uint64_t events = 0;
        bool more = true;
        while (more && !scope_.token().is_cancelled()) {
            const auto erased =
                co_await parts_.queue.erase_events(now - options_.kept, options_.erased_at_once);
            events += erased.value_or(0);
            more = erased.value_or(0) >= options_.erased_at_once;
        }
        std::uint64_t stored = 0;
        if (options_.stored_kept > std::chrono::hours(0)) {
            const auto erased = co_await parts_.queue.erase_stored(now - options_.stored_kept);
            stored = erased.value_or(0);
        }
        if (events + stored > 0) {
            STUDIO_LOG(info, "old_webhooks_erased", {"events", events}, {"stored_events", stored});
        }
    }
}

Task<void> WebhookSender::sample() {
    const auto backlog = co_await parts_.queue.backlog();
    if (!backlog) {
        co_return;
    }
    metrics()
        .gauge("studio_webhook_waiting", "Deliveries that are due and not under way.")
        .set(static_cast<std::int64_t>(backlog->waiting));
    metrics()
        .gauge("studio_webhook_oldest_age_seconds", "How long the oldest of them has been due.")
        .set_real(std::chrono::duration<double>(backlog->oldest_age).count());
}

}  // namespace studio::services
