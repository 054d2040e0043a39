#include "adapters/http/api/accounts/key_views.hpp"
#include "base/json_or_null.hpp"

#include <optional>

namespace studio::adapters {

namespace {

Json limit_view(const std::optional<unsigned>& limit) {
    return limit ? Json(*limit) : Json(nullptr);
}

Json texts_view(const std::vector<std::string>& texts) {
    JsonArray list;
    for (const std::string& text : texts) {
        list.emplace_back(text);
    }
    return list;
}

const char* environment_of(bool livemode) {
    return livemode ? "live" : "test";
}

}  // namespace

Json key_view(const ApiKey& key) {
    return JsonObject{{"id", key.id.text()},
                      {"name", key.name},
                      {"environment", environment_of(services::is_live(key))},
                      {"prefix", key.prefix},
                      {"scopes", texts_view(key.scopes)},
                      {"rate_limit", limit_view(key.rate_limit)},
                      {"created_at", to_rfc3339(key.created_at)},
                      {"expires_at", time_or_null(key.expires_at)},
                      {"last_used_at", time_or_null(key.last_used_at)},
                      {"revoked_at", time_or_null(key.revoked_at)}};
}

Json made_key_view(const services::MadeKey& made) {
    Json view = key_view(made.row);
    view.get_object()["key"] = made.key.reveal();
    return view;
}

Json principal_view(const services::Principal& principal, const Tenant& tenant) {
    const bool is_user = principal.kind == services::Principal::Kind::user;
    return JsonObject{
        {"type", is_user ? "user" : "api_key"},
        {"id", principal.id},
        {"name", principal.name.reveal()},
        {"email", is_user ? Json(principal.email.reveal()) : Json(nullptr)},
        {"role", is_user ? Json(principal.role) : Json(nullptr)},
        {"tenant",
         JsonObject{{"id", tenant.id.text()}, {"slug", tenant.slug}, {"name", tenant.name}}},
        {"scopes", texts_view(principal.scopes)},
        {"livemode", principal.livemode},
        {"rate_limit", limit_view(principal.rate_limit)},
        {"expires_at", time_or_null(principal.expires_at)}};
}

}  // namespace studio::adapters
