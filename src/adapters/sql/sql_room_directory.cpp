#include "adapters/sql/sql_room_directory.hpp"

#include <utility>

#include "adapters/sql/internal/call_rows.hpp"

namespace studio::adapters {

namespace {

Result<core::CallRecord, StoreError> select_by_room(SqlConnection& connection,
                                                    const std::string& room_name) {
    // A room's name may be used again after its call: the newest is meant.
    const auto row = SqlQuery(connection, "SELECT " STUDIO_CALL_READ_COLUMNS
                                          " FROM calls WHERE room_name = $1 AND room_name <> ''"
                                          " ORDER BY created_at DESC, id DESC LIMIT 1")
                         .bind(room_name)
                         .row();
    if (!row) {
        return fail(row.error());
    }
    return read_call(*row);
}

}  // namespace

Task<Result<core::CallRecord, StoreError>> SqlRoomDirectory::find_by_room(std::string room_name) {
    return database_.run(loop_, SqlAccess::read,
                         [room_name = std::move(room_name)](SqlConnection& connection) {
                             return select_by_room(connection, room_name);
                         });
}

}  // namespace studio::adapters
