#include "adapters/spool/internal/spool_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "adapters/spool/spool_format.hpp"
#include "base/entropy.hpp"
#include "base/log.hpp"

namespace studio::adapters {

namespace {

constexpr const char* suffix = ".spool";
/// Of a file that is to take another's place.
constexpr const char* new_suffix = ".new";
constexpr std::size_t copy_bytes = std::size_t{1} << 20U;

/// Locked, and not erased by another that had it between our opening and our locking.
bool lock(int handle) {
    struct stat state {};
    return ::flock(handle, LOCK_EX | LOCK_NB) == 0 && ::fstat(handle, &state) == 0 &&
           state.st_nlink > 0;
}

bool write_all(int handle, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(handle, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

bool has_header(int handle) {
    std::string header(spool_header.size(), '\0');
    return ::pread(handle, header.data(), header.size(), 0) ==
               static_cast<ssize_t>(header.size()) &&
           header == spool_header;
}

}  // namespace

Result<std::shared_ptr<SpoolFile>, std::string> SpoolFile::create(const std::string& folder) {
    std::error_code error;
    if (std::filesystem::create_directories(folder, error)) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    }
    SystemEntropy entropy;
    // Another process that adopts may be faster with a new file than we are; then it has it.
    for (int attempt = 0; attempt < 8; ++attempt) {
        const std::string path = folder + "/calls-" + entropy.text(16) + suffix;
        const int handle = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC,
                                  S_IRUSR | S_IWUSR);
        if (handle < 0) {
            break;
        }
        if (lock(handle) && write_all(handle, bytes_of(spool_header)) && ::fsync(handle) == 0) {
            return std::make_shared<SpoolFile>(handle, path);
        }
        ::close(handle);
    }
    return fail("cannot make a spool file in '" + folder + "': " + std::strerror(errno));
}

std::vector<std::shared_ptr<SpoolFile>> SpoolFile::adopt(const std::string& folder) {
    std::vector<std::shared_ptr<SpoolFile>> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string path = entry->path().string();
        const bool is_half_made = entry->path().extension() == new_suffix;
        if (entry->path().extension() != suffix && !is_half_made) {
            continue;
        }
        // No link is followed: whoever may write the folder must not choose what we read.
        const int handle = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
        if (handle < 0) {
            continue;
        }
        if (!lock(handle)) {
            ::close(handle);
            continue;
        }
        auto file = std::make_shared<SpoolFile>(handle, path);
        if (is_half_made) {
            file->remove();  // The old one is still in its place.
        } else if (has_header(handle)) {
            files.push_back(std::move(file));
        } else if (::lseek(handle, 0, SEEK_END) == 0) {
            file->remove();
        } else {
            file->set_aside();
        }
    }
    return files;
}

SpoolFile::~SpoolFile() {
    struct stat state {};
    if (::fstat(handle_, &state) == 0 && state.st_nlink > 0 &&
        state.st_size <= static_cast<off_t>(spool_header.size())) {
        remove();
    }
    ::close(handle_);
}

bool SpoolFile::append(ByteView bytes) {
    struct stat state {};
    if (::fstat(handle_, &state) != 0) {
        return false;
    }
    if (write_all(handle_, bytes) && ::fdatasync(handle_) == 0) {
        return true;
    }
    STUDIO_LOG(error, "spool_not_written", {"why", std::strerror(errno)});
    if (::ftruncate(handle_, state.st_size) != 0) {
        STUDIO_LOG(error, "spool_not_cut", {"why", std::strerror(errno)});
    }
    return false;
}

Result<Bytes, std::string> SpoolFile::read(std::uint64_t offset, std::size_t size) const {
    Bytes bytes(size);
    std::size_t filled = 0;
    while (filled < size) {
        const ssize_t count = ::pread(handle_, bytes.data() + filled, size - filled,
                                      static_cast<off_t>(offset + filled));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return fail(std::string(std::strerror(errno)));
        }
        if (count == 0) {
            break;
        }
        filled += static_cast<std::size_t>(count);
    }
    bytes.resize(filled);
    return bytes;
}

bool SpoolFile::compact(std::uint64_t offset) {
    const std::string path = path_ + new_suffix;
    const int handle =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (handle < 0) {
        STUDIO_LOG(error, "spool_not_compacted", {"why", std::strerror(errno)});
        return false;
    }
    bool is_copied = lock(handle) && write_all(handle, bytes_of(spool_header));
    while (is_copied) {
        const auto bytes = read(offset, copy_bytes);
        is_copied = bytes && write_all(handle, *bytes);
        if (!is_copied || bytes->empty()) {
            break;
        }
        offset += bytes->size();
    }
    if (!is_copied || ::fdatasync(handle) != 0 || std::rename(path.c_str(), path_.c_str()) != 0) {
        STUDIO_LOG(error, "spool_not_compacted", {"why", std::strerror(errno)});
        ::unlink(path.c_str());
        ::close(handle);
        return false;
    }
    ::close(std::exchange(handle_, handle));
    return true;
}

bool SpoolFile::reset() {
    return ::ftruncate(handle_, static_cast<off_t>(spool_header.size())) == 0 &&
           ::fdatasync(handle_) == 0;
}

void SpoolFile::remove() {
    ::unlink(path_.c_str());
}

void SpoolFile::set_aside() {
    const std::string aside = path_ + ".damaged";
    STUDIO_LOG(error, "spool_damaged", {"kept_as", aside});
    static_cast<void>(std::rename(path_.c_str(), aside.c_str()));
}

}  // namespace studio::adapters
