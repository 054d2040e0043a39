#pragma once

#include <string>
#include <vector>

#include "runtime/loop.hpp"
#include "services/accounts/key_text.hpp"
#include "services/errors/service_error.hpp"

namespace studio::services {

/// A tenant that was made just now, and its first key, with every scope.
struct MadeTenant {
    Tenant tenant;
    Secret<std::string> key;
};

/// The tenants of an installation, for whoever runs it. Lives on one loop; what it is built from
/// outlives it and its tasks.
class Tenants {
public:
    struct Parts {
        AccountStore& store;
        Digest& digest;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    explicit Tenants(Parts parts) : parts_(parts) {}

    /// `slug`: a small letter, then small letters, digits and single hyphens, at most 63. Without a
    /// name it is called by its slug. conflict where the slug is taken.
    [[nodiscard]] ServiceTask<MadeTenant> create(std::string slug, std::string name);
    /// By slug.
    [[nodiscard]] ServiceTask<std::vector<Tenant>> list();
    /// With all that is its own: keys, people, agents, tools, workflows, calls. conflict for the
    /// tenant `default`, which every installation has.
    [[nodiscard]] ServiceTask<bool> erase(std::string slug);

private:
    Parts parts_;
};

}  // namespace studio::services
