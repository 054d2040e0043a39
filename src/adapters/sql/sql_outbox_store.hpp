#pragma once

#include "adapters/sql/sql_database.hpp"
#include "ports/outbox_store.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// OutboxStore in an SQL database. One object per loop, all on the same database; used on its loop
/// only. It and the database outlive its tasks. Claims end by the civil clock of whoever looks, so
/// they are to be much longer than the clocks of machines differ.
class SqlOutboxStore final : public OutboxStore {
public:
    SqlOutboxStore(SqlDatabase& database, runtime::Loop& loop) : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<std::vector<OutboxEvent>> take(std::uint32_t limit,
                                                         milliseconds claim) override;
    [[nodiscard]] Outcome<bool> mark_delivered(std::vector<std::string> ids) override;
    [[nodiscard]] Outcome<OutboxBacklog> backlog() override;
    [[nodiscard]] Outcome<std::uint64_t> erase_delivered(WallTime before) override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
