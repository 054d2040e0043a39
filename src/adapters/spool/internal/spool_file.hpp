#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace studio::adapters {

/// One spool file, locked as long as this object lives, readable by its owner only. Every function
/// blocks. One thread at a time.
class SpoolFile {
public:
    /// Makes `folder` where it does not exist and a new file in it. The error is a sentence.
    [[nodiscard]] static Result<std::shared_ptr<SpoolFile>, std::string> create(
        const std::string& folder);
    /// Files in `folder` that nobody holds: their processes are gone.
    [[nodiscard]] static std::vector<std::shared_ptr<SpoolFile>> adopt(const std::string& folder);

    SpoolFile(int handle, std::string path) : handle_(handle), path_(std::move(path)) {}
    SpoolFile(const SpoolFile&) = delete;
    SpoolFile& operator=(const SpoolFile&) = delete;
    /// Closes and unlocks; an own file without entries is removed.
    ~SpoolFile();

    /// Adds bytes and waits until they are on disk. After a failure the file is as before.
    [[nodiscard]] bool append(ByteView bytes);
    /// Up to `size` bytes; fewer at the end.
    [[nodiscard]] Result<Bytes, std::string> read(std::uint64_t offset, std::size_t size) const;
    /// Erases what is before `offset`, by a new file in the place of the old one: a crash leaves
    /// one of both. After a failure the file is as before.
    [[nodiscard]] bool compact(std::uint64_t offset);
    /// Erases all entries.
    [[nodiscard]] bool reset();
    /// Erases the file.
    void remove();
    /// Keeps the file for people, under a name that nobody adopts.
    void set_aside();

private:
    int handle_;
    std::string path_;
};

}  // namespace studio::adapters
