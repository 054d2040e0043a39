#pragma once

#include "adapters/openai/openai_options.hpp"
#include "base/json.hpp"
#include "ports/language_model.hpp"

namespace studio::adapters::openai {

/// The body of `POST /chat/completions` for a streamed answer (OpenAI API reference, "Chat"); its
/// messages are those of make_strict().
[[nodiscard]] Json make_chat_body(const ModelRequest& request, const OpenaiOptions& options);

}  // namespace studio::adapters::openai
