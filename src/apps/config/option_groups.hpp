#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/config/option_set.hpp"
#include "base/log.hpp"
#include "protocol/net/address_policy.hpp"

namespace studio::apps {

// Options that several commands share. Each group adds itself to a command's set, and validate()
// says in one line for people what is wrong with it. docs/configuration.md lists them all.

using Validity = Result<bool, std::string>;

/// What operators see and hear of a process.
struct OperatorOptions {
    LogLevel log_level = LogLevel::info;
    /// Who sends it sees /metrics; empty lets whoever asks from a private network see them.
    Secret<std::string> metrics_token;

    void add_to(OptionSet& set);
};

/// How people sign in.
struct SignInOptions {
    /// Signs access tokens. Empty: see `makes_key`.
    Secret<std::string> jwt_secret;
    /// What it signed is still taken, while the key is exchanged.
    Secret<std::string> jwt_secret_previous;
    /// Whether a process without a key makes one of its own: fit where there is one process alone,
    /// whose access tokens then end with it.
    bool makes_key = false;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

/// Where the commands that speak HTTP listen.
struct HttpOptions {
    std::string host = "127.0.0.1";
    /// 0 lets the system choose; the port is printed.
    std::uint16_t port = 8000;
    /// At once; further ones wait. Three quarters of them may be streams of live events.
    unsigned connections_max = 1'024;
    /// Streams of live events of one tenant at once.
    unsigned live_streams_max = 500;

    void add_to(OptionSet& set);
};

/// PostgreSQL, which the production commands share.
struct DatabaseOptions {
    Secret<std::string> url;
    /// Connections of one process at most.
    unsigned connections_max = 8;
    /// Where writes wait while the database is away; bounded, outlives the process.
    std::string spool = "spool";

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

struct RedisOptions {
    Secret<std::string> url;
    /// Of the Sentinels that the URL names; empty where they ask for none.
    Secret<std::string> sentinel_password;
    /// PEM file of the authority that signed Redis's certificate; empty: those of the system.
    std::string ca_file;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

/// The media server that holds the rooms.
struct LivekitOptions {
    /// ws:// or wss://, as we reach it.
    std::string url;
    /// As callers reach it; empty means `url`.
    std::string public_url;
    std::string api_key;
    Secret<std::string> api_secret;
    /// Under which workers offer themselves for rooms that others make; empty means not at all.
    std::string agent_name;
    /// For calls to telephones; empty means there are none.
    std::string outbound_trunk;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

/// How many calls there may be at once; 0 means no limit.
struct LimitOptions {
    unsigned tenant_calls_max = 0;
    unsigned agent_calls_max = 0;
    /// Calls that wait for a worker before further ones are refused with 503.
    unsigned waiting_max = 1'000;
    /// The same by the age of the oldest.
    seconds waiting_age_max{30};

    void add_to(OptionSet& set);
};

/// Recognisers, models and voices, and what tools may reach.
struct ProviderOptions {
    Secret<std::string> openai_api_key;
    std::string openai_base_url = "https://api.openai.com/v1";
    Secret<std::string> deepgram_api_key;
    std::string deepgram_url = "wss://api.deepgram.com";
    /// Whether tools may call addresses that are not of the public Internet.
    bool allow_private_tool_addresses = false;
    /// Addresses, networks and host names that tools and the providers' `base_url` of agents may
    /// reach beside the public Internet; see net::AddressPolicy::allow.
    std::vector<std::string> allowed_addresses;
    /// The folder with models for speech and their library; empty: where they are installed.
    std::string speech_models;
    /// Callers that the recogniser of this machine hears at once; 0: as many as the processors can.
    unsigned speech_streams_max = 0;
    /// MiB of speech that are kept to be said again; 0 keeps none. Up to 65'536.
    unsigned phrase_cache_mib = 16;
    /// Threads for recognisers, and as many for voices. 1 to 64.
    unsigned blocking_threads = 4;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
    /// Where agents' providers may go. Precondition: valid.
    [[nodiscard]] net::AddressPolicy provider_addresses() const;
    /// The same for tools.
    [[nodiscard]] net::AddressPolicy tool_addresses() const;
};

/// The flag that adds to both, for people.
inline constexpr const char* allow_addresses_flag = "--allow-addresses";

}  // namespace studio::apps
