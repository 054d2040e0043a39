#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sensitive.hpp"
#include "base/strong_id.hpp"
#include "base/time.hpp"

namespace studio::services {

/// Who makes a request, and what they may do.
struct Principal {
    enum class Kind : std::uint8_t { api_key, user };

    TenantId tenant_id;
    /// `calls:create` and the like; `*` is every scope.
    std::vector<std::string> scopes{};
    Kind kind = Kind::api_key;
    /// Of the key or the user.
    std::string id{};
    Pii<std::string> name{};
    /// Of a user.
    Pii<std::string> email{};
    std::string role{};
    /// False for a test key: its calls are marked, and count nowhere.
    bool livemode = true;
    /// Requests a minute; nothing leaves that to the server.
    std::optional<unsigned> rate_limit{};
    /// From when on the key opens nothing; what a user makes may last longer than their token.
    std::optional<WallTime> expires_at{};

    [[nodiscard]] bool has_scope(std::string_view scope) const;
};

}  // namespace studio::services
