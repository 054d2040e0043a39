#include "adapters/sql/internal/readable_rows.hpp"

#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::adapters {

void report_unreadable(const char* table, const std::string& row) {
    metrics()
        .counter("studio_stored_rows_unreadable_total",
                 "Rows that were passed over since they could not be read, by table.",
                 "table=\"" + std::string(table) + '"')
        .add();
    STUDIO_LOG(error, "stored_row_unreadable", {"table", table}, {"row", row});
}

}  // namespace studio::adapters
