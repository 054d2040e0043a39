#include "apps/config/key_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "protocol/net/address.hpp"

namespace studio::apps {
namespace {

/// More than a key has; what is longer is none.
constexpr std::size_t key_bytes_max = 256;

/// A file descriptor that is closed.
class File {
public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (is_open()) {
            ::close(descriptor_);
        }
    }
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    [[nodiscard]] int get() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace

std::string key_file_of(const std::string& database) {
    return database + ".key";
}

Result<bool, std::string> write_key_file(const std::string& path, const Secret<std::string>& key) {
    const std::string text = key.reveal() + '\n';
    // Beside it and then in its place: never half a key, and never through somebody's link.
    const std::string fresh = path + ".new";
    ::unlink(fresh.c_str());
    const File file(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open() ||
        ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::rename(fresh.c_str(), path.c_str()) != 0) {
        return fail("the API key could not be written to " + path);
    }
    return true;
}

std::optional<Secret<std::string>> read_key_file(const std::string& path) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return std::nullopt;
    }
    std::array<char, key_bytes_max> buffer{};
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size <= 0) {
        return std::nullopt;
    }
    const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    const std::string_view line = text.substr(0, text.find('\n'));
    return line.empty() ? std::nullopt : std::optional(Secret<std::string>(std::string(line)));
}

bool is_local_url(const std::string& url) {
    std::string_view rest = url;
    const std::size_t scheme = rest.find("://");
    rest.remove_prefix(scheme == std::string_view::npos ? 0 : scheme + 3);
    rest = rest.substr(0, rest.find_first_of("/?#\\"));
    if (rest.find('@') != std::string_view::npos) {
        return false;
    }
    if (rest.starts_with('[')) {
        rest = rest.substr(1, rest.find(']') - 1);
    } else {
        rest = rest.substr(0, rest.find(':'));
    }
    const auto address = net::Address::parse(rest, 0);
    return rest == "localhost" || (address && address->is_loopback());
}

}  // namespace studio::apps
