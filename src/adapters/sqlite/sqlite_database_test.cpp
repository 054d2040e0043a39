#include "adapters/sqlite/sqlite_database.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "adapters/sql/sql_migrate.hpp"
#include "adapters/sqlite/database_lock.hpp"
#include "adapters/sqlite/internal/connection.hpp"
#include "base/entropy.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::adapters {
namespace {

using sqlite::Connection;

class SqliteDatabaseTest : public ::testing::Test {
protected:
    SqliteDatabaseTest() {
        SystemEntropy entropy;
        folder_ = std::filesystem::temp_directory_path() / ("studio_" + entropy.text(16));
        std::filesystem::create_directory(folder_);
        path_ = (folder_ / "test.db").string();
    }
    ~SqliteDatabaseTest() override {
        pool_.stop();
        std::filesystem::remove_all(folder_);
    }

    std::shared_ptr<Connection> connect() { return *Connection::open(path_, milliseconds{100}); }

    std::filesystem::path folder_;
    std::string path_;
    runtime::BlockingPool pool_{{.name = "db", .threads = 0}};
};

TEST_F(SqliteDatabaseTest, MigratesOnceAndAgainDoesNothing) {
    ASSERT_TRUE(SqliteDatabase::open({.path = path_}, pool_));
    ASSERT_TRUE(SqliteDatabase::open({.path = path_}, pool_));
    const auto connection = connect();
    SqlQuery query(*connection, "SELECT COUNT(*), MAX(version) FROM schema_migrations");
    const auto row = query.row();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->number(0), static_cast<std::int64_t>(sql_migrations().size()));
    EXPECT_EQ(row->number(1), row->number(0));
}

TEST_F(SqliteDatabaseTest, AFailedMigrationLeavesTheDatabaseAsItWas) {
    const auto connection = connect();
    const std::vector<EmbeddedFile> files{{"0001_good.sql", "CREATE TABLE good (id TEXT);"},
                                          {"0002_bad.sql", "CREATE TABLE bad (id TEXT); CREATE;"}};
    Result<void, std::string> migrated;
    const auto migrate = [&](SqlConnection& writer) -> Result<void, StoreError> {
        migrated = apply_migrations(writer, files);
        if (!migrated) {
            return fail(StoreError::corrupt);
        }
        return {};
    };
    EXPECT_FALSE(connection->transact(SqlAccess::write, migrate));
    ASSERT_FALSE(migrated);
    EXPECT_NE(migrated.error().find("0002_bad.sql"), std::string::npos) << migrated.error();
    SqlQuery query(*connection, "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('good', 'bad')");
    const auto row = query.row();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->number(0), 0);
}

TEST_F(SqliteDatabaseTest, RefusesANewerSchemaADamagedFileAndAMissingFolder) {
    ASSERT_TRUE(SqliteDatabase::open({.path = path_}, pool_));
    {
        const auto connection = connect();
        ASSERT_TRUE(connection->execute_script(
            "INSERT INTO schema_migrations (version, name, applied_at) VALUES (999, 'x', 0)"));
    }
    const auto newer = SqliteDatabase::open({.path = path_}, pool_);
    ASSERT_FALSE(newer);
    EXPECT_NE(newer.error().find("newer"), std::string::npos) << newer.error();

    const std::string rubbish = (folder_ / "rubbish.db").string();
    FILE* file = std::fopen(rubbish.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs("this is not a database, although it is long enough to look at", file);
    std::fclose(file);
    EXPECT_FALSE(SqliteDatabase::open({.path = rubbish}, pool_));
    EXPECT_FALSE(SqliteDatabase::open({.path = (folder_ / "no" / "such.db").string()}, pool_));
    EXPECT_FALSE(SqliteDatabase::open({.path = ""}, pool_));
}

mode_t mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
}

TEST_F(SqliteDatabaseTest, FilesAreForTheirOwnerAlone) {
    ::umask(022);
    const auto made = SqliteDatabase::open({.path = path_}, pool_);
    ASSERT_TRUE(made);
    for (const char* part : {"", "-wal", "-shm"}) {
        EXPECT_EQ(mode_of(path_ + part), 0600U) << part;
    }
    // One of an earlier release.
    const std::string old = (folder_ / "old.db").string();
    ASSERT_TRUE(SqliteDatabase::open({.path = old}, pool_));
    ASSERT_EQ(::chmod(old.c_str(), 0644), 0);
    ASSERT_TRUE(SqliteDatabase::open({.path = old}, pool_));
    EXPECT_EQ(mode_of(old), 0600U);
}

TEST_F(SqliteDatabaseTest, OneServerAtATimeHasAFile) {
    ASSERT_TRUE(SqliteDatabase::open({.path = path_}, pool_));
    const std::string link = (folder_ / "link.db").string();
    std::filesystem::create_symlink(path_, link);
    {
        const auto first = DatabaseLock::take(path_);
        ASSERT_TRUE(first) << first.error();
        for (const std::string& path : {path_, link}) {
            const auto second = DatabaseLock::take(path);
            ASSERT_FALSE(second);
            EXPECT_NE(second.error().find("in use"), std::string::npos) << second.error();
            EXPECT_NE(second.error().find(std::to_string(::getpid())), std::string::npos);
        }
        EXPECT_TRUE(DatabaseLock::take((folder_ / "other.db").string()));
        EXPECT_EQ(mode_of(path_ + ".lock"), 0600U);
    }
    EXPECT_TRUE(DatabaseLock::take(link));
    EXPECT_TRUE(DatabaseLock::take(":memory:"));
    EXPECT_FALSE(DatabaseLock::take((folder_ / "no" / "such.db").string()));
}

TEST(SqliteTranslation, PlaceholdersAreNumberedAndLocksGo) {
    EXPECT_EQ(sqlite::translate("SELECT a FROM b WHERE c = $12 FOR UPDATE"),
              "SELECT a FROM b WHERE c = ?12");
    EXPECT_EQ(sqlite::translate("IN (SELECT $1 LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id"),
              "IN (SELECT ?1 LIMIT ?2) RETURNING id");
}

TEST_F(SqliteDatabaseTest, ErasingATenantErasesItsRows) {
    ASSERT_TRUE(SqliteDatabase::open({.path = path_}, pool_));
    const auto connection = connect();
    ASSERT_TRUE(connection->execute_script(
        "INSERT INTO tenants VALUES ('t', 't', 't', 0);"
        "INSERT INTO agents VALUES ('a', 't', 'a', '', '', '{}', 1, 0, 0);"
        "INSERT INTO workflows VALUES ('w', 't', 'w', '', '', '{}', 1, 0, 0);"
        "INSERT INTO calls VALUES ('c', 't', 'a', '', 'active', '', 'inbound', 'voip', '{}', '{}',"
        " '[]', '{}', 0, NULL, NULL, '', '', 0, 0, NULL, '[]', 'w', 'w', 1, '[]');"
        "INSERT INTO transcript_entries VALUES ('c', 't', 0, 'user', 'x', 'a', 0, 0, NULL, NULL, "
        "0);"
        "DELETE FROM tenants"));
    SqlQuery query(*connection,
                   "SELECT (SELECT COUNT(*) FROM agents) + (SELECT COUNT(*) FROM workflows) +"
                   " (SELECT COUNT(*) FROM calls) + (SELECT COUNT(*) FROM transcript_entries)");
    const auto row = query.row();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->number(0), 0);
}

TEST_F(SqliteDatabaseTest, ARowOfAnUnknownTenantIsRefused) {
    const auto database = SqliteDatabase::open({.path = path_}, pool_);
    ASSERT_TRUE(database);
    runtime::VirtualLoop loop;
    SqlCallStore calls(**database, loop);
    std::optional<Result<bool, StoreError>> outcome;
    runtime::TaskScope scope(loop);
    const auto create = [](SqlCallStore& store,
                           std::optional<Result<bool, StoreError>>& result) -> Task<> {
        core::CallRecord record;
        record.id = CallId("c");
        record.tenant_id = TenantId("nobody");
        result = co_await store.create(std::move(record));
    };
    scope.spawn(create(calls, outcome));
    loop.run_for(seconds{1});
    ASSERT_TRUE(outcome);
    ASSERT_FALSE(*outcome);
    EXPECT_EQ(outcome->error(), StoreError::not_found);
}

TEST_F(SqliteDatabaseTest, AnotherWriterMeansUnavailableAfterTheBusyTimeout) {
    const auto database =
        SqliteDatabase::open({.path = path_, .busy_timeout = milliseconds{10}}, pool_);
    ASSERT_TRUE(database);
    const auto other = connect();
    ASSERT_TRUE(other->execute_script("BEGIN IMMEDIATE"));
    runtime::VirtualLoop loop;
    SqlAccountStore accounts(**database, loop);
    std::optional<Result<bool, StoreError>> outcome;
    runtime::TaskScope scope(loop);
    const auto create = [](SqlAccountStore& store,
                           std::optional<Result<bool, StoreError>>& result) -> Task<> {
        // Named: GCC 12 copies the bytes of an aggregate that is made inside a co_await.
        Tenant tenant{TenantId("t"), "t", "t", WallTime{}};
        result = co_await store.create_tenant(std::move(tenant));
    };
    scope.spawn(create(accounts, outcome));
    loop.run_for(seconds{1});
    ASSERT_TRUE(outcome);
    ASSERT_FALSE(*outcome);
    EXPECT_EQ(outcome->error(), StoreError::unavailable);
    ASSERT_TRUE(other->execute_script("ROLLBACK"));
    outcome.reset();
    scope.spawn(create(accounts, outcome));
    loop.run_for(seconds{1});
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(*outcome);
}

}  // namespace
}  // namespace studio::adapters
