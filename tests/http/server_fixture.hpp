#pragma once

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "adapters/access_tokens/jwt_access_tokens.hpp"
#include "adapters/argon2/argon2_password_hash.hpp"
#include "adapters/http/api/accounts/key_api.hpp"
#include "adapters/http/api/accounts/session_api.hpp"
#include "adapters/http/api/accounts/user_api.hpp"
#include "adapters/http/api/analytics/analytics_api.hpp"
#include "adapters/http/api/calls/call_api.hpp"
#include "adapters/http/api/calls/call_export.hpp"
#include "adapters/http/api/live/control_api.hpp"
#include "adapters/http/api/live/live_api.hpp"
#include "adapters/http/api/operations/operator_api.hpp"
#include "adapters/http/api/pages/page.hpp"
#include "adapters/http/api/resources/resource_api.hpp"
#include "adapters/http/api/rooms/room_webhook.hpp"
#include "adapters/http/api/route_scopes.hpp"
#include "adapters/http/api/trial/trial_api.hpp"
#include "adapters/http/api/webhooks/webhook_api.hpp"
#include "adapters/http/server/http_server.hpp"
#include "adapters/openssl/fernet_box.hpp"
#include "adapters/openssl/openssl_digest.hpp"
#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sql/sql_analytics_store.hpp"
#include "adapters/sql/sql_call_erasure.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "adapters/sql/sql_idempotency_store.hpp"
#include "adapters/sql/sql_resource_store.hpp"
#include "adapters/sql/sql_user_store.hpp"
#include "adapters/sql/sql_webhook_store.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "http/stand_ins.hpp"
#include "runtime/loop_thread.hpp"
#include "runtime/task_scope.hpp"
#include "services/accounts/api_keys.hpp"
#include "services/accounts/local_rate_counter.hpp"
#include "services/accounts/users.hpp"
#include "services/calls/direct/direct_calls.hpp"
#include "services/live/memory_live_bus.hpp"
#include "support/fakes/fake_http_client.hpp"

namespace studio::testing {

/// The whole of the platform on a loop of its own and on SQLite in memory; only calls are faked.
class ServerFixture : public ::testing::Test {
protected:
    explicit ServerFixture(adapters::HttpServerOptions options = {},
                           const std::string& metrics_token = "",
                           std::vector<adapters::Route> more_routes = {})
        : more_routes_(std::move(more_routes)) {
        options.address = "127.0.0.1";
        options.port = 0;
        database_ = *adapters::SqliteDatabase::open({.path = ":memory:"}, pool_);
        thread_.start();
        thread_.run_and_wait(
            [this, &options, &metrics_token] { platform_.emplace(*this, options, metrics_token); });
        thread_.run_and_wait([this] { platform_->scope.spawn(make_key(*platform_, key_)); });
        while (!is_idle()) {
        }
    }
    ~ServerFixture() override {
        thread_.run_and_wait([this] { platform_->scope.spawn(shut_down(*platform_)); });
        while (!is_idle()) {
        }
        thread_.run_and_wait([this] { platform_->scope_is_empty(); });
        thread_.run_and_wait([this] { platform_.reset(); });
        thread_.stop();
        pool_.stop();
    }

    struct Platform {
        Platform(ServerFixture& fixture, const adapters::HttpServerOptions& options,
                 const std::string& metrics_token)
            : loop(fixture.thread_.loop()),
              account_store(*fixture.database_, loop),
              resource_store(*fixture.database_, loop),
              call_store(*fixture.database_, loop),
              key_store(*fixture.database_, loop),
              webhook_store(*fixture.database_, loop),
              erasure(*fixture.database_, loop),
              analytics_store(*fixture.database_, loop),
              scope(loop),
              key_use(account_store, loop),
              user_store(*fixture.database_, loop),
              password_hash({fixture.pool_, entropy, loop}, {.memory_kib = 64, .passes = 1}),
              sessions({user_store, password_hash, digest, entropy, loop, &access_tokens}),
              users({user_store, digest, entropy, loop}),
              accounts({account_store, digest, entropy, loop, &key_use, &sessions}),
              keys({account_store, digest, entropy, loop}),
              rate_counter(loop),
              limits({}, rate_counter, loop),
              resources({resource_store, check, entropy, loop}),
              call_reader(call_store),
              eraser({erasure, entropy, loop}),
              analytics(analytics_store),
              calls({}, {call_store, resource_store, key_store, starter, entropy, loop}),
              box({}, entropy, [this] { return loop.wall_now(); }),
              webhooks({}, {webhook_store, box, &only_public, entropy, loop}),
              health(loop),
              live_bus(loop),
              live_hub({}, {live_bus, call_store, loop}),
              chats({resource_store, models, http_client, zones, entropy, loop}),
              tool_trial({resource_store, http_client, entropy, loop}),
              trial_api(chats, tool_trial),
              call_api({call_reader, calls, loop}),
              live_api({live_hub, call_reader, accounts, loop}),
              live_control(call_store, nobody),
              control_api(live_control),
              call_export({call_reader, eraser, loop}),
              analytics_api({analytics, loop}),
              resource_api(resources),
              webhook_api({webhooks, calls, loop}),
              key_api({keys, accounts}),
              session_api(sessions),
              user_api(users),
              operator_api({health,
                            loop,
                            "test",
                            Secret<std::string>(metrics_token),
                            {{"openai", "it has no key here"}}}),
              watch({}, {rooms, call_store, loop}),
              server(options, {loop, &accounts, entropy, &limits},
                     all_routes(fixture.more_routes_)) {
            health.add("database", true, [this] { return accounts.is_ready(); });
            const auto started = server.start();
            port = started ? *started : std::uint16_t{0};
        }
        std::vector<adapters::Route> all_routes(std::vector<adapters::Route> routes = {}) {
            const auto add = [&routes](std::vector<adapters::Route> more) {
                adapters::append_routes(routes, std::move(more));
            };
            add(call_api.routes());
            add(call_export.routes());
            add(analytics_api.routes());
            add(live_api.routes());
            add(control_api.routes());
            add(resource_api.routes());
            add(trial_api.routes());
            add(webhook_api.routes());
            add(key_api.routes());
            add(session_api.routes());
            add(user_api.routes());
            add(operator_api.routes());
            add({adapters::room_webhook_route("/api/v1/livekit/webhook", rooms, watch, loop)});
            add(adapters::page_routes());
            add(adapters::docs_routes());
            adapters::set_scopes(routes);
            return routes;
        }
        void scope_is_empty() const { EXPECT_EQ(scope.size(), 0U); }

        runtime::AsioLoop& loop;
        SystemEntropy entropy;
        adapters::OpensslDigest digest;
        TestAgentCheck check;
        TestCallStarter starter;
        adapters::SqlAccountStore account_store;
        adapters::SqlResourceStore resource_store;
        adapters::SqlCallStore call_store;
        adapters::SqlIdempotencyStore key_store;
        adapters::SqlWebhookStore webhook_store;
        adapters::SqlCallErasure erasure;
        adapters::SqlAnalyticsStore analytics_store;
        runtime::TaskScope scope;
        services::KeyUse key_use;
        adapters::SqlUserStore user_store;
        adapters::Argon2PasswordHash password_hash;
        adapters::JwtAccessTokens access_tokens{
            Secret<std::string>(std::string("the key of the tests, 32 letters"))};
        services::Sessions sessions;
        services::Users users;
        services::Accounts accounts;
        services::ApiKeys keys;
        services::LocalRateCounter rate_counter;
        services::RateLimits limits;
        services::Resources resources;
        services::CallReader call_reader;
        services::CallEraser eraser;
        services::Analytics analytics;
        services::DirectCalls calls;
        adapters::FernetBox box;
        services::Webhooks webhooks;
        services::Health health;
        services::MemoryLiveBus live_bus;
        services::LiveHub live_hub;
        ProviderRegistry<LanguageModel> models;
        testing_support::FakeHttpClient http_client{
            loop, {.entropy = &entropy}, [](const HttpRequest&) { return HttpResponse{}; }};
        NoZones zones;
        services::Chats chats;
        services::ToolTrial tool_trial;
        adapters::TrialApi trial_api;
        adapters::CallApi call_api;
        adapters::LiveApi live_api;
        NobodyHolds nobody;
        services::LiveControl live_control;
        adapters::ControlApi control_api;
        adapters::CallExport call_export;
        adapters::AnalyticsApi analytics_api;
        adapters::ResourceApi resource_api;
        adapters::WebhookApi webhook_api;
        adapters::KeyApi key_api;
        adapters::SessionApi session_api;
        adapters::UserApi user_api;
        adapters::OperatorApi operator_api;
        TestRooms rooms;
        services::RoomWatch watch;
        adapters::HttpServer server;
        std::uint16_t port = 0;
    };

    static Task<> make_key(Platform& platform, std::string& key) {
        auto made = co_await platform.accounts.bootstrap();
        if (made && *made) {
            key = (*made)->reveal();
        }
    }
    static Task<> shut_down(Platform& platform) {
        co_await platform.server.stop();
        co_await platform.live_hub.close();
        co_await platform.calls.close();
        co_await platform.key_use.close();
        co_await platform.health.close();
        co_await platform.watch.close();
    }
    bool is_idle() {
        bool idle = false;
        thread_.run_and_wait([this, &idle] { idle = platform_->scope.size() == 0; });
        return idle;
    }

    boost::asio::ip::tcp::socket connect() {
        boost::asio::ip::tcp::socket socket(client_);
        socket.connect({boost::asio::ip::make_address("127.0.0.1"), platform_->port});
        return socket;
    }
    /// Sends bytes, says that no more follow, and reads until the server closes.
    std::string exchange_raw(const std::string& bytes) {
        auto socket = connect();
        boost::system::error_code error;
        boost::asio::write(socket, boost::asio::buffer(bytes), error);
        socket.shutdown(boost::asio::ip::tcp::socket::shutdown_send, error);
        std::string text;
        boost::asio::read(socket, boost::asio::dynamic_buffer(text), error);
        return text;
    }
    TestReply send(const std::string& method, const std::string& target,
                   const std::string& body = "", std::string headers = "") {
        headers += "Authorization: Bearer " + key_ + "\r\n";
        if (headers.find("Content-Type") == std::string::npos && !body.empty()) {
            headers += "Content-Type: application/json\r\n";
        }
        return split(exchange_raw(method + ' ' + target + " HTTP/1.1\r\nHost: test\r\n" + headers +
                                  "Content-Length: " + std::to_string(body.size()) +
                                  "\r\nConnection: close\r\n\r\n" + body));
    }
    static TestReply split(const std::string& text) {
        TestReply reply;
        const std::size_t end = text.find("\r\n\r\n");
        if (!text.starts_with("HTTP/1.1 ") || end == std::string::npos) {
            return reply;
        }
        reply.status = std::atoi(text.c_str() + 9);
        reply.head = text.substr(0, end);
        reply.body = text.substr(end + 4);
        return reply;
    }
    static std::string error_code_of(const TestReply& reply) {
        const auto json = parse_json(reply.body);
        const Json* error = json ? find_member(*json, "error") : nullptr;
        return error == nullptr ? "no envelope: " + reply.body : member_text(*error, "code");
    }

    std::vector<adapters::Route> more_routes_;
    runtime::BlockingPool pool_{{.name = "db", .threads = 1}};
    std::unique_ptr<adapters::SqliteDatabase> database_;
    runtime::LoopThread thread_{{.name = "api"}};
    std::optional<Platform> platform_;
    std::string key_;
    boost::asio::io_context client_;
};

}  // namespace studio::testing
