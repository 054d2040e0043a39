#include "adapters/postgres/internal/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "adapters/postgres/internal/url_check.hpp"
#include "base/log.hpp"

namespace studio::adapters::postgres {

namespace {

// How much later than the server we give up: it should be the one that ends a slow statement.
constexpr milliseconds grace{1'000};

Instant read_clock() {
    return Instant(std::chrono::steady_clock::now().time_since_epoch());
}

/// Notices of the server ("table exists, skipping") tell nobody anything.
void ignore_notice(void* /*context*/, const PGresult* /*result*/) {}

std::string hide_password(std::string text, const PGconn* handle) {
    const char* const password = handle == nullptr ? nullptr : PQpass(handle);
    const std::string secret = password == nullptr ? "" : password;
    for (std::size_t at = secret.empty() ? std::string::npos : text.find(secret);
         at != std::string::npos; at = text.find(secret, at + 3)) {
        text.replace(at, secret.size(), "***");
    }
    return text;
}

std::string begin_statement(const char* begin, milliseconds timeout) {
    // LOCAL: the setting ends with the transaction, so the next user of a pooled session has his
    // own. One message, one round trip.
    const std::string number = std::to_string(timeout.count());
    return std::string(begin) + "; SET LOCAL statement_timeout = " + number +
           "; SET LOCAL idle_in_transaction_session_timeout = " + number;
}

/// PostgreSQL keeps no NUL in text; the replacement character tells that something was there.
std::string without_nul(const std::string& text) {
    std::string clean;
    for (const char letter : text) {
        if (letter == '\0') {
            clean += "\xEF\xBF\xBD";
        } else {
            clean += letter;
        }
    }
    return clean;
}

std::string text_of(const SqlValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        return std::to_string(*number);
    }
    const std::string& text = std::get<std::string>(value);
    return text.find('\0') == std::string::npos ? text : without_nul(text);
}

/// By the classes of SQLSTATE (PostgreSQL manual, appendix A).
StoreError error_of(std::string_view state) {
    if (state == "23505") {
        return StoreError::conflict;
    }
    // The tenant or call that the row belongs to does not exist.
    if (state == "23503") {
        return StoreError::not_found;
    }
    // Connection, resources, operator (shutdown, time limit), rollback (deadlock), lock or system;
    // read-only (a standby that is about to take over), the session's state, no rights or no
    // database or table as yet: all may be otherwise in a moment.
    constexpr std::array<std::string_view, 11> transient{"08", "53", "57", "40",    "55",   "58",
                                                         "25", "28", "3D", "42P01", "42501"};
    const bool is_away = state.empty() || std::any_of(transient.begin(), transient.end(),
                                                      [&](std::string_view known) {
                                                          return state.starts_with(known);
                                                      });
    return is_away ? StoreError::unavailable : StoreError::corrupt;
}

SqlOutcome read_result(const PGresult* result) {
    SqlOutcome outcome;
    const int columns = PQnfields(result);
    for (int row = 0; row < PQntuples(result); ++row) {
        std::vector<std::optional<std::string>> cells;
        cells.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            if (PQgetisnull(result, row, column) != 0) {
                cells.emplace_back();
                continue;
            }
            const auto size = static_cast<std::size_t>(PQgetlength(result, row, column));
            cells.emplace_back(std::in_place, PQgetvalue(result, row, column), size);
        }
        outcome.rows.emplace_back(std::move(cells));
    }
    const std::string_view changed = PQcmdTuples(const_cast<PGresult*>(result));
    std::from_chars(changed.data(), changed.data() + changed.size(), outcome.changed);
    return outcome;
}

}  // namespace

std::unique_ptr<Connection> Connection::open(const PostgresOptions& options, std::string& reason) {
    // libpq gives each host of the URL that time, and 2 s are the least that it takes.
    const seconds patience = has_several_hosts(options.url.reveal())
                                 ? std::min(options.connect_timeout, seconds{2})
                                 : options.connect_timeout;
    const std::string timeout = std::to_string(patience.count());
    // Later ones win; the URL stands first so that it cannot switch these off.
    const std::array<const char*, 8> keys{
        "dbname",          "connect_timeout",     "application_name", "client_encoding",
        "keepalives_idle", "keepalives_interval", "keepalives_count", nullptr};
    const std::array<const char*, 8> values{options.url.reveal().c_str(),
                                            timeout.c_str(),
                                            "agent-studio",
                                            "UTF8",
                                            "10",
                                            "5",
                                            "3",
                                            nullptr};
    PGconn* handle = PQconnectdbParams(keys.data(), values.data(), 1);
    if (handle == nullptr || PQstatus(handle) != CONNECTION_OK) {
        // A URL that passed check_url() is taken apart as it was meant, so that libpq names host,
        // port and user here; the password is looked for all the same.
        reason = handle == nullptr ? "out of memory" : PQerrorMessage(handle);
        std::replace(reason.begin(), reason.end(), '\n', ' ');
        reason = hide_password(std::move(reason), handle);
        PQfinish(handle);
        return nullptr;
    }
    PQsetNoticeReceiver(handle, ignore_notice, nullptr);
    return std::make_unique<Connection>(handle, options);
}

Connection::Connection(PGconn* handle, const PostgresOptions& options)
    : handle_(handle),
      statement_timeout_(options.statement_timeout),
      begin_read_(begin_statement("BEGIN READ ONLY", options.statement_timeout)),
      begin_write_(begin_statement("BEGIN", options.statement_timeout)) {}

Connection::~Connection() {
    PQfinish(handle_);
}

Result<SqlOutcome, StoreError> Connection::execute(const char* sql,
                                                   std::span<const SqlValue> values) {
    if (broken_) {
        return fail(StoreError::unavailable);
    }
    std::vector<std::string> texts;
    texts.reserve(values.size());
    std::vector<const char*> pointers;
    for (const SqlValue& value : values) {
        const bool is_null = std::holds_alternative<std::monostate>(value);
        texts.push_back(is_null ? std::string() : text_of(value));
        pointers.push_back(is_null ? nullptr : texts.back().c_str());
    }
    // The unnamed statement: nothing of it stays in the session.
    if (PQsendQueryParams(handle_, sql, static_cast<int>(values.size()), nullptr, pointers.data(),
                          nullptr, nullptr, 0) == 0) {
        break_off(Trouble::lost);
        return fail(StoreError::unavailable);
    }
    const ResultHandle result = wait_for_result();
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        return fail(note_failure(result.get()));
    }
    return read_result(result.get());
}

Result<void, StoreError> Connection::execute_script(std::string_view sql) {
    if (broken_) {
        return fail(StoreError::unavailable);
    }
    if (PQsendQuery(handle_, std::string(sql).c_str()) == 0) {
        break_off(Trouble::lost);
        return fail(StoreError::unavailable);
    }
    const ResultHandle result = wait_for_result();
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        return fail(note_failure(result.get()));
    }
    return {};
}

Result<void, StoreError> Connection::begin(SqlAccess access) {
    trouble_ = Trouble::none;
    return execute_script(access == SqlAccess::write ? begin_write_ : begin_read_);
}

Result<void, StoreError> Connection::commit() {
    return execute_script("COMMIT");
}

void Connection::roll_back() {
    const Trouble trouble = trouble_;
    if (!broken_ && PQtransactionStatus(handle_) != PQTRANS_IDLE && !execute_script("ROLLBACK")) {
        break_off(trouble);
    }
    trouble_ = trouble;
}

bool Connection::is_usable() const {
    return !broken_ && PQtransactionStatus(handle_) == PQTRANS_IDLE;
}

Connection::ResultHandle Connection::wait_for_result() {
    const Instant deadline = read_clock() + statement_timeout_ + grace;
    ResultHandle last;
    while (true) {
        while (PQisBusy(handle_) != 0) {
            if (!wait_for_bytes(deadline)) {
                return nullptr;
            }
        }
        ResultHandle next(PQgetResult(handle_));
        if (next == nullptr) {
            break;
        }
        // Of several statements the first failure counts; the server ran none after it.
        const ExecStatusType status = PQresultStatus(last.get());
        if (last == nullptr || status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
            last = std::move(next);
        }
    }
    if (PQstatus(handle_) == CONNECTION_BAD) {
        broken_ = true;
    }
    return last;
}

bool Connection::wait_for_bytes(Instant deadline) {
    const auto left = duration_cast<milliseconds>(deadline - read_clock());
    pollfd waiting{PQsocket(handle_), POLLIN, 0};
    const int ready =
        left > milliseconds{0} ? ::poll(&waiting, 1, static_cast<int>(left.count())) : 0;
    if (ready == 0) {
        break_off(Trouble::timeout);
        return false;
    }
    if (PQconsumeInput(handle_) == 0) {
        break_off(Trouble::lost);
        return false;
    }
    return true;
}

void Connection::break_off(Trouble trouble) {
    trouble_ = trouble;
    message_ = trouble == Trouble::timeout ? "the database did not answer in time"
                                           : "the connection to the database was lost";
    broken_ = true;
}

StoreError Connection::note_failure(const PGresult* result) {
    const char* field = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string state = field == nullptr ? "" : field;
    const StoreError error = error_of(state);
    if (result != nullptr) {
        const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
        message_ = primary == nullptr ? PQresultErrorMessage(result) : primary;
        // 57014: the server ended the statement at its time limit.
        trouble_ = state.empty() || state.starts_with("08") || state.starts_with("57P")
                       ? Trouble::lost
                       : (state == "57014" ? Trouble::timeout : Trouble::refused);
    }
    if (state == "25006") {
        // The server takes no writes: a standby by now. The next connection looks for who does.
        break_off(Trouble::lost);
    }
    if (error == StoreError::unavailable || error == StoreError::corrupt) {
        // The server's message may quote values of rows, so only its code is logged.
        STUDIO_LOG(warning, "database_refused", {"sqlstate", state});
    }
    return error;
}

}  // namespace studio::adapters::postgres
