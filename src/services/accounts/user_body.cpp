#include "services/accounts/user_body.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/utf8.hpp"
#include "core/agent/object_reader.hpp"
#include "services/accounts/roles.hpp"

namespace studio::services {

namespace {

/// RFC 5321, section 4.5.3.1: what a path may hold.
constexpr std::size_t email_max = 254;
constexpr std::size_t name_max = 100;
/// Longer than what can be guessed online within the bounds of LoginRule (NIST SP
/// 800-63B-4, 3.1.1).
constexpr std::size_t password_min = 10;
constexpr std::size_t password_max = 256;
constexpr std::size_t token_max = 256;

template <class Body>
Parsed<Body> finished(core::ObjectReader& reader, Body body,
                      std::vector<core::FieldError>& errors) {
    reader.finish();
    if (!errors.empty()) {
        return fail(std::move(errors));
    }
    return body;
}

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return text;
}

/// Something before and behind one @, with a dot or not, and no blanks or control characters: who
/// lives there is for the post to find out.
bool is_address(std::string_view text) {
    const std::size_t at = text.find('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos &&
           std::all_of(text.begin(), text.end(),
                       [](char letter) { return letter < 0 || (letter > ' ' && letter != 0x7F); });
}

Secret<std::string> read_secret(core::ObjectReader& reader, const char* name,
                                std::size_t length_max) {
    std::string text;
    reader.read_text(name, text, {.required = true, .length_max = length_max});
    return Secret<std::string>(std::move(text));
}

Secret<std::string> read_new_password(core::ObjectReader& reader, const char* name) {
    Secret<std::string> password = read_secret(reader, name, password_max);
    const std::size_t length = count_characters(password.reveal());
    if (length > 0 && length < password_min) {
        reader.report(name, "must be at least " + std::to_string(password_min) + " characters");
    }
    return password;
}

void read_role(core::ObjectReader& reader, std::string& role, bool is_required) {
    reader.read_text("role", role, {.required = is_required, .length_max = 32});
    if (!role.empty() && find_role(role) == nullptr) {
        reader.report("role", "must be owner, admin, designer, operator or viewer");
    }
}

}  // namespace

Parsed<LoginBody> parse_login(const Json& body) {
    std::vector<core::FieldError> errors;
    core::ObjectReader reader(&body, "", errors);
    LoginBody login;
    reader.read_text("email", login.email, {.required = true, .length_max = email_max});
    login.email = lower_case(std::move(login.email));
    login.password = read_secret(reader, "password", password_max);
    reader.read_text("tenant", login.tenant, {.length_max = 64});
    return finished(reader, std::move(login), errors);
}

Parsed<Secret<std::string>> parse_refresh(const Json& body) {
    std::vector<core::FieldError> errors;
    core::ObjectReader reader(&body, "", errors);
    Secret<std::string> token = read_secret(reader, "refresh_token", token_max);
    return finished(reader, std::move(token), errors);
}

Parsed<AcceptBody> parse_accept(const Json& body) {
    std::vector<core::FieldError> errors;
    core::ObjectReader reader(&body, "", errors);
    AcceptBody accept;
    accept.token = read_secret(reader, "token", token_max);
    accept.password = read_new_password(reader, "password");
    reader.read_text("name", accept.name, {.length_max = name_max});
    return finished(reader, std::move(accept), errors);
}

Parsed<PasswordBody> parse_password(const Json& body) {
    std::vector<core::FieldError> errors;
    core::ObjectReader reader(&body, "", errors);
    PasswordBody password;
    password.present = read_secret(reader, "current_password", password_max);
    password.fresh = read_new_password(reader, "new_password");
    return finished(reader, std::move(password), errors);
}

Parsed<InviteBody> parse_invite(const Json& body) {
    std::vector<core::FieldError> errors;
    core::ObjectReader reader(&body, "", errors);
    InviteBody invite;
    reader.read_text("email", invite.email, {.required = true, .length_max = email_max});
    if (!invite.email.empty() && !is_address(invite.email)) {
        reader.report("email", "must be an e-mail address");
    }
    invite.email = lower_case(std::move(invite.email));
    reader.read_text("name", invite.name, {.length_max = name_max});
    read_role(reader, invite.role, true);
    return finished(reader, std::move(invite), errors);
}

Parsed<UserChange> parse_user_change(const Json& body) {
    std::vector<core::FieldError> errors;
    core::ObjectReader reader(&body, "", errors);
    UserChange change;
    if (reader.find("name") != nullptr) {
        reader.read_text("name", change.name.emplace(), {.length_max = name_max});
    }
    if (reader.find("role") != nullptr) {
        read_role(reader, change.role.emplace(), true);
    }
    if (reader.find("is_active") != nullptr) {
        reader.read_boolean("is_active", change.is_active.emplace());
    }
    return finished(reader, std::move(change), errors);
}

}  // namespace studio::services
