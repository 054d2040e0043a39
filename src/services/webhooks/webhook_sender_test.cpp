#include "services/webhooks/webhook_sender.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>

#include "core/webhook/retry_schedule.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::services {
namespace {

/// "key/text", so that a test reads what was signed.
class TestDigest final : public KeyedDigest {
public:
    std::string hmac_sha256_hex(std::string_view key, std::string_view text) const override {
        return std::string(key) + '/' + std::string(text);
    }
};

/// Keeps secrets as they are; "broken" cannot be opened.
class TestBox final : public SecretBox {
public:
    std::string seal(const Secret<std::string>& secret) const override { return secret.reveal(); }
    std::optional<Secret<std::string>> open(std::string_view sealed) const override {
        if (sealed == "broken") {
            return std::nullopt;
        }
        return Secret<std::string>(std::string(sealed));
    }
};

/// Answers each request by its URL: after a while, or never.
class TestHttp final : public HttpClient {
public:
    struct Behaviour {
        milliseconds takes{10};
        Result<HttpResponse, HttpClientError> answer = HttpResponse{
            .status = 200, .content_type = {}, .body = "ok", .is_cut = false, .whole_bytes = 0};
    };
    struct Seen {
        WallTime at;
        HttpRequest request;
    };

    explicit TestHttp(runtime::Loop& loop) : loop_(loop) {}

    std::unique_ptr<HttpExchange> send(HttpRequest request, Done done) override {
        const Behaviour behaviour = by_url[request.url];
        seen.push_back({loop_.wall_now(), request});
        ++under_way;
        most = std::max(most, under_way);
        const bool is_late = behaviour.takes > request.timeout;
        auto exchange = std::make_unique<Exchange>(under_way);
        exchange->timer = loop_.start_timer(
            loop_.now() + std::min(behaviour.takes, request.timeout),
            [done = std::move(done), behaviour, is_late] {
                done(is_late
                         ? Result<HttpResponse, HttpClientError>(fail(HttpClientError::timed_out))
                         : behaviour.answer);
            });
        return exchange;
    }

    std::map<std::string, Behaviour> by_url;
    std::vector<Seen> seen;
    int under_way = 0;
    int most = 0;

private:
    struct Exchange final : HttpExchange {
        explicit Exchange(int& count) : count_(count) {}
        ~Exchange() override { --count_; }
        std::unique_ptr<runtime::Timer> timer;
        int& count_;
    };

    runtime::Loop& loop_;
};

/// A queue in memory, of several senders.
class TestQueue final : public WebhookQueue {
public:
    struct Row {
        WebhookDelivery delivery;
        std::string payload;
    };

    explicit TestQueue(runtime::Loop& loop) : loop_(loop) {}

    Outcome<std::uint32_t> fan_out(std::uint32_t) override {
        const auto count = static_cast<std::uint32_t>(stored.size());
        for (Row& row : stored) {
            rows.push_back(std::move(row));
        }
        stored.clear();
        co_return count;
    }
    Outcome<std::vector<std::string>> due_endpoints(std::uint32_t) override {
        std::vector<std::string> ids;
        for (const Row& row : rows) {
            if (is_due(row) && endpoints.at(row.delivery.endpoint_id).is_active &&
                std::find(ids.begin(), ids.end(), row.delivery.endpoint_id) == ids.end()) {
                ids.push_back(row.delivery.endpoint_id);
            }
        }
        co_return ids;
    }
    Outcome<std::vector<WebhookAttempt>> claim(std::vector<WebhookClaim> claims,
                                               milliseconds margin) override {
        std::vector<WebhookAttempt> attempts;
        for (const WebhookClaim& wanted : claims) {
            const WebhookEndpoint& endpoint = endpoints.at(wanted.endpoint_id);
            std::uint32_t left = wanted.count;
            for (Row& row : rows) {
                WebhookDelivery& delivery = row.delivery;
                if (left == 0 || delivery.endpoint_id != endpoint.id || !is_due(row) ||
                    !is_head(delivery)) {
                    continue;
                }
                --left;
                ++delivery.attempts;
                delivery.due_at = loop_.wall_now() + endpoint.timeout + margin;
                WebhookAttempt attempt;
                attempt.endpoint = endpoint;
                attempt.delivery_id = delivery.id;
                attempt.event_id = delivery.event_id;
                attempt.event_type = "call.started";
                attempt.stream = delivery.stream;
                attempt.number = delivery.attempts;
                attempt.payload = row.payload;
                attempts.push_back(std::move(attempt));
            }
        }
        co_return attempts;
    }
    Outcome<bool> finish(WebhookOutcome outcome) override {
        for (Row& row : rows) {
            WebhookDelivery& delivery = row.delivery;
            if (delivery.id == outcome.delivery_id && delivery.attempts == outcome.number &&
                delivery.status == DeliveryStatus::pending) {
                delivery.status = outcome.status;
                delivery.due_at = outcome.due_at;
                delivery.error = outcome.error;
                delivery.response_body = outcome.response_body;
                if (!outcome.disables_endpoint.empty()) {
                    endpoints.at(outcome.endpoint_id).is_active = false;
                }
                co_return true;
            }
        }
        co_return false;
    }
    Outcome<OutboxBacklog> backlog() override { co_return OutboxBacklog{}; }
    Outcome<std::uint64_t> erase_events(WallTime before, std::uint32_t) override {
        erased_before = before;
        co_return 0U;
    }
    Outcome<std::uint64_t> erase_stored(WallTime before) override {
        stored_erased_before = before;
        co_return 0U;
    }

    std::map<std::string, WebhookEndpoint> endpoints;
    std::vector<Row> stored;
    std::deque<Row> rows;
    std::optional<WallTime> erased_before;
    std::optional<WallTime> stored_erased_before;

private:
    [[nodiscard]] bool is_due(const Row& row) const {
        return row.delivery.status == DeliveryStatus::pending &&
               row.delivery.due_at <= loop_.wall_now();
    }
    [[nodiscard]] bool is_head(const WebhookDelivery& delivery) const {
        return std::none_of(rows.begin(), rows.end(), [&](const Row& other) {
            return other.delivery.endpoint_id == delivery.endpoint_id &&
                   other.delivery.stream == delivery.stream &&
                   other.delivery.status == DeliveryStatus::pending &&
                   other.delivery.sequence < delivery.sequence;
        });
    }

    runtime::Loop& loop_;
};

class WebhookSenderTest : public ::testing::Test {
protected:
    ~WebhookSenderTest() override { close(); }

    void close() {
        for (auto& sender : senders_) {
            scope_.spawn(sender->close());
            loop_.run_for(milliseconds(1));
        }
        senders_.clear();
    }

    WebhookEndpoint& add_endpoint(const std::string& id) {
        WebhookEndpoint& endpoint = queue_.endpoints[id];
        endpoint.id = id;
        endpoint.url = "http://" + id + '/';
        endpoint.attempts_max = core::webhook_attempts_max;
        endpoint.sealed_secret = "secret-" + id;
        return endpoint;
    }
    void tell(const std::string& endpoint, const std::string& call, std::uint64_t sequence) {
        TestQueue::Row row;
        row.delivery.endpoint_id = endpoint;
        row.delivery.stream = call;
        row.delivery.sequence = sequence;
        row.delivery.event_id = call + std::to_string(sequence);
        row.delivery.id = endpoint + '/' + row.delivery.event_id;
        row.payload = "{}";
        queue_.stored.push_back(std::move(row));
    }
    void start(int count = 1) {
        for (int index = 0; index < count; ++index) {
            senders_.push_back(std::make_unique<WebhookSender>(
                options_, WebhookSender::Parts{queue_, http_, digest_, box_, entropy_, loop_}));
            senders_.back()->start();
        }
    }
    [[nodiscard]] std::vector<std::string> sent_to(const std::string& endpoint) const {
        std::vector<std::string> ids;
        for (const auto& seen : http_.seen) {
            if (seen.request.url == "http://" + endpoint + '/') {
                ids.push_back(header(seen.request, "X-Webhook-Id"));
            }
        }
        return ids;
    }
    static std::string header(const HttpRequest& request, const std::string& name) {
        for (const auto& [key, value] : request.headers) {
            if (key == name) {
                return value;
            }
        }
        return "";
    }
    [[nodiscard]] const WebhookDelivery& row(std::size_t index) const {
        return queue_.rows.at(index).delivery;
    }
    void answer(const std::string& endpoint, int status, const std::string& body = "") {
        HttpResponse response;
        response.status = status;
        response.body = body;
        http_.by_url["http://" + endpoint + '/'].answer = response;
    }

    runtime::VirtualLoop loop_;
    runtime::TaskScope scope_{loop_};
    SeededEntropy entropy_{5};
    TestDigest digest_;
    TestBox box_;
    TestHttp http_{loop_};
    TestQueue queue_{loop_};
    WebhookSenderOptions options_;
    std::vector<std::unique_ptr<WebhookSender>> senders_;
};

TEST_F(WebhookSenderTest, AnEventIsSentOnceAndSigned) {
    add_endpoint("a");
    tell("a", "c", 1);
    start(3);
    loop_.run_for(seconds(5));
    ASSERT_EQ(http_.seen.size(), 1U);
    const HttpRequest& request = http_.seen[0].request;
    const std::string moment = std::to_string(http_.seen[0].at.time_since_epoch().count() / 1'000);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.body, "{}");
    EXPECT_EQ(header(request, "X-Webhook-Signature"),
              "t=" + moment + ",v1=secret-a/" + moment + ".{}");
    EXPECT_EQ(header(request, "X-Webhook-Id"), "c1");
    EXPECT_FALSE(request.is_operator_url) << "it must be held to the policy of addresses";
    EXPECT_EQ(row(0).status, DeliveryStatus::delivered);
}

TEST_F(WebhookSenderTest, TheSecretBeforeSignsBesideUntilItsTimeIsOver) {
    WebhookEndpoint& endpoint = add_endpoint("a");
    endpoint.sealed_secret_before = "old";
    endpoint.secret_before_until = loop_.wall_now() + seconds(10);
    tell("a", "c", 1);
    start();
    loop_.run_for(seconds(5));
    tell("a", "c", 2);
    loop_.run_for(seconds(10));
    EXPECT_NE(header(http_.seen.at(0).request, "X-Webhook-Signature").find(",v1=old/"),
              std::string::npos);
    tell("a", "c", 3);
    loop_.run_for(seconds(5));
    EXPECT_EQ(header(http_.seen.at(2).request, "X-Webhook-Signature").find("old"),
              std::string::npos);
}

TEST_F(WebhookSenderTest, WhatFailsComesAgainInTheTimesOfTheSchedule) {
    add_endpoint("a");
    answer("a", 500, "no");
    tell("a", "c", 1);
    start();
    loop_.run_for(seconds(120));
    std::vector<std::int64_t> pauses;
    for (std::size_t index = 1; index < http_.seen.size(); ++index) {
        pauses.push_back((http_.seen[index].at - http_.seen[index - 1].at).count() / 1'000);
    }
    ASSERT_GE(pauses.size(), 6U);
    EXPECT_EQ((std::vector<std::int64_t>(pauses.begin(), pauses.begin() + 5)),
              (std::vector<std::int64_t>{1, 2, 4, 8, 16}));
    EXPECT_GE(pauses[5], 60);
    EXPECT_EQ(row(0).error, "http_500");
    EXPECT_EQ(row(0).response_body, "no");
    answer("a", 204);
    loop_.run_for(std::chrono::minutes(5));
    EXPECT_EQ(row(0).status, DeliveryStatus::delivered);
    EXPECT_EQ(row(0).error, "");
    for (const auto& seen : http_.seen) {
        EXPECT_EQ(header(seen.request, "X-Webhook-Id"), "c1");
    }
}

TEST_F(WebhookSenderTest, ItIsGivenUpAfterItsAttemptsOrAboutADay) {
    add_endpoint("a").attempts_max = 3;
    add_endpoint("b");
    answer("a", 302);
    answer("b", 500);
    tell("a", "c", 1);
    tell("b", "c", 1);
    start();
    loop_.run_for(std::chrono::hours(22));
    EXPECT_EQ(sent_to("a").size(), 3U);
    EXPECT_EQ(row(0).status, DeliveryStatus::failed);
    EXPECT_EQ(row(0).error, "http_302");
    EXPECT_EQ(row(1).status, DeliveryStatus::pending);
    loop_.run_for(std::chrono::hours(8));
    EXPECT_EQ(row(1).status, DeliveryStatus::failed);
    EXPECT_EQ(sent_to("b").size(), 35U);
}

TEST_F(WebhookSenderTest, EventsOfACallKeepTheirOrderAndCallsDoNotWaitForEachOther) {
    add_endpoint("a");
    http_.by_url["http://a/"].takes = milliseconds(500);
    for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
        tell("a", "x", sequence);
        tell("a", "y", sequence);
    }
    answer("a", 500);
    start(2);
    loop_.run_for(milliseconds(1'500));
    EXPECT_EQ(sent_to("a"), (std::vector<std::string>{"x1", "y1"}));
    answer("a", 200);
    loop_.run_for(seconds(60));
    std::vector<std::string> of_x;
    for (const std::string& id : sent_to("a")) {
        if (id[0] == 'x') {
            of_x.push_back(id);
        }
    }
    EXPECT_EQ(of_x, (std::vector<std::string>{"x1", "x1", "x2", "x3"}));
}

TEST_F(WebhookSenderTest, SlowAndDeadEndpointsDelayNobodyElse) {
    for (int index = 0; index < 200; ++index) {
        const std::string id = "dead" + std::to_string(index);
        add_endpoint(id);
        http_.by_url["http://" + id + '/'].takes = seconds(3'600);
        for (int call = 0; call < 3; ++call) {
            tell(id, "c" + std::to_string(call), 1);
        }
    }
    add_endpoint("fine");
    tell("fine", "f", 1);
    start();
    loop_.run_for(seconds(70));
    for (int call = 0; call < 20; ++call) {
        tell("fine", "f" + std::to_string(call), 1);
    }
    loop_.run_for(seconds(2));
    EXPECT_EQ(sent_to("fine").size(), 21U);
    EXPECT_LE(http_.most, 256);
}

TEST_F(WebhookSenderTest, OneThatIsGoneIsSwitchedOff) {
    add_endpoint("a");
    answer("a", 410);
    tell("a", "x", 1);
    tell("a", "y", 1);
    start();
    loop_.run_for(seconds(60));
    EXPECT_FALSE(queue_.endpoints.at("a").is_active);
    EXPECT_EQ(row(0).status, DeliveryStatus::failed);
    EXPECT_EQ(row(0).error, "http_410");
    EXPECT_LE(http_.seen.size(), 2U);
}

TEST_F(WebhookSenderTest, AnAddressThatIsNotAllowedIsNotTriedAgain) {
    add_endpoint("a");
    http_.by_url["http://a/"].answer = fail(HttpClientError::address_not_allowed);
    tell("a", "x", 1);
    start();
    loop_.run_for(std::chrono::hours(1));
    EXPECT_EQ(http_.seen.size(), 1U);
    EXPECT_EQ(row(0).error, "address_not_allowed");
    EXPECT_EQ(row(0).status, DeliveryStatus::failed);
}

TEST_F(WebhookSenderTest, WhatIsUnderWayAtTheEndIsLeftToTheNext) {
    add_endpoint("a");
    http_.by_url["http://a/"].takes = seconds(20);
    tell("a", "x", 1);
    start();
    loop_.run_for(seconds(2));
    ASSERT_EQ(http_.under_way, 1);
    close();
    EXPECT_EQ(http_.under_way, 0);
    EXPECT_EQ(row(0).status, DeliveryStatus::pending);
    EXPECT_LE(row(0).due_at, loop_.wall_now());
    http_.by_url["http://a/"].takes = milliseconds(1);
    start();
    loop_.run_for(seconds(2));
    EXPECT_EQ(row(0).status, DeliveryStatus::delivered);
}

TEST_F(WebhookSenderTest, WithoutItsSecretNothingIsSent) {
    add_endpoint("a").sealed_secret = "broken";
    tell("a", "x", 1);
    start();
    loop_.run_for(seconds(10));
    EXPECT_TRUE(http_.seen.empty());
    EXPECT_EQ(row(0).error, "not_sent");
    EXPECT_EQ(row(0).status, DeliveryStatus::pending);
}

TEST_F(WebhookSenderTest, OfAnAnswerTheFirst500CharactersAreKept) {
    add_endpoint("a");
    std::string body;
    for (int index = 0; index < 600; ++index) {
        body += "\xC3\xA4";
    }
    answer("a", 400, body);
    tell("a", "x", 1);
    start();
    loop_.run_for(milliseconds(900));
    EXPECT_EQ(row(0).response_body, body.substr(0, 1'000));
}

TEST_F(WebhookSenderTest, OldRowsAreForgottenWithinTheHour) {
    options_.stored_kept = std::chrono::hours(72);
    start();
    loop_.run_for(std::chrono::hours(1) + seconds(1));
    ASSERT_TRUE(queue_.erased_before && queue_.stored_erased_before);
    EXPECT_EQ(*queue_.erased_before, loop_.wall_now() - seconds(1) - std::chrono::hours(168));
    EXPECT_EQ(*queue_.stored_erased_before, loop_.wall_now() - seconds(1) - std::chrono::hours(72));
}

}  // namespace
}  // namespace studio::services
