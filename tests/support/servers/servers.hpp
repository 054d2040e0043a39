#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace studio::testing {

/// The variable that tells where a server is, as with_servers.py sets it. A test without its
/// servers fails and says how to run it: one that is passed over proves nothing.
inline std::string server_address(const char* variable) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') {
        std::fprintf(stderr,
                     "%s is not set. Run this test with its servers:\n"
                     "  tests/support/with_servers.py postgres pgbouncer redis -- <this test>\n",
                     variable);
        std::exit(1);
    }
    return value;
}

/// Disturbs a server: `kill postgres`, `stop …`, `start …`, `pause …`, `resume …`. Blocks until it
/// is done; the answer is `ok` or says what went wrong.
inline std::string control_server(const std::string& order) {
    const std::string address = server_address("STUDIO_TEST_CONTROL");
    const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    target.sin_port =
        htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
    std::string answer;
    if (::connect(handle, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0) {
        const std::string line = order + '\n';
        static_cast<void>(::send(handle, line.data(), line.size(), MSG_NOSIGNAL));
        char letter = 0;
        while (::recv(handle, &letter, 1, 0) == 1 && letter != '\n') {
            answer += letter;
        }
    }
    ::close(handle);
    return answer;
}

}  // namespace studio::testing
