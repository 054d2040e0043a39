#pragma once

#include <string>
#include <vector>

#include "apps/config/option_groups.hpp"

namespace studio::apps {

/// Where the keys are: the SQLite file of `serve`, or PostgreSQL where DATABASE_URL is set and no
/// file is named.
struct KeyDatabase {
    /// Empty where none is named.
    std::string file;
    Secret<std::string> url;

    void add_to(OptionSet& set);
    [[nodiscard]] bool is_file() const { return !file.empty() || url.reveal().empty(); }
    /// The file, or its default.
    [[nodiscard]] std::string path() const { return file.empty() ? "agent-studio.db" : file; }
};

/// `agent-studio keys create`.
struct CreateKeyConfig {
    KeyDatabase database;
    OperatorOptions operators{.log_level = LogLevel::warning, .metrics_token = {}};
    /// For people, to tell keys apart.
    std::string name;
    /// What it may do, such as `calls:create`; empty means everything.
    std::vector<std::string> scopes;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const { return true; }
};

/// `agent-studio keys list`.
struct ListKeysConfig {
    KeyDatabase database;
    OperatorOptions operators{.log_level = LogLevel::warning, .metrics_token = {}};

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const { return true; }
};

/// `agent-studio keys revoke KEY`.
struct RevokeKeyConfig {
    KeyDatabase database;
    OperatorOptions operators{.log_level = LogLevel::warning, .metrics_token = {}};
    /// The key's id, its first characters as `keys list` shows them, or the key itself.
    std::string which;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
};

/// Prints the new key alone on standard output, so that a script can take it, and its id beside it
/// on standard error. A server that runs on the same database knows it at once. 0, or 1 after a
/// sentence where the database cannot be used.
[[nodiscard]] int run_create_key(const CreateKeyConfig& config);
/// Prints a line for each key: id, first characters, state, moment of its making, scopes, name.
[[nodiscard]] int run_list_keys(const ListKeysConfig& config);
/// From the next request on the key opens nothing. 1 where there is no such key.
[[nodiscard]] int run_revoke_key(const RevokeKeyConfig& config);

}  // namespace studio::apps
