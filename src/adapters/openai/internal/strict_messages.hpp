#pragma once

#include <vector>

#include "ports/language_model.hpp"

namespace studio::adapters::openai {

/// The same conversation in the form that the strictest server of the chat completions protocol
/// takes: hosted ones check roles and tool calls, local ones render chat templates that throw. One
/// message that is refused would be refused again with every later request of the call.
///
/// - One system message, first, where there is one at all. Later ones are remarks on what
///   happened: they are put, in square brackets, before the caller's next words.
/// - Then user and assistant in turn, user first; the same role twice becomes one message. What is
///   missing is filled with a remark in square brackets: an agent that speaks first answers one.
/// - After an assistant's tool calls each call's result, once, in the order of the calls; then the
///   assistant again. A result that is missing says so, one that nobody asked for is left out.
/// - The last message is the user's or a tool's.
/// - Ids of tool calls are unique, of `[a-zA-Z0-9_-]`, 1 to 40; names of the same, 1 to 64 (OpenAI
///   API reference, "Chat"); arguments are the text of a JSON object.
/// - No content is empty, but that of an assistant with tool calls; all text is valid UTF-8
///   without NUL.
[[nodiscard]] std::vector<ModelMessage> make_strict(std::vector<ModelMessage> messages);

}  // namespace studio::adapters::openai
