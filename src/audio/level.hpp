#pragma once

#include <cstdint>
#include <span>

namespace studio::audio {

/// What level_dbfs() says of silence: below the quietest that 16 bits can hold (-90.3 dBFS).
inline constexpr double silence_dbfs = -100.0;

/// The root mean square of a block in decibels below full scale, where a square wave of full scale
/// has 0 and a sine -3.01. Between silence_dbfs and 0; silence_dbfs for an empty block.
[[nodiscard]] double level_dbfs(std::span<const std::int16_t> samples);

}  // namespace studio::audio
