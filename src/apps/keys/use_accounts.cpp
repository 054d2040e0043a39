#include "apps/keys/use_accounts.hpp"

#include <filesystem>
#include <iostream>
#include <memory>
#include <utility>

#include "adapters/openssl/openssl_digest.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "apps/connections/connections.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/task_scope.hpp"

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

Task<void> run_work(const AccountWork& work, AccountTools& tools, runtime::AsioLoop& loop,
                    std::optional<std::string>& trouble) {
    trouble = co_await work(tools);
    loop.stop();
}

}  // namespace

int use_accounts(const KeyDatabase& database, bool may_make, const AccountWork& work) {
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
            services::Tenants tenants({store, digest, entropy, loop});
            AccountTools tools{accounts, tenants};
            runtime::TaskScope scope(loop);
            loop.post([&] { scope.spawn(run_work(work, tools, loop, trouble)); });
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

}  // namespace studio::apps
