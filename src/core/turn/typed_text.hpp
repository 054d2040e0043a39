#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace studio::core {

/// What somebody typed, made fit for a history and a model: valid UTF-8 (RFC 3629; what is not is
/// left out), no control characters but line ends, no white space around it, at most `bytes_max`
/// bytes and no character cut. Hostile in, harmless out; empty where nothing is left.
[[nodiscard]] std::string clean_typed_text(std::string_view text, std::size_t bytes_max);

}  // namespace studio::core
