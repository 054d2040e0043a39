#pragma once

#include <functional>
#include <optional>
#include <string>

#include "apps/keys/keys_command.hpp"
#include "base/task.hpp"
#include "services/accounts/accounts.hpp"
#include "services/accounts/tenants.hpp"

namespace studio::apps {

/// What a command does something with.
struct AccountTools {
    services::Accounts& accounts;
    services::Tenants& tenants;
};

/// What is done: nothing where it worked, else one sentence.
using AccountWork = std::function<Task<std::optional<std::string>>(AccountTools& tools)>;

/// Runs `work` on the database, which is made where it is missing and `may_make`. The exit code: 0,
/// or 1 after a sentence.
[[nodiscard]] int use_accounts(const KeyDatabase& database, bool may_make, const AccountWork& work);

/// An error as a sentence for who sits at a terminal.
[[nodiscard]] std::string describe(const services::ServiceError& error);

}  // namespace studio::apps
