#pragma once

#include <istream>
#include <string>

#include "base/result.hpp"

namespace studio::replay {

/// Feeds the inputs of a call log to a new session, each at its time, and records that session in
/// turn. What comes back is the log of the replay: where the session did the same, it is the same
/// text. The error is for people: the log cannot be read, or asks for something that the session
/// does not have.
[[nodiscard]] Result<std::string, std::string> replay_call(std::istream& log);

}  // namespace studio::replay
