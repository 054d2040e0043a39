#include "adapters/sql/sql_migrate.hpp"

#include "base/log.hpp"

namespace studio::adapters {

namespace {

Result<void, std::string> apply(SqlConnection& connection, const EmbeddedFile& file,
                                std::int64_t version) {
    if (!connection.execute_script(file.content)) {
        return fail("migration " + std::string(file.name) + " failed: " + connection.message());
    }
    const auto now = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
    SqlQuery insert(
        connection,
        "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)");
    if (!insert.bind(version).bind(file.name).bind(now).run()) {
        return fail("migration " + std::string(file.name) + " cannot be noted");
    }
    STUDIO_LOG(info, "migration_applied", {"name", file.name});
    return {};
}

}  // namespace

Result<void, std::string> apply_migrations(SqlConnection& connection,
                                           std::span<const EmbeddedFile> files) {
    if (!connection.execute_script("CREATE TABLE IF NOT EXISTS schema_migrations ("
                                   "version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL,"
                                   "applied_at BIGINT NOT NULL)")) {
        return fail("the database cannot be read: " + connection.message());
    }
    const auto row =
        SqlQuery(connection, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations").row();
    if (!row) {
        return fail("the database cannot be read: " + connection.message());
    }
    std::int64_t version = row->number(0);
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
    return {};
}

}  // namespace studio::adapters
