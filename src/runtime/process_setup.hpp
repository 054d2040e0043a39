#pragma once

namespace studio::runtime {

/// What every command owes the system, before it opens anything: files that it makes are for its
/// user alone, for they hold what people say, and descriptors 0 to 2 are open, so that no log line
/// goes into a database that got the number of a closed standard error. Once, from main.
void set_up_process();

/// Beside that, of a server: a log pipe that was closed (SIGPIPE), a terminal that went (SIGHUP)
/// and a limit on the size of files (SIGXFSZ) are no reason to end; writes then fail and are told
/// as what they are. Large blocks of memory go back to the system as soon as they are free. Once,
/// from main, before other threads.
void set_up_server_process();

}  // namespace studio::runtime
