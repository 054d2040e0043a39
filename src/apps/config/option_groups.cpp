#include "apps/config/option_groups.hpp"

#include <initializer_list>
#include <string_view>

#include "base/check.hpp"

namespace studio::apps {
namespace {

bool starts_with_any(const std::string& text, std::initializer_list<std::string_view> prefixes) {
    for (const std::string_view prefix : prefixes) {
        if (text.starts_with(prefix)) {
            return true;
        }
    }
    return false;
}

Result<net::AddressPolicy, std::string> make_policy(const std::vector<std::string>& entries) {
    net::AddressPolicy policy = net::AddressPolicy::public_only();
    for (const std::string& entry : entries) {
        if (const auto allowed = policy.allow(entry); !allowed) {
            return fail(allowed.error());
        }
    }
    return policy;
}

}  // namespace

void OperatorOptions::add_to(OptionSet& set) {
    set.add("--log-level", "STUDIO_LOG_LEVEL", log_level, "debug, info, warning, error or off");
    set.add_secret("STUDIO_METRICS_TOKEN", metrics_token,
                   "who sends it as Bearer token sees /metrics");
}

void SignInOptions::add_to(OptionSet& set) {
    set.add_secret("STUDIO_JWT_SECRET", jwt_secret, "signs the access tokens of people");
    set.add_secret("STUDIO_JWT_SECRET_PREVIOUS", jwt_secret_previous,
                   "the one before, while it is exchanged");
}

Validity SignInOptions::validate() const {
    // RFC 7518, section 3.2: a key of at least the hash's size.
    constexpr std::size_t letters_min = 32;
    for (const Secret<std::string>* secret : {&jwt_secret, &jwt_secret_previous}) {
        if (!secret->reveal().empty() && secret->reveal().size() < letters_min) {
            return fail(
                std::string("STUDIO_JWT_SECRET must be at least 32 characters, and random"));
        }
    }
    return true;
}

void HttpOptions::add_to(OptionSet& set) {
    set.add("--host", "STUDIO_HOST", host, "address to listen on", address_check());
    set.add("--port", "STUDIO_PORT", port, "port to listen on; 0: any");
    set.add("--connections-max", "STUDIO_CONNECTIONS_MAX", connections_max,
            "connections at once; three quarters of them may watch live events", {16, 1'000'000});
    set.add("--live-streams-max", "STUDIO_LIVE_STREAMS_MAX", live_streams_max,
            "streams of live events that one tenant may have open here", {1, 1'000'000});
}

void DatabaseOptions::add_to(OptionSet& set) {
    set.add_secret_url("DATABASE_URL", url, "postgresql://user:password@host:port/name");
    set.add("--database-connections", "STUDIO_DATABASE_CONNECTIONS", connections_max,
            "connections to the database, at most", {1, 100});
    set.add("--spool", "STUDIO_SPOOL", spool,
            "folder for writes that wait while the database is away", text_check());
}

Validity DatabaseOptions::validate() const {
    if (!starts_with_any(url.reveal(), {"postgresql://", "postgres://"})) {
        return fail(
            std::string("DATABASE_URL must be set, as postgresql://user:password@host/name "
                        "(`agent-studio serve` needs no database server)"));
    }
    return true;
}

void RedisOptions::add_to(OptionSet& set) {
    set.add_secret_url("REDIS_URL", url, "redis://:password@host:port/number");
    set.add_secret("REDIS_SENTINEL_PASSWORD", sentinel_password,
                   "of the Sentinels where REDIS_URL names some");
    set.add("--redis-ca-file", "REDIS_CA_FILE", ca_file,
            "PEM file of the authority of Redis's certificate; empty: the system's");
}

Validity RedisOptions::validate() const {
    if (!starts_with_any(url.reveal(),
                         {"redis://", "rediss://", "redis+sentinel://", "rediss+sentinel://"})) {
        return fail(std::string("REDIS_URL must be set, as redis://:password@host:6379/0"));
    }
    return true;
}

void LivekitOptions::add_to(OptionSet& set) {
    set.add("--livekit-url", "LIVEKIT_URL", url, "the LiveKit server, as ws:// or wss:// URL");
    set.add("--livekit-public-url", "LIVEKIT_PUBLIC_URL", public_url,
            "the same as callers reach it; empty: --livekit-url",
            optional_url_check({"ws", "wss"}));
    set.add("--livekit-api-key", "LIVEKIT_API_KEY", api_key, "the name of the key");
    set.add_secret("LIVEKIT_API_SECRET", api_secret, "the secret of the key");
    set.add("--livekit-agent-name", "LIVEKIT_AGENT_NAME", agent_name,
            "name under which LiveKit hands rooms to our workers; empty: none");
    set.add("--sip-outbound-trunk-id", "SIP_OUTBOUND_TRUNK_ID", outbound_trunk,
            "LiveKit's id of the trunk for calls to telephones; empty: none");
}

Validity LivekitOptions::validate() const {
    if (!starts_with_any(url, {"ws://", "wss://"})) {
        return fail(std::string("LIVEKIT_URL must be set, as ws://host:7880 or wss://host"));
    }
    if (api_key.empty() || api_secret.reveal().empty()) {
        return fail(
            std::string("LIVEKIT_API_KEY and LIVEKIT_API_SECRET must be set, as in the "
                        "LiveKit server's `keys`"));
    }
    return true;
}

void LimitOptions::add_to(OptionSet& set) {
    set.add("--tenant-calls-max", "STUDIO_TENANT_CALLS_MAX", tenant_calls_max,
            "calls of one tenant at once; 0: no limit");
    set.add("--agent-calls-max", "STUDIO_AGENT_CALLS_MAX", agent_calls_max,
            "calls of one agent at once; 0: no limit");
    set.add("--queue-waiting-max", "STUDIO_QUEUE_WAITING_MAX", waiting_max,
            "calls that may wait for a worker; 0: no limit");
    set.add("--queue-age-max", "STUDIO_QUEUE_AGE_MAX", waiting_age_max,
            "seconds that the oldest may have waited; 0: no limit");
}

void ProviderOptions::add_to(OptionSet& set) {
    set.add("--openai-base-url", "OPENAI_BASE_URL", openai_base_url, "an OpenAI-compatible server",
            url_check({"http", "https"}));
    set.add_secret("OPENAI_API_KEY", openai_api_key, "its key");
    set.add("--deepgram-url", "DEEPGRAM_URL", deepgram_url, "a Deepgram-compatible server",
            url_check({"ws", "wss"}));
    set.add_secret("DEEPGRAM_API_KEY", deepgram_api_key, "its key");
    set.add("--allow-private-tool-addresses", "STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES",
            allow_private_tool_addresses, "tools may call this machine and private networks");
    set.add("--allow-addresses", "STUDIO_ALLOW_ADDRESSES", allowed_addresses,
            "what tools and agents' providers may reach beside the public Internet: addresses, "
            "networks or host names, each with or without :port, with commas between");
    set.add("--speech-models", "STUDIO_SPEECH_MODELS", speech_models,
            "folder of speech models and their library");
    set.add("--speech-streams-max", "STUDIO_SPEECH_STREAMS_MAX", speech_streams_max,
            "callers that the recogniser 'local' hears at once; 0: 8 for each processor",
            {.max = 10'000});
    set.add("--phrase-cache", "STUDIO_PHRASE_CACHE", phrase_cache_mib,
            "MiB of speech that are kept to be said again; 0: none", {.max = 65'536});
    set.add("--blocking-threads", "STUDIO_BLOCKING_THREADS", blocking_threads,
            "threads for recognisers, and as many for voices");
}

Validity ProviderOptions::validate() const {
    if (blocking_threads == 0 || blocking_threads > 64) {
        return fail(std::string("--blocking-threads must be 1 to 64"));
    }
    if (const auto policy = make_policy(allowed_addresses); !policy) {
        return fail(std::string(allow_addresses_flag) + ": " + policy.error());
    }
    return true;
}

net::AddressPolicy ProviderOptions::provider_addresses() const {
    auto policy = make_policy(allowed_addresses);
    STUDIO_CHECK(policy, "the configuration was checked");
    return *std::move(policy);
}

net::AddressPolicy ProviderOptions::tool_addresses() const {
    return allow_private_tool_addresses ? net::AddressPolicy::everything() : provider_addresses();
}

}  // namespace studio::apps
