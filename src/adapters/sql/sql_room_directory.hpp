#pragma once

#include "adapters/sql/sql_database.hpp"
#include "ports/room_directory.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// RoomDirectory in an SQL database. One object per loop, used on its loop only; it and the
/// database outlive its tasks.
class SqlRoomDirectory final : public RoomDirectory {
public:
    SqlRoomDirectory(SqlDatabase& database, runtime::Loop& loop)
        : database_(database), loop_(loop) {}

    [[nodiscard]] Task<Result<core::CallRecord, StoreError>> find_by_room(
        std::string room_name) override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
