#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/sql/sql_database.hpp"

namespace studio::adapters::postgres {

/// Why a statement or a transaction did not work, beyond what the store's caller is told.
enum class Trouble : std::uint8_t { none, lost, timeout, refused };

/// One connection. One thread at a time. After trouble that leaves its state unknown it is broken
/// and answers `unavailable` to everything.
class Connection final : public SqlConnection {
public:
    /// Connects, blocking. nullptr where that fails; `reason` then says why in libpq's words, with
    /// host, port and user, without any part of the password.
    [[nodiscard]] static std::unique_ptr<Connection> open(const PostgresOptions& options,
                                                          std::string& reason);

    Connection(PGconn* handle, const PostgresOptions& options);
    ~Connection() override;

    [[nodiscard]] Result<SqlOutcome, StoreError> execute(const char* sql,
                                                         std::span<const SqlValue> values) override;
    [[nodiscard]] Result<void, StoreError> execute_script(std::string_view sql) override;
    [[nodiscard]] std::string message() const override { return message_; }

    /// Begins a transaction; each statement in it has the time limit.
    [[nodiscard]] Result<void, StoreError> begin(SqlAccess access);
    /// Ends it; after a failure of ROLLBACK the connection is broken.
    [[nodiscard]] Result<void, StoreError> commit();
    void roll_back();

    /// Whether another transaction can be run on it.
    [[nodiscard]] bool is_usable() const;
    [[nodiscard]] Trouble last_trouble() const { return trouble_; }
    /// Since when nobody uses it.
    [[nodiscard]] Instant idle_since() const { return idle_since_; }
    void set_idle_since(Instant now) { idle_since_ = now; }

private:
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    using ResultHandle = std::unique_ptr<PGresult, Clear>;

    // The last result of what was sent; null and broken where the connection is lost or the
    // deadline passed.
    [[nodiscard]] ResultHandle wait_for_result();
    [[nodiscard]] bool wait_for_bytes(Instant deadline);
    void break_off(Trouble trouble);
    // Notes and logs why `result`, which may be null, is no success.
    [[nodiscard]] StoreError note_failure(const PGresult* result);

    PGconn* handle_;
    milliseconds statement_timeout_;
    std::string begin_read_;
    std::string begin_write_;
    std::string message_;
    Trouble trouble_ = Trouble::none;
    bool broken_ = false;
    Instant idle_since_{};
};

}  // namespace studio::adapters::postgres
