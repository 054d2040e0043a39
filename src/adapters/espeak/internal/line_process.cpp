#include "adapters/espeak/internal/line_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "adapters/espeak/internal/spawn.hpp"

namespace studio::adapters::espeak {

namespace {

/// Whether the file is ready, or broken, by then.
bool wait_for(int file, short events, LineProcess::Deadline deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd waiting{.fd = file, .events = events, .revents = 0};
        const int ready =
            poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready > 0) {
            return true;
        }
        if (ready == 0 || errno != EINTR) {
            return false;
        }
    }
}

}  // namespace

LineProcess::LineProcess(const std::vector<std::string>& arguments) {
    std::array<int, 2> ends{-1, -1};
    std::array<int, 2> output{-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return;
    }
    input_ = ends[0];
    if (pipe2(output.data(), O_CLOEXEC) == 0) {
        output_ = output[0];
        child_ = spawn(arguments, ends[1], output[1]);
        close(output[1]);
    }
    close(ends[1]);
}

LineProcess::~LineProcess() {
    for (const int file : {input_, output_}) {
        if (file >= 0) {
            close(file);
        }
    }
    if (child_ > 0) {
        kill(child_, SIGKILL);
        while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

bool LineProcess::send(std::string_view lines, Deadline deadline) {
    while (!lines.empty()) {
        const ssize_t count =
            ::send(input_, lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) {
            lines.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            if (!wait_for(input_, POLLOUT, deadline)) {
                return false;
            }
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

bool LineProcess::receive(std::string& target, Deadline deadline) {
    if (!wait_for(output_, POLLIN, deadline)) {
        return false;
    }
    std::array<char, 4'096> bytes{};
    const ssize_t count = ::read(output_, bytes.data(), bytes.size());
    if (count <= 0) {
        return count < 0 && errno == EINTR;
    }
    target.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
}

bool LineProcess::is_out_of_step() const {
    // Its end of the pipe closed is readable too.
    return wait_for(output_, POLLIN, std::chrono::steady_clock::now());
}

}  // namespace studio::adapters::espeak
