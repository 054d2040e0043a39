#pragma once

#include <vector>

#include "apps/config/option_groups.hpp"

namespace studio::apps {

/// The keys with which secrets are kept that must be read again (docs/webhooks.md).
struct EncryptionOptions {
    /// A Fernet key; empty keeps such secrets as they are.
    Secret<std::string> key;
    /// What was sealed with it can still be read.
    Secret<std::string> previous_key;

    void add_to(OptionSet& set);
    [[nodiscard]] Validity validate() const;
    /// As FernetBox takes them.
    [[nodiscard]] std::vector<Secret<std::string>> keys() const { return {key, previous_key}; }
};

}  // namespace studio::apps
