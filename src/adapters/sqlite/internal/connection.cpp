#include "adapters/sqlite/internal/connection.hpp"

#include "base/log.hpp"

namespace studio::adapters::sqlite {

Result<std::shared_ptr<Connection>, std::string> Connection::open(const std::string& path,
                                                                  milliseconds busy_timeout) {
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
    const auto configured = connection->execute(
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

Result<void, StoreError> Connection::execute(const char* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return fail(store_error());
    }
    return {};
}

sqlite3_stmt* Connection::prepare(const char* sql) {
    const auto kept = statements_.find(sql);
    if (kept != statements_.end()) {
        return kept->second.get();
    }
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
        SQLITE_OK) {
        return nullptr;
    }
    statements_[sql].reset(statement);
    return statement;
}

std::int64_t Connection::changes() const {
    return sqlite3_changes64(handle_);
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

Query::Query(Connection& connection, const char* sql)
    : connection_(connection), statement_(connection.prepare(sql)) {
    bad_ = statement_ == nullptr;
}

Query::~Query() {
    if (statement_ != nullptr) {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
}

Query& Query::bind(std::string_view text) {
    if (!bad_) {
        bad_ = sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                                   SQLITE_UTF8) != SQLITE_OK;
    }
    return *this;
}

Query& Query::bind(std::int64_t number) {
    if (!bad_) {
        bad_ = sqlite3_bind_int64(statement_, ++bound_, number) != SQLITE_OK;
    }
    return *this;
}

Query& Query::bind(const std::optional<WallTime>& time) {
    return time ? bind(*time) : bind_null();
}

Query& Query::bind_null() {
    if (!bad_) {
        bad_ = sqlite3_bind_null(statement_, ++bound_) != SQLITE_OK;
    }
    return *this;
}

Result<bool, StoreError> Query::step() {
    if (bad_) {
        return fail(connection_.store_error());
    }
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) {
        return true;
    }
    if (result == SQLITE_DONE) {
        return false;
    }
    return fail(connection_.store_error());
}

Result<std::int64_t, StoreError> Query::run() {
    const auto more = step();
    if (!more) {
        return fail(more.error());
    }
    return connection_.changes();
}

std::string Query::text(int column) const {
    const unsigned char* bytes = sqlite3_column_text(statement_, column);
    if (bytes == nullptr) {
        return {};
    }
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return {reinterpret_cast<const char*>(bytes), size};
}

std::int64_t Query::number(int column) const {
    return sqlite3_column_int64(statement_, column);
}

bool Query::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::optional<WallTime> Query::optional_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
}

Result<Json, StoreError> Query::json(int column) const {
    auto parsed = parse_json(text(column));
    if (!parsed) {
        STUDIO_LOG(error, "sqlite_corrupt_json", {"column", column});
        return fail(StoreError::corrupt);
    }
    return std::move(*parsed);
}

Transaction::Transaction(Connection& connection)
    : connection_(connection), open_(connection.execute("BEGIN IMMEDIATE").has_value()) {}

Transaction::~Transaction() {
    if (open_) {
        static_cast<void>(connection_.execute("ROLLBACK"));
    }
}

Result<void, StoreError> Transaction::commit() {
    auto committed = connection_.execute("COMMIT");
    open_ = !committed.has_value();
    return committed;
}

}  // namespace studio::adapters::sqlite
