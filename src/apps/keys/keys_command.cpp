#include "apps/keys/keys_command.hpp"

#include <iostream>
#include <optional>

#include "apps/keys/use_accounts.hpp"

namespace studio::apps {
namespace {

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : ",") + word;
    }
    return text;
}

}  // namespace

int run_create_key(const CreateKeyConfig& config) {
    return use_accounts(
        config.database, true, [&config](AccountTools& tools) -> Task<std::optional<std::string>> {
            const auto made = co_await tools.accounts.create_key(config.name, config.scopes);
            if (!made) {
                co_return describe(made.error());
            }
            std::cout << made->key.reveal() << std::endl;
            std::cerr << "id " << made->row.id.text() << "; the key is shown only this once\n";
            co_return std::nullopt;
        });
}

int run_list_keys(const ListKeysConfig& config) {
    return use_accounts(config.database, false,
                        [](AccountTools& tools) -> Task<std::optional<std::string>> {
                            const auto keys = co_await tools.accounts.list_keys();
                            if (!keys) {
                                co_return describe(keys.error());
                            }
                            for (const ApiKey& key : *keys) {
                                std::cout << key.id.text() << "  " << key.prefix << "…  "
                                          << (key.revoked_at ? "revoked" : "valid  ") << "  "
                                          << to_rfc3339(key.created_at) << "  " << join(key.scopes)
                                          << "  " << key.name << '\n';
                            }
                            std::cout << std::flush;
                            co_return std::nullopt;
                        });
}

int run_revoke_key(const RevokeKeyConfig& config) {
    return use_accounts(
        config.database, false, [&config](AccountTools& tools) -> Task<std::optional<std::string>> {
            const auto revoked =
                co_await tools.accounts.revoke_key(Secret<std::string>(config.which));
            if (!revoked) {
                co_return describe(revoked.error());
            }
            std::cout << "revoked " << revoked->id.text() << "  " << revoked->prefix << "…  "
                      << revoked->name << std::endl;
            co_return std::nullopt;
        });
}

}  // namespace studio::apps
