#pragma once

#include <cstdint>
#include <span>

namespace studio::audio {

/// G.711 companding (ITU-T G.711, 11/1988) at 8 kHz: RTP payload types 0 (PCMU) and 8 (PCMA) of
/// RFC 3551. One byte a sample. Pure functions; any byte is a valid code.

/// The code of mu-law for one 16-bit sample; loses at most the 4 lowest bits of small samples.
[[nodiscard]] std::uint8_t encode_pcmu(std::int16_t sample);
[[nodiscard]] std::int16_t decode_pcmu(std::uint8_t code);

/// The code of A-law for one 16-bit sample, with the even bits inverted as on the wire.
[[nodiscard]] std::uint8_t encode_pcma(std::int16_t sample);
[[nodiscard]] std::int16_t decode_pcma(std::uint8_t code);

/// Whole blocks. Precondition: both spans have the same size.
void encode_pcmu(std::span<const std::int16_t> samples, std::span<std::uint8_t> codes);
void decode_pcmu(std::span<const std::uint8_t> codes, std::span<std::int16_t> samples);
void encode_pcma(std::span<const std::int16_t> samples, std::span<std::uint8_t> codes);
void decode_pcma(std::span<const std::uint8_t> codes, std::span<std::int16_t> samples);

}  // namespace studio::audio
