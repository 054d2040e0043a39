#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "audio/frame.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

namespace studio::audio {

/// The longest Opus packet is 120 ms (RFC 6716, section 3.2.5), at 16 kHz.
inline constexpr std::size_t opus_packet_samples_max = 1'920;
/// A frame of Opus has at most 1275 bytes (RFC 6716, section 3.2.1), and the encoder makes one
/// frame a packet; one more byte says what it is.
inline constexpr std::size_t opus_packet_bytes_max = 1'276;

struct OpusEncoderOptions {
    /// 6'000 to 128'000. 24 kbit/s is transparent for wideband voice and leaves room for FEC.
    int bitrate_bps = 24'000;
    /// 0 (cheap) to 10. bench/audio measured, for one frame with FEC: 49 us at 0, 55 at 1, 105 at
    /// 2, 145 at 5, 303 at 10. At 1 a talking agent costs 0.3 % of a core; the gain above it is
    /// hard to hear for synthetic wideband voices at this bitrate.
    int complexity = 1;
    /// Whether each packet carries a coarse copy of the one before (in-band FEC).
    bool forward_error_correction = true;
    /// 0 to 100. At 0 the encoder spends nothing on FEC.
    int expected_loss_percent = 10;
};

/// Encodes one stream of voice: 20 ms at 16 kHz in, one packet out (RFC 6716), no discontinuous
/// transmission. Allocates when made, never afterwards. One owner.
class OpusEncoder {
public:
    /// Precondition: the options are within their ranges.
    explicit OpusEncoder(const OpusEncoderOptions& options);
    ~OpusEncoder();
    OpusEncoder(OpusEncoder&&) noexcept;
    OpusEncoder& operator=(OpusEncoder&&) noexcept;

    /// Writes the packet to `target` and returns that part of it. Never empty where `target` has
    /// opus_packet_bytes_max bytes, which is a precondition.
    [[nodiscard]] ByteView encode(const Frame& frame, std::span<std::uint8_t> target);
    /// What RTCP reports of the way to the peer: 0 to 100, clamped.
    void set_expected_loss(int percent);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

enum class OpusError : std::uint8_t {
    /// The packet is not what RFC 6716 allows. The decoder goes on with the next.
    malformed,
};

/// Decodes one stream to mono at 16 kHz, whatever the sender's rate, channels and packet duration.
/// Packets are hostile. Allocates when made, never afterwards. One owner.
class OpusDecoder {
public:
    OpusDecoder();
    ~OpusDecoder();
    OpusDecoder(OpusDecoder&&) noexcept;
    OpusDecoder& operator=(OpusDecoder&&) noexcept;

    /// Returns the number of samples written: 40 (2.5 ms) to opus_packet_samples_max, which
    /// `target` must hold. An empty packet is malformed.
    [[nodiscard]] Result<std::size_t, OpusError> decode(ByteView packet,
                                                        std::span<std::int16_t> target);
    /// Fills `target` with a guess of what a lost packet held; fades out when repeated.
    /// Precondition: whole multiples of 40 samples (2.5 ms), at most opus_packet_samples_max.
    void conceal(std::span<std::int16_t> target);
    /// Fills `target` with what `next_packet` knows of the lost packet before it; a guess, as
    /// conceal() makes it, where it knows nothing or is malformed. Precondition as for conceal().
    /// To be followed by decode(next_packet).
    void decode_fec(ByteView next_packet, std::span<std::int16_t> target);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// How long a packet lasts in samples at 48 kHz, the clock of its RTP timestamps (RFC 7587): 120 to
/// 5760; nothing where it is malformed. Reads the header only.
[[nodiscard]] std::optional<std::uint32_t> opus_packet_ticks(ByteView packet);

}  // namespace studio::audio
