#include "apps/keys/keys_command.hpp"

#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "adapters/openssl/openssl_digest.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "apps/connections/connections.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/task_scope.hpp"
#include "services/accounts/accounts.hpp"

namespace studio::apps {
namespace {

/// A database that is there, or one sentence.
using Opened = Result<std::unique_ptr<adapters::SqlDatabase>, std::string>;

Opened open_file(const std::string& path, bool may_make, runtime::BlockingPool& pool) {
    std::error_code ignored;
    if (!may_make && !std::filesystem::exists(path, ignored)) {
        return fail("there is no database " + path +
                    "; name the one of `serve` with --database, or set DATABASE_URL");
    }
    auto opened = adapters::SqliteDatabase::open({.path = path}, pool);
    if (!opened) {
        return fail(opened.error());
    }
    return std::unique_ptr<adapters::SqlDatabase>(*std::move(opened));
}

Opened open_server(const Secret<std::string>& url, runtime::BlockingPool& pool) {
    auto options = postgres_options(url);
    if (!options) {
        return fail(options.error());
    }
    return std::unique_ptr<adapters::SqlDatabase>(
        std::make_unique<adapters::PostgresDatabase>(std::move(*options), pool));
}

/// What is done with the keys: nothing where it worked, else one sentence.
using Work = std::function<Task<std::optional<std::string>>(services::Accounts& accounts)>;

Task<void> run_work(const Work& work, services::Accounts& accounts, runtime::AsioLoop& loop,
                    std::optional<std::string>& trouble) {
    trouble = co_await work(accounts);
    loop.stop();
}

/// Runs `work` on the database and returns the exit code.
int use_keys(const KeyDatabase& database, bool may_make, const Work& work) {
    runtime::AsioLoop loop({.name = "keys"});
    runtime::BlockingPool pool({.name = "database", .threads = 1});
    std::optional<std::string> trouble;
    {
        const Opened opened = database.is_file() ? open_file(database.path(), may_make, pool)
                                                 : open_server(database.url, pool);
        if (opened) {
            SystemEntropy entropy;
            adapters::OpensslDigest digest;
            adapters::SqlAccountStore store(**opened, loop);
            services::Accounts accounts({store, digest, entropy, loop});
            runtime::TaskScope scope(loop);
            loop.post([&] { scope.spawn(run_work(work, accounts, loop, trouble)); });
            loop.run();
        } else {
            trouble = opened.error();
        }
        pool.stop();
    }
    if (trouble) {
        std::cerr << "error: " << *trouble << '\n';
        return 1;
    }
    return 0;
}

std::string describe(const services::ServiceError& error) {
    std::string text = error.message;
    if (error.code == services::ServiceErrorCode::unavailable) {
        text = "the database cannot be used; is it running, and is `agent-studio migrate` done?";
    }
    for (const core::FieldError& detail : error.details) {
        text += "; --" + detail.field + ' ' + detail.message;
    }
    return text;
}

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : ",") + word;
    }
    return text;
}

}  // namespace

int run_create_key(const CreateKeyConfig& config) {
    return use_keys(config.database, true,
                    [&config](services::Accounts& accounts) -> Task<std::optional<std::string>> {
                        const auto made = co_await accounts.create_key(config.name, config.scopes);
                        if (!made) {
                            co_return describe(made.error());
                        }
                        std::cout << made->key.reveal() << std::endl;
                        std::cerr << "id " << made->row.id.text()
                                  << "; the key is shown only this once\n";
                        co_return std::nullopt;
                    });
}

int run_list_keys(const ListKeysConfig& config) {
    return use_keys(config.database, false,
                    [](services::Accounts& accounts) -> Task<std::optional<std::string>> {
                        const auto keys = co_await accounts.list_keys();
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
    return use_keys(config.database, false,
                    [&config](services::Accounts& accounts) -> Task<std::optional<std::string>> {
                        const auto revoked =
                            co_await accounts.revoke_key(Secret<std::string>(config.which));
                        if (!revoked) {
                            co_return describe(revoked.error());
                        }
                        std::cout << "revoked " << revoked->id.text() << "  " << revoked->prefix
                                  << "…  " << revoked->name << std::endl;
                        co_return std::nullopt;
                    });
}

}  // namespace studio::apps
