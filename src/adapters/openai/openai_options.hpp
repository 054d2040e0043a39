#pragma once

#include <cstddef>
#include <string>

#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace studio::adapters {

/// Where an OpenAI-compatible server is, and what it may cost us.
struct OpenaiOptions {
    /// Without a slash at the end.
    std::string base_url = "https://api.openai.com/v1";
    /// Empty for local servers that want none. It is sent to `base_url` only: an agent whose
    /// options name another base_url gets no key, or it could send the operator's key anywhere.
    Secret<std::string> api_key;
    /// Where the agent names no model and no voice.
    std::string language_model = "gpt-4o-mini";
    std::string speech_model = "gpt-4o-mini-tts";
    std::string voice = "alloy";
    /// The longest pause between two pieces of what was asked for. How long the first may take is
    /// the caller's business: ModelRequest::timeout, SynthesisRequest::timeout.
    milliseconds idle_timeout{10'000};
    /// The whole synthesis of one request.
    milliseconds synthesis_timeout{60'000};
    /// A streamed answer as JSON, or ten minutes of PCM.
    std::size_t response_bytes_max = 32U << 20U;
};

}  // namespace studio::adapters
