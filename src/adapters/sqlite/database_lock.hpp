#pragma once

#include <string>

#include "base/result.hpp"

namespace studio::adapters {

/// That one process alone serves from a database file: `<file>.lock`, locked for as long as this
/// object lives and gone with the process, however that ends (flock(2)). SQLite's own locks let
/// several processes write, which is right for tools but not for a second server, that would take
/// the first one's calls for those of a dead process. Any thread.
class DatabaseLock {
public:
    /// The error is a sentence for whoever starts the program; where the database is in use it
    /// names the process. A database without a file (`:memory:`) is always free.
    [[nodiscard]] static Result<DatabaseLock, std::string> take(const std::string& path);

    DatabaseLock(DatabaseLock&& other) noexcept;
    DatabaseLock& operator=(DatabaseLock&& other) noexcept;
    DatabaseLock(const DatabaseLock&) = delete;
    DatabaseLock& operator=(const DatabaseLock&) = delete;
    ~DatabaseLock();

private:
    explicit DatabaseLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_ = -1;
};

}  // namespace studio::adapters
