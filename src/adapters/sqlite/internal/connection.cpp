#include "adapters/sqlite/internal/connection.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.hpp"

namespace studio::adapters::sqlite {

namespace {

constexpr mode_t owner_only = 0600;

/// Transcripts are in it, so it is for our user alone. SQLite gives its other files (-wal, -shm)
/// the mode of this one.
void make_private(const std::string& path) {
    // Made here, before SQLite does it with whatever mode the process has. Closing the descriptor
    // would end SQLite's locks on the file, of which there are none yet.
    const int made =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, owner_only);
    if (made >= 0) {
        ::close(made);
        return;
    }
    // Of an earlier release, or somebody's copy.
    for (const char* part : {"", "-wal", "-shm"}) {
        const std::string file = path + part;
        struct stat status {};
        if (::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
            (status.st_mode & 0777U & ~owner_only) != 0 && ::chmod(file.c_str(), owner_only) != 0) {
            STUDIO_LOG(warning, "database_readable_by_others", {"errno", errno});
        }
    }
}

}  // namespace

Result<std::shared_ptr<Connection>, std::string> Connection::open(const std::string& path,
                                                                  milliseconds busy_timeout) {
    if (path != ":memory:") {
        make_private(path);
    }
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int result = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    auto connection = std::make_shared<Connection>(handle);
    if (result != SQLITE_OK) {
        return fail("cannot open database '" + path + "': " + connection->message());
    }
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
    // FULL: a commit that was answered survives a loss of power, not only a crash of the process.
    const auto configured = connection->execute_script(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;");
    if (!configured) {
        return fail("cannot use database '" + path + "': " + connection->message());
    }
    return connection;
}

Connection::~Connection() {
    statements_.clear();
    sqlite3_close_v2(handle_);
}

Result<void, StoreError> Connection::execute_script(std::string_view sql) {
    const std::string terminated(sql);
    if (sqlite3_exec(handle_, terminated.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return fail(store_error());
    }
    return {};
}

sqlite3_stmt* Connection::prepare(const char* sql) {
    const auto kept = statements_.find(sql);
    if (kept != statements_.end()) {
        return kept->second.get();
    }
    const std::string own = translate(sql);
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(handle_, own.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement,
                           nullptr) != SQLITE_OK) {
        return nullptr;
    }
    statements_[sql].reset(statement);
    return statement;
}

bool Connection::bind(sqlite3_stmt* statement, std::span<const SqlValue> values) const {
    int result = SQLITE_OK;
    int index = 0;
    for (const SqlValue& value : values) {
        ++index;
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            result = sqlite3_bind_int64(statement, index, *number);
        } else if (const auto* text = std::get_if<std::string>(&value)) {
            // Borrowed: the values outlive the run of the statement.
            result = sqlite3_bind_text64(statement, index, text->data(), text->size(),
                                         SQLITE_STATIC, SQLITE_UTF8);
        } else {
            result = sqlite3_bind_null(statement, index);
        }
        if (result != SQLITE_OK) {
            return false;
        }
    }
    return true;
}

Result<SqlOutcome, StoreError> Connection::execute(const char* sql,
                                                   std::span<const SqlValue> values) {
    sqlite3_stmt* statement = prepare(sql);
    if (statement == nullptr || !bind(statement, values)) {
        return fail(store_error());
    }
    SqlOutcome outcome;
    int result = sqlite3_step(statement);
    for (; result == SQLITE_ROW; result = sqlite3_step(statement)) {
        std::vector<std::optional<std::string>> cells;
        for (int column = 0; column < sqlite3_column_count(statement); ++column) {
            const unsigned char* bytes = sqlite3_column_text(statement, column);
            if (bytes == nullptr) {
                cells.emplace_back();
                continue;
            }
            const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
            cells.emplace_back(std::in_place, reinterpret_cast<const char*>(bytes), size);
        }
        outcome.rows.emplace_back(std::move(cells));
    }
    const bool done = result == SQLITE_DONE;
    const StoreError error = done ? StoreError::corrupt : store_error();
    outcome.changed = sqlite3_changes64(handle_);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (!done) {
        return fail(error);
    }
    return outcome;
}

Result<void, StoreError> Connection::transact(SqlAccess access, const SqlDatabase::Work& work) {
    // A writer begins as one: a reader that became one might find another before it.
    if (auto begun = execute_script(access == SqlAccess::write ? "BEGIN IMMEDIATE" : "BEGIN");
        !begun) {
        return begun;
    }
    auto done = work(*this);
    if (done) {
        done = execute_script("COMMIT");
    }
    if (!done) {
        static_cast<void>(execute_script("ROLLBACK"));
    }
    return done;
}

std::string Connection::message() const {
    return handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_);
}

StoreError Connection::store_error() const {
    const int code = sqlite3_extended_errcode(handle_);
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
        return StoreError::conflict;
    }
    // The tenant or call that the row belongs to does not exist.
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY) {
        return StoreError::not_found;
    }
    STUDIO_LOG(error, "sqlite_error", {"code", code}, {"message", message()});
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_IOERR:
        case SQLITE_FULL:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_NOMEM:
        case SQLITE_INTERRUPT:
            return StoreError::unavailable;
        default:
            return StoreError::corrupt;
    }
}

std::string translate(std::string_view sql) {
    std::string own(sql);
    for (const std::string_view lock : {" FOR UPDATE SKIP LOCKED", " FOR UPDATE"}) {
        for (auto at = own.find(lock); at != std::string::npos; at = own.find(lock)) {
            own.erase(at, lock.size());
        }
    }
    for (char& letter : own) {
        if (letter == '$') {
            letter = '?';
        }
    }
    return own;
}

}  // namespace studio::adapters::sqlite
