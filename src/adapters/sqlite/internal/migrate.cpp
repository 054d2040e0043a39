#include "adapters/sqlite/internal/migrate.hpp"

#include "base/log.hpp"

namespace studio::adapters::sqlite {

namespace {

Result<void, std::string> apply(Connection& connection, const EmbeddedFile& file,
                                std::int64_t version) {
    const std::string sql(file.content);
    if (!connection.execute(sql.c_str())) {
        return fail("migration " + std::string(file.name) + " failed: " + connection.message());
    }
    const auto now = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
    Query insert(connection,
                 "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)");
    if (!insert.bind(version).bind(file.name).bind(now).run()) {
        return fail("migration " + std::string(file.name) + " cannot be noted");
    }
    STUDIO_LOG(info, "migration_applied", {"name", file.name});
    return {};
}

}  // namespace

Result<void, std::string> migrate(Connection& connection, std::span<const EmbeddedFile> files) {
    Transaction transaction(connection);
    if (!transaction.ok()) {
        return fail("the database is locked: " + connection.message());
    }
    if (!connection.execute("CREATE TABLE IF NOT EXISTS schema_migrations ("
                            "version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL,"
                            "applied_at BIGINT NOT NULL)")) {
        return fail("the database cannot be read: " + connection.message());
    }
    std::int64_t version = 0;
    {
        Query query(connection, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations");
        const auto row = query.step();
        if (!row) {
            return fail("the database cannot be read: " + connection.message());
        }
        version = query.number(0);
    }
    const auto latest = static_cast<std::int64_t>(files.size());
    if (version > latest) {
        return fail("the database has schema version " + std::to_string(version) +
                    ", newer than this program's " + std::to_string(latest));
    }
    for (; version < latest; ++version) {
        if (auto applied = apply(connection, files[static_cast<std::size_t>(version)], version + 1);
            !applied) {
            return applied;
        }
    }
    if (!transaction.commit()) {
        return fail("the migrations cannot be committed: " + connection.message());
    }
    return {};
}

}  // namespace studio::adapters::sqlite
