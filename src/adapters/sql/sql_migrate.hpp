#pragma once

#include <span>
#include <string>

#include "adapters/sql/sql_database.hpp"
#include "base/embedded_file.hpp"

namespace studio::adapters {

/// db/migrations, in the order of their numbers; built into the program. The n-th is version n.
[[nodiscard]] std::span<const EmbeddedFile> sql_migrations();

/// Applies the migrations that the database lacks, inside the present transaction, which the caller
/// commits and which must keep others out: a failure leaves the database as it was. The error is a
/// sentence; a database that knows a later version than `files` is refused.
[[nodiscard]] Result<void, std::string> apply_migrations(SqlConnection& connection,
                                                         std::span<const EmbeddedFile> files);

}  // namespace studio::adapters
