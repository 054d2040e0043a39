#include "adapters/espeak/internal/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

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
    std::vector<char*> words;
    for (const std::string& argument : arguments) {
        words.push_back(const_cast<char*>(argument.c_str()));
    }
    words.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, source, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    // The server blocks and ignores signals of its own; the program starts with none of that.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (posix_spawnp(&child_, words[0], &actions, &attributes, words.data(), environ) != 0) {
        child_ = -1;
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
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
