#pragma once

#include "ports/provider_error.hpp"
#include "ports/web_socket.hpp"

namespace studio::adapters {

/// What the end of a connection to Deepgram means; which of them another stream may mend stands
/// with DeepgramSpeechToText.
[[nodiscard]] ProviderError error_of(const WebSocketEnd& end);

}  // namespace studio::adapters
