#include "adapters/espeak/internal/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "adapters/espeak/internal/spawn.hpp"

namespace studio::adapters::espeak {

namespace {

/// A file in memory: the program may read it or not, and nobody gets SIGPIPE.
int make_input(std::string_view text) {
    const int file = memfd_create("text", MFD_CLOEXEC);
    if (file >= 0 && (write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
                      lseek(file, 0, SEEK_SET) != 0)) {
        close(file);
        return -1;
    }
    return file;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, std::string_view input) {
    const int source = make_input(input);
    std::array<int, 2> ends{-1, -1};
    if (source < 0 || pipe2(ends.data(), O_CLOEXEC) != 0) {
        if (source >= 0) {
            close(source);
        }
        return;
    }
    child_ = spawn(arguments, source, ends[1]);
    close(source);
    close(ends[1]);
    output_ = ends[0];
}

Process::~Process() {
    if (output_ >= 0) {
        close(output_);
    }
    if (child_ > 0) {
        kill(child_, SIGKILL);
        while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

Process::Read Process::read(std::span<std::uint8_t> target, milliseconds patience,
                            std::size_t& size) {
    size = 0;
    pollfd waiting{.fd = output_, .events = POLLIN, .revents = 0};
    const int ready = poll(&waiting, 1, static_cast<int>(patience.count()));
    if (ready == 0 || (ready < 0 && errno == EINTR)) {
        return Read::nothing_yet;
    }
    const ssize_t count = ready < 0 ? -1 : ::read(output_, target.data(), target.size());
    if (count < 0) {
        return errno == EINTR ? Read::nothing_yet : Read::failed;
    }
    size = static_cast<std::size_t>(count);
    return count == 0 ? Read::end : Read::data;
}

bool Process::finish() {
    int status = 0;
    while (child_ > 0 && waitpid(child_, &status, 0) < 0) {
        if (errno != EINTR) {
            break;
        }
    }
    const bool was_open = child_ > 0;
    child_ = -1;
    return was_open && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace studio::adapters::espeak
