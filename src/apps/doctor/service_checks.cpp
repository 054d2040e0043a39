#include "apps/doctor/service_checks.hpp"

#include <algorithm>
#include <utility>

#include "adapters/livekit_api/twirp_client.hpp"
#include "adapters/redis/redis_client.hpp"
#include "adapters/sql/sql_migrate.hpp"
#include "apps/connections/connections.hpp"
#include "apps/doctor/tls_check.hpp"
#include "core/capacity/metric_text.hpp"
#include "ports/http_fetch.hpp"
#include "runtime/task_scope.hpp"

namespace studio::apps {
namespace {

using Grade = Finding::Grade;

constexpr seconds patience{5};

/// What a database says of itself.
struct DatabaseFacts {
    std::string version;
    std::int64_t schema = 0;
    std::int64_t connections = 0;
    std::int64_t connections_max = 0;
};

Result<DatabaseFacts, StoreError> read_database(adapters::SqlConnection& connection) {
    DatabaseFacts facts;
    const auto server =
        adapters::SqlQuery(connection,
                           "SELECT current_setting('server_version'), "
                           "CAST(current_setting('max_connections') AS BIGINT), "
                           "(SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = "
                           "'client backend'), "
                           "(SELECT COUNT(*) FROM information_schema.tables WHERE table_name = "
                           "'schema_migrations')")
            .row();
    if (!server) {
        return fail(server.error());
    }
    facts.version = server->text(0);
    facts.connections_max = server->number(1);
    facts.connections = server->number(2);
    if (server->number(3) > 0) {
        const auto schema =
            adapters::SqlQuery(connection,
                               "SELECT COALESCE(MAX(version), 0) FROM schema_migrations")
                .row();
        if (!schema) {
            return fail(schema.error());
        }
        facts.schema = schema->number(0);
    }
    return facts;
}

Findings judge(const DatabaseFacts& facts, const DatabaseOptions& config) {
    Findings findings;
    const auto newest = static_cast<std::int64_t>(adapters::sql_migrations().size());
    const std::string found = "PostgreSQL " + facts.version + ", schema " +
                              std::to_string(facts.schema) + " of " + std::to_string(newest);
    if (facts.schema < newest) {
        findings.push_back({Grade::failed, "database", found, "run `agent-studio migrate`"});
    } else if (facts.schema > newest) {
        findings.push_back({Grade::failed, "database", found,
                            "the database is newer than this program: use the newer one"});
    } else {
        findings.push_back({Grade::good, "database", found, ""});
    }
    const std::string used = std::to_string(facts.connections) + " of " +
                             std::to_string(facts.connections_max) + " connections are used";
    const bool is_tight =
        facts.connections_max - facts.connections < std::int64_t{config.connections_max};
    findings.push_back({is_tight ? Grade::warning : Grade::good, "database", used,
                        is_tight ? "raise max_connections, or lower --database-connections of "
                                   "every process (docs/configuration.md has the sum)"
                                 : ""});
    return findings;
}

Task<std::string> redis_text(adapters::RedisClient& client, std::vector<std::string> command) {
    const auto answer = co_await client.run(std::move(command));
    if (!answer) {
        co_return std::string();
    }
    // CONFIG GET answers with name and value.
    co_return answer->elements.size() == 2 ? answer->elements[1].text : answer->text;
}

Finding judge_rooms(const adapters::TwirpError& error, const std::string& url) {
    if (error.error == RoomError::unauthorized) {
        return {Grade::failed, "livekit", url + " refuses our key",
                "LIVEKIT_API_KEY and LIVEKIT_API_SECRET must stand under `keys` of livekit.yaml, "
                "and the clocks agree within minutes"};
    }
    return {Grade::failed, "livekit", url + " does not answer as LiveKit does",
            "is it running and reached from here? LIVEKIT_URL is ws:// or wss:// of its port 7880"};
}

Task<Findings> check_trunks(adapters::TwirpClient& twirp, const LivekitOptions& config) {
    jwt::LivekitClaims grants;
    grants.sip = jwt::SipGrant{.admin = true, .call = false};
    JsonObject none;
    const auto answer = co_await twirp.call("SIP/ListSIPOutboundTrunk", std::move(none),
                                            std::move(grants), patience);
    Findings findings;
    if (!answer) {
        const bool is_wanted = !config.outbound_trunk.empty();
        findings.push_back({is_wanted ? Grade::failed : Grade::note, "phones",
                            "LiveKit has no telephone service",
                            "it needs `redis` in livekit.yaml and livekit-sip (docs/phones.md)"});
        co_return findings;
    }
    std::size_t count = 0;
    bool is_there = false;
    const Json* const items = adapters::twirp_member(*answer, "items");
    if (items != nullptr && items->is_array()) {
        count = items->get_array().size();
        for (const Json& item : items->get_array()) {
            is_there =
                is_there || adapters::twirp_text(item, "sip_trunk_id") == config.outbound_trunk;
        }
    }
    const std::string found = std::to_string(count) + " lines for calls to telephones";
    if (config.outbound_trunk.empty()) {
        findings.push_back({Grade::note, "phones", found + "; none is chosen",
                            "SIP_OUTBOUND_TRUNK_ID names the one for calls to telephones"});
    } else if (!is_there) {
        findings.push_back({Grade::failed, "phones",
                            found + "; SIP_OUTBOUND_TRUNK_ID is none of them",
                            "`agent-studio sip setup` prints the ids"});
    } else {
        findings.push_back({Grade::good, "phones", found, ""});
    }
    co_return findings;
}

HttpRequest get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    request.timeout = patience;
    request.response_bytes_max = std::size_t{16} << 20U;
    request.is_operator_url = true;
    return request;
}

}  // namespace

Task<Findings> check_database(runtime::AsioLoop& loop, runtime::BlockingPool& pool,
                              const DatabaseOptions& config) {
    auto options = postgres_options(config.url);
    Findings findings;
    if (!options) {
        findings.push_back({Grade::failed, "database", options.error(), ""});
        co_return findings;
    }
    if (const std::string trouble = adapters::PostgresDatabase::find_trouble(*options);
        !trouble.empty()) {
        findings.push_back({Grade::failed, "database", trouble,
                            "deploy/runbooks/database_away.md; DATABASE_URL says where it is"});
        co_return findings;
    }
    adapters::PostgresDatabase database(std::move(*options), pool);
    const auto facts = co_await database.run(loop, adapters::SqlAccess::read, read_database);
    if (!facts) {
        findings.push_back({Grade::failed, "database", "it takes connections and no statements",
                            "deploy/runbooks/database_away.md"});
        co_return findings;
    }
    co_return judge(*facts, config);
}

std::string info_field(std::string_view info, std::string_view name) {
    while (!info.empty()) {
        std::string_view line = info.substr(0, info.find('\n'));
        info.remove_prefix(std::min(info.size(), line.size() + 1));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') {
            return std::string(line.substr(name.size() + 1));
        }
    }
    return {};
}

Findings judge(const RedisFacts& facts) {
    Findings findings;
    const std::string found =
        "Redis " + (facts.version.empty() ? std::string("of an unknown version") : facts.version);
    if (facts.role == "slave") {
        findings.push_back({Grade::failed, "redis", found + ", a replica, which takes no writes",
                            "REDIS_URL must lead to the master"});
        return findings;
    }
    findings.push_back({Grade::good, "redis", found, ""});
    if (!facts.eviction.empty() && facts.eviction != "noeviction") {
        findings.push_back({Grade::failed, "redis",
                            "maxmemory-policy is " + facts.eviction +
                                ": a full Redis would forget calls that wait",
                            "set maxmemory-policy noeviction"});
    }
    if (facts.appends == "0") {
        findings.push_back({Grade::warning, "redis",
                            "writes are not kept on disk: a restart forgets calls that wait",
                            "set appendonly yes"});
    }
    return findings;
}

Task<Findings> check_redis(runtime::AsioLoop& loop, const RedisOptions& config) {
    Findings findings;
    auto options = redis_options(config);
    if (!options) {
        findings.push_back({Grade::failed, "redis", options.error(), ""});
        co_return findings;
    }
    const std::string where = options->sentinels.empty()
                                  ? options->host + ':' + std::to_string(options->port)
                                  : "the master '" + options->master + "' of the Sentinels";
    adapters::RedisClient client(loop, std::move(*options));
    // The first connection needs a moment.
    bool is_there = false;
    const Instant until = loop.now() + patience;
    while (!is_there && loop.now() < until) {
        is_there = co_await client.ping();
        if (!is_there) {
            [[maybe_unused]] const bool slept =
                co_await runtime::sleep_for(loop, milliseconds(200));
        }
    }
    RedisFacts facts;
    std::vector<std::string> command{"INFO"};
    const std::string info = co_await redis_text(client, std::move(command));
    facts.version = info_field(info, "redis_version");
    facts.role = info_field(info, "role");
    facts.appends = info_field(info, "aof_enabled");
    if (!is_there && facts.role != "slave") {
        findings.push_back({Grade::failed, "redis",
                            where + (info.empty() ? " is not reached, or refuses our password"
                                                  : " takes no writes"),
                            "deploy/runbooks/redis_away.md; REDIS_URL says where it is"});
        co_return findings;
    }
    std::vector<std::string> policy{"CONFIG", "GET", "maxmemory-policy"};
    facts.eviction = co_await redis_text(client, std::move(policy));
    co_return judge(facts);
}

Task<Findings> check_livekit(runtime::AsioLoop& loop, HttpClient& http,
                             const LivekitOptions& config) {
    const adapters::LivekitApiOptions options = livekit_api_options(config);
    Findings findings;
    if (const auto errors = validate(options); !errors.empty()) {
        findings.push_back({Grade::failed, "livekit", errors.front(), ""});
        co_return findings;
    }
    adapters::TwirpClient twirp(loop, http, options);
    jwt::LivekitClaims grants;
    jwt::VideoGrant grant;
    grant.room_list = true;
    grants.video = std::move(grant);
    JsonObject none;
    const auto rooms =
        co_await twirp.call("RoomService/ListRooms", std::move(none), std::move(grants), patience);
    if (!rooms) {
        findings.push_back(judge_rooms(rooms.error(), config.url));
        co_return findings;
    }
    findings.push_back({Grade::good, "livekit", config.url + " knows our key", ""});
    const std::string& told = config.public_url.empty() ? config.url : config.public_url;
    if (told != config.url) {
        HttpRequest request = get(adapters::http_url(told));
        HttpFetch fetch(http, std::move(request));
        const auto answer = co_await fetch;
        const bool is_there = answer && answer->status == 200;
        findings.push_back({is_there ? Grade::good : Grade::failed, "livekit",
                            told + (is_there ? " answers" : " does not answer from here"),
                            is_there ? ""
                                     : "callers are told LIVEKIT_PUBLIC_URL: it must lead to "
                                       "LiveKit from where they are"});
    }
    if (told.starts_with("wss://") || told.starts_with("https://")) {
        findings.push_back(check_certificate(told));
    }
    Findings phones = co_await check_trunks(twirp, config);
    findings.insert(findings.end(), phones.begin(), phones.end());
    co_return findings;
}

Findings judge_health(const std::string& url, int status, const std::string& body) {
    Findings findings;
    const auto json = parse_json(body, json_to_repair);
    const std::string word = json ? member_text(*json, "status") : "";
    if (word.empty()) {
        findings.push_back({Grade::failed, "server",
                            url + " answers /health with " + std::to_string(status) +
                                ", and not as agent-studio does",
                            "--url is the address of `serve`, `api` or the load balancer"});
        return findings;
    }
    std::string away;
    if (const Json* const checks = find_member(*json, "checks");
        checks != nullptr && checks->is_object()) {
        for (const auto& check : checks->get_object()) {
            if (member_text(check.value(), "status") != "healthy") {
                away += (away.empty() ? "" : ", ") + std::string(check.key());
            }
        }
    }
    const std::string version = member_text(*json, "version", "unknown");
    std::string found = url + " is " + word + ", version " + version;
    if (!away.empty()) {
        found += "; not healthy: " + away;
    }
    const Grade grade = word == "healthy"    ? Grade::good
                        : word == "degraded" ? Grade::warning
                                             : Grade::failed;
    findings.push_back({grade, "server", std::move(found),
                        grade == Grade::good ? "" : "deploy/runbooks has a page for each"});
    if (version != STUDIO_VERSION) {
        findings.push_back({Grade::note, "server",
                            "this program is version " STUDIO_VERSION ", the server " + version,
                            "fine during an upgrade"});
    }
    if (const Json* const providers = find_member(*json, "providers");
        providers != nullptr && providers->is_object()) {
        for (const auto& provider : providers->get_object()) {
            findings.push_back(
                {Grade::note, "providers",
                 std::string(provider.key()) + ": " + member_text(provider.value(), "reason"),
                 "calls of agents that name it fail"});
        }
    }
    return findings;
}

Task<Findings> check_server(HttpClient& http, std::string url, const OperatorOptions& config) {
    url = adapters::http_url(std::move(url));
    Findings findings;
    if (url.starts_with("https://")) {
        findings.push_back(check_certificate(url));
    }
    HttpRequest health = get(url + "/health");
    HttpFetch health_fetch(http, std::move(health));
    const auto answer = co_await health_fetch;
    if (!answer) {
        findings.push_back(
            {Grade::failed, "server", url + " does not answer", "deploy/runbooks/api_down.md"});
        co_return findings;
    }
    Findings found = judge_health(url, answer->status, answer->body);
    findings.insert(findings.end(), found.begin(), found.end());
    HttpRequest metrics = get(url + "/metrics");
    const std::string& token = config.metrics_token.reveal();
    if (!token.empty()) {
        metrics.headers.emplace_back("Authorization", "Bearer " + token);
    }
    HttpFetch metrics_fetch(http, std::move(metrics));
    const auto page = co_await metrics_fetch;
    if (page && page->status == 200 && core::sum_of_metric(page->body, "studio_queue_waiting")) {
        const bool heard = page->body.find("livekit/webhook\",status=\"2") != std::string::npos;
        findings.push_back(
            {heard ? Grade::good : Grade::note, "webhooks",
             heard ? "LiveKit's reports arrive" : "no report of LiveKit arrived at this server yet",
             heard ? ""
                   : "livekit.yaml needs `webhook` with our key and "
                     "http://…/api/v1/livekit/webhook; calls wait longer for who left without it"});
    }
    co_return findings;
}

}  // namespace studio::apps
