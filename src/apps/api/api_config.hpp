#pragma once

#include "apps/config/encryption_options.hpp"
#include "apps/config/option_groups.hpp"

namespace studio::apps {

/// What `agent-studio api` is told. docs/configuration.md lists every option.
struct ApiConfig {
    HttpOptions http{.host = "0.0.0.0", .port = 8000};
    DatabaseOptions database;
    RedisOptions redis;
    LivekitOptions livekit;
    LimitOptions limits;
    ProviderOptions providers;
    EncryptionOptions encryption;
    OperatorOptions operators;
    SignInOptions sign_in;
    /// A key that the operator chose: valid from the start, with every scope. Empty means that the
    /// first start makes one and prints it.
    Secret<std::string> first_api_key;
    /// Requests a minute of a key without a limit of its own; 0 for any number.
    unsigned rate_limit = 100;
    /// After SIGTERM it says that it drains, and goes on answering for so long, until nobody sends
    /// requests here any more.
    seconds drain_timeout{5};

    /// It outlives the parsing of the command.
    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

}  // namespace studio::apps
