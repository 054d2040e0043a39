#include "adapters/sqlite/database_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace studio::adapters {
namespace {

constexpr mode_t owner_only = 0600;

/// The process that wrote itself into the lock; empty where it cannot be read.
std::string read_holder(int descriptor) {
    std::array<char, 16> text{};
    const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

void write_holder(int descriptor) {
    // For people only: a lock without it is as good.
    const std::string text = std::to_string(::getpid());
    if (::ftruncate(descriptor, 0) == 0) {
        [[maybe_unused]] const ssize_t written = ::pwrite(descriptor, text.data(), text.size(), 0);
    }
}

}  // namespace

Result<DatabaseLock, std::string> DatabaseLock::take(const std::string& path) {
    if (path == ":memory:") {
        return DatabaseLock(-1);
    }
    // Whatever way leads to the file, the lock is the same.
    std::error_code error;
    const auto real = std::filesystem::weakly_canonical(path, error);
    const std::string lock_path = (error ? path : real.string()) + ".lock";
    const int descriptor =
        ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, owner_only);
    if (descriptor < 0) {
        return fail("cannot use database '" + path + "': " + lock_path + ": " +
                    std::strerror(errno));
    }
    DatabaseLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        const std::string holder = read_holder(descriptor);
        return fail("the database '" + path + "' is in use by another server" +
                    (holder.empty() ? std::string() : ", process " + holder) +
                    "; stop that one, or name another file with --database");
    }
    write_holder(descriptor);
    return lock;
}

DatabaseLock::DatabaseLock(DatabaseLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DatabaseLock& DatabaseLock::operator=(DatabaseLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

DatabaseLock::~DatabaseLock() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

}  // namespace studio::adapters
