#pragma once

#include <span>
#include <string>

#include "adapters/sqlite/internal/connection.hpp"
#include "base/embedded_file.hpp"

namespace studio::adapters {

/// db/migrations, in the order of their numbers; built into the program.
[[nodiscard]] std::span<const EmbeddedFile> sqlite_migrations();

namespace sqlite {

/// Applies the migrations that the database lacks, all in one transaction: a start that fails
/// leaves the database as it was. The n-th file is version n. The error is a sentence; a database
/// that knows a later version than `files` is refused.
[[nodiscard]] Result<void, std::string> migrate(Connection& connection,
                                                std::span<const EmbeddedFile> files);

}  // namespace sqlite
}  // namespace studio::adapters
