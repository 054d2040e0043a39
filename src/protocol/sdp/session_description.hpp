#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace studio::sdp {

/// Who sends, seen from the writer of the description (RFC 8866, section 6.7).
enum class Direction : std::uint8_t { sendrecv, sendonly, recvonly, inactive };

/// Who opens the DTLS handshake (RFC 4145, RFC 8842).
enum class Setup : std::uint8_t { actpass, active, passive };

/// What may stand at session level for all sections, or in one section for itself.
struct TransportDescription {
    std::string ice_ufrag;
    std::string ice_password;
    /// The text after "a=fingerprint:".
    std::vector<std::string> fingerprints;
    std::optional<Setup> setup;
    /// "candidate:…", without "a=".
    std::vector<std::string> candidates;
    bool end_of_candidates = false;
};

/// One payload format of an audio or video section.
struct Format {
    std::uint8_t payload_type = 0;
    /// As written: "opus", "PCMU", "telephone-event"; also filled in for static types without
    /// rtpmap (RFC 3551, table 4: 0 and 8).
    std::string encoding;
    std::uint32_t clock_rate_hz = 0;
    std::uint8_t channels = 1;
    /// The text after the payload type of "a=fmtp".
    std::string parameters;
    /// "nack", "transport-cc", …
    std::vector<std::string> feedback;
};

struct Source {
    std::uint32_t ssrc = 0;
    std::string cname;
};

struct HeaderExtension {
    std::uint8_t id = 0;
    std::string uri;
};

/// One "m=" section.
struct MediaDescription {
    /// "audio", "video", "application".
    std::string kind;
    /// 0 refuses the section, 9 stands for "see ICE".
    std::uint16_t port = 9;
    /// "UDP/TLS/RTP/SAVPF", "UDP/DTLS/SCTP".
    std::string protocol;
    /// The words after the protocol: payload types, or "webrtc-datachannel".
    std::vector<std::string> format_words;
    std::string mid;
    Direction direction = Direction::sendrecv;
    TransportDescription transport;
    bool rtcp_mux = false;
    bool rtcp_reduced_size = false;
    bool bundle_only = false;
    std::vector<Format> formats;
    std::vector<Source> sources;
    /// "<stream> <track>", empty where absent.
    std::string msid;
    std::vector<HeaderExtension> extensions;
    std::optional<std::uint16_t> sctp_port;
    /// 0 means no limit (RFC 8841, section 6.1).
    std::optional<std::uint64_t> max_message_bytes;
};

/// A session description as WebRTC uses it (RFC 8866, 8829, 8839, 8843). A plain value: unknown
/// lines and attributes are passed over when it is read.
struct SessionDescription {
    std::string session_id = "0";
    std::uint64_t session_version = 0;
    TransportDescription transport;
    bool ice_lite = false;
    /// "trickle" among "a=ice-options".
    bool ice_trickle = false;
    bool extmap_allow_mixed = false;
    /// The mids of each "a=group:BUNDLE".
    std::vector<std::vector<std::string>> bundles;
    std::vector<MediaDescription> media;

    /// What holds for a section: its own, where absent the session's.
    [[nodiscard]] const std::string& ufrag_of(const MediaDescription& section) const;
    [[nodiscard]] const std::string& password_of(const MediaDescription& section) const;
    [[nodiscard]] const std::vector<std::string>& fingerprints_of(
        const MediaDescription& section) const;
    [[nodiscard]] std::optional<Setup> setup_of(const MediaDescription& section) const;
};

enum class SdpError : std::uint8_t {
    /// A line is not "<letter>=<text>", or the first is not "v=0".
    malformed,
    /// A value that we rely on cannot be read (port, payload type, ssrc, ICE credentials).
    bad_value,
    /// More bytes, sections, formats or candidates than any honest description has.
    too_large,
};

inline constexpr std::size_t description_bytes_max = 64 * 1024;
inline constexpr std::size_t sections_max = 32;
inline constexpr std::size_t formats_max = 64;
inline constexpr std::size_t candidates_max = 64;
inline constexpr std::size_t list_items_max = 32;

/// Reads hostile text of any length; line ends may be CRLF or LF. Pure.
[[nodiscard]] Result<SessionDescription, SdpError> parse_description(std::string_view text);

/// CRLF line ends. What it writes, parse_description reads back the same.
[[nodiscard]] std::string serialize_description(const SessionDescription& description);

}  // namespace studio::sdp
