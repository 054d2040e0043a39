#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "core/agent/field_error.hpp"

namespace studio::services {

// The bodies of the requests about people, checked. Each reports every wrong or unknown field.

template <class Body>
using Parsed = Result<Body, std::vector<core::FieldError>>;

/// {email, password, tenant}; `tenant` is a slug, and empty where it was not given.
struct LoginBody {
    std::string email;
    Secret<std::string> password;
    std::string tenant;
};
[[nodiscard]] Parsed<LoginBody> parse_login(const Json& body);

/// {refresh_token}.
[[nodiscard]] Parsed<Secret<std::string>> parse_refresh(const Json& body);

/// {token, password, name}.
struct AcceptBody {
    Secret<std::string> token;
    Secret<std::string> password;
    std::string name;
};
[[nodiscard]] Parsed<AcceptBody> parse_accept(const Json& body);

/// {current_password, new_password}.
struct PasswordBody {
    Secret<std::string> present;
    Secret<std::string> fresh;
};
[[nodiscard]] Parsed<PasswordBody> parse_password(const Json& body);

/// {email, name, role}.
struct InviteBody {
    std::string email;
    std::string name;
    std::string role;
};
[[nodiscard]] Parsed<InviteBody> parse_invite(const Json& body);

/// {name, role, is_active}, each where it is to change.
struct UserChange {
    std::optional<std::string> name;
    std::optional<std::string> role;
    std::optional<bool> is_active;
};
[[nodiscard]] Parsed<UserChange> parse_user_change(const Json& body);

}  // namespace studio::services
