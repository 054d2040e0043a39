#pragma once

#include <string>

#include "base/json.hpp"

namespace studio::test {

/// Why the strictest server of the chat completions protocol refuses this request, in a sentence;
/// empty where it takes it. It joins what hosted servers check (tool calls and their results, ids,
/// names, empty content) with what local ones do whose chat templates throw (one system message,
/// first; user and assistant in turn, user first; the last word is not the assistant's).
[[nodiscard]] std::string find_chat_fault(const Json& body);

}  // namespace studio::test
