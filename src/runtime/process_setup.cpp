#include "runtime/process_setup.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <initializer_list>

namespace studio::runtime {
namespace {

constexpr mode_t for_nobody_else = 077;
/// From here a block is of its own and goes back as soon as it is freed. Set, glibc does not raise
/// it when such a block is freed, which it otherwise does up to 32 MiB.
constexpr int own_block_bytes = 256 * 1'024;
/// So much free memory at a heap's end is kept for the next.
constexpr int kept_bytes = 1'024 * 1'024;

}  // namespace

void set_up_process() {
    ::umask(for_nobody_else);
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
            // The lowest free number, which is this one.
            static_cast<void>(::open("/dev/null", O_RDWR));
        }
    }
}

void set_up_server_process() {
    for (const int number : {SIGPIPE, SIGHUP, SIGXFSZ}) {
        static_cast<void>(std::signal(number, SIG_IGN));
    }
    ::mallopt(M_MMAP_THRESHOLD, own_block_bytes);
    ::mallopt(M_TRIM_THRESHOLD, kept_bytes);
}

}  // namespace studio::runtime
