#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/net/address.hpp"

namespace studio::stun {

/// The two class bits of the message type (RFC 8489, section 5).
enum class MessageClass : std::uint8_t { request = 0, indication = 1, success = 2, error = 3 };

/// The only method that ICE uses.
inline constexpr std::uint16_t binding_method = 0x001;

/// Error codes that we send or act on (RFC 8489, section 14.8; RFC 8445, section 7.3.1.1).
inline constexpr std::uint16_t error_bad_request = 400;
inline constexpr std::uint16_t error_unauthenticated = 401;
inline constexpr std::uint16_t error_unknown_attribute = 420;
inline constexpr std::uint16_t error_role_conflict = 487;

using TransactionId = std::array<std::uint8_t, 12>;

/// No message of ours or of a sane peer is longer; longer datagrams are refused unread.
inline constexpr std::size_t message_bytes_max = 1280;
/// How many unknown attributes are listed in an answer.
inline constexpr std::size_t unknown_attributes_max = 8;

enum class ParseError : std::uint8_t {
    /// Not a STUN message of RFC 8489 (cookie, length, attribute bounds).
    malformed,
    /// It carries a FINGERPRINT that does not fit its bytes.
    wrong_fingerprint,
};

/// A message taken apart. Views point into the datagram. Nothing in it is trusted before
/// is_authentic() said so.
struct Message {
    MessageClass message_class = MessageClass::request;
    std::uint16_t method = binding_method;
    TransactionId transaction{};
    std::optional<std::string_view> username;
    std::optional<net::Address> mapped_address;
    std::optional<std::uint32_t> priority;
    bool use_candidate = false;
    /// The tie-breaker of an agent that believes to be controlling or controlled.
    std::optional<std::uint64_t> controlling;
    std::optional<std::uint64_t> controlled;
    /// 300..699, of an error response.
    std::optional<std::uint16_t> error_code;
    bool has_fingerprint = false;
    /// Attributes that we do not know but would have to (type below 0x8000).
    std::array<std::uint16_t, unknown_attributes_max> unknown{};
    std::size_t unknown_count = 0;
    /// Where MESSAGE-INTEGRITY starts in `bytes`; nothing where there is none.
    std::optional<std::size_t> integrity_offset;
    ByteView bytes;
};

/// Takes a hostile datagram apart. Of an attribute that occurs twice the first counts, and what
/// follows MESSAGE-INTEGRITY is ignored except FINGERPRINT (RFC 8489, section 14.5). Pure.
[[nodiscard]] Result<Message, ParseError> parse_message(ByteView datagram);

/// Whether the message carries a MESSAGE-INTEGRITY (HMAC-SHA1) made with this short-term password.
[[nodiscard]] bool is_authentic(const Message& message, std::string_view password);

/// Writes one message over `target`, which keeps its capacity between messages.
class MessageWriter {
public:
    MessageWriter(Bytes& target, MessageClass message_class, const TransactionId& transaction);

    /// At most 513 bytes (RFC 8489, section 14.3).
    void username(std::string_view text);
    void xor_mapped_address(const net::Address& address);
    void priority(std::uint32_t value);
    void use_candidate();
    void controlling(std::uint64_t tie_breaker);
    void controlled(std::uint64_t tie_breaker);
    void error_code(std::uint16_t code, std::string_view reason);
    void unknown_attributes(const Message& request);

    /// MESSAGE-INTEGRITY with the password, then FINGERPRINT: the message is complete.
    void finish(std::string_view password);
    /// FINGERPRINT only, for messages to strangers.
    void finish_unauthenticated();

private:
    void start_attribute(std::uint16_t type, std::size_t size);
    void pad();
    /// Sets the length field as if the message ended `extra` bytes from here.
    void set_length(std::size_t extra);

    Bytes& target_;
    ByteWriter writer_;
};

}  // namespace studio::stun
