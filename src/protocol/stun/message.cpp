#include "protocol/stun/message.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/constant_time.hpp"

namespace studio::stun {
namespace {

constexpr std::size_t header_bytes = 20;
constexpr std::size_t integrity_bytes = 20;
constexpr std::size_t attribute_header_bytes = 4;
constexpr std::uint32_t magic_cookie = 0x2112A442;
// RFC 8489, section 14.7: keeps the checksum apart from protocols that end in a plain CRC-32.
constexpr std::uint32_t fingerprint_mask = 0x5354554E;

// RFC 8489, section 18.3; RFC 8445, section 20.
namespace attribute {
constexpr std::uint16_t username = 0x0006;
constexpr std::uint16_t message_integrity = 0x0008;
constexpr std::uint16_t error_code = 0x0009;
constexpr std::uint16_t unknown_attributes = 0x000A;
constexpr std::uint16_t message_integrity_sha256 = 0x001C;
constexpr std::uint16_t xor_mapped_address = 0x0020;
constexpr std::uint16_t priority = 0x0024;
constexpr std::uint16_t use_candidate = 0x0025;
constexpr std::uint16_t fingerprint = 0x8028;
constexpr std::uint16_t ice_controlled = 0x8029;
constexpr std::uint16_t ice_controlling = 0x802A;
}  // namespace attribute

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t index = 0; index < 256; ++index) {
        std::uint32_t value = index;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1U) != 0 ? (value >> 1U) ^ 0xEDB88320U : value >> 1U;
        }
        table[index] = value;
    }
    return table;
}

// CRC-32 of ITU V.42, as RFC 8489, section 14.7 wants it.
std::uint32_t crc32(ByteView bytes) {
    static constexpr std::array<std::uint32_t, 256> table = make_crc_table();
    std::uint32_t value = 0xFFFFFFFF;
    for (const std::uint8_t byte : bytes) {
        value = (value >> 8U) ^ table[(value ^ byte) & 0xFFU];
    }
    return ~value;
}

std::uint32_t fingerprint_of(ByteView bytes) {
    return crc32(bytes) ^ fingerprint_mask;
}

constexpr std::size_t padded(std::size_t size) {
    return (size + 3U) & ~std::size_t{3};
}

std::array<std::uint8_t, integrity_bytes> hmac_sha1(std::string_view key, ByteView bytes) {
    std::array<std::uint8_t, integrity_bytes> digest{};
    unsigned size = 0;
    const unsigned char* made = ::HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
                                       bytes.data(), bytes.size(), digest.data(), &size);
    STUDIO_CHECK(made != nullptr && size == integrity_bytes, "OpenSSL always has HMAC-SHA1");
    return digest;
}

// XOR-MAPPED-ADDRESS is its own inverse (RFC 8489, section 14.2).
std::array<std::uint8_t, 16> mask_of(const TransactionId& transaction) {
    std::array<std::uint8_t, 16> mask = {0x21, 0x12, 0xA4, 0x42};
    std::ranges::copy(transaction, mask.begin() + 4);
    return mask;
}

std::optional<net::Address> read_xor_address(ByteView value, const TransactionId& transaction) {
    ByteReader reader(value);
    reader.skip(1);
    const std::uint8_t family = reader.u8();
    const auto port = static_cast<std::uint16_t>(reader.u16() ^ (magic_cookie >> 16U));
    const std::size_t size = family == 1 ? 4 : 16;
    if (!reader.ok() || (family != 1 && family != 2) || reader.remaining() != size) {
        return std::nullopt;
    }
    std::array<std::uint8_t, 16> ip{};
    const std::array<std::uint8_t, 16> mask = mask_of(transaction);
    std::ranges::transform(reader.rest(), mask, ip.begin(),
                           [](std::uint8_t a, std::uint8_t b) { return a ^ b; });
    return net::Address::from_bytes(ByteView(ip).first(size), port);
}

template <class Value>
void set_once(std::optional<Value>& target, Value value) {
    if (!target) {
        target = value;
    }
}

// False where a known attribute has the wrong form.
bool read_attribute(Message& message, std::uint16_t type, ByteView value) {
    ByteReader reader(value);
    switch (type) {
        case attribute::username:
            set_once(message.username, text_of(value));
            return value.size() <= 513;
        case attribute::xor_mapped_address: {
            const auto address = read_xor_address(value, message.transaction);
            if (address) {
                set_once(message.mapped_address, *address);
            }
            return address.has_value();
        }
        case attribute::priority:
            set_once(message.priority, reader.u32());
            return value.size() == 4;
        case attribute::use_candidate:
            message.use_candidate = true;
            return value.empty();
        case attribute::ice_controlling:
            set_once(message.controlling, reader.u64());
            return value.size() == 8;
        case attribute::ice_controlled:
            set_once(message.controlled, reader.u64());
            return value.size() == 8;
        case attribute::error_code: {
            reader.skip(2);
            const unsigned hundreds = reader.u8() & 0x07U;
            const unsigned rest = reader.u8();
            set_once(message.error_code, static_cast<std::uint16_t>(hundreds * 100 + rest));
            return reader.ok() && rest < 100 && hundreds >= 3 && hundreds <= 6;
        }
        case attribute::unknown_attributes:
        case attribute::message_integrity_sha256:
            return true;
        default:
            // Half of the types may be passed over (RFC 8489, section 14).
            if (type < 0x8000 && message.unknown_count < unknown_attributes_max) {
                message.unknown.at(message.unknown_count++) = type;
            }
            return true;
    }
}

Result<void, ParseError> read_attributes(Message& message, ByteReader& reader) {
    while (reader.remaining() > 0) {
        const std::size_t offset = reader.offset();
        const std::uint16_t type = reader.u16();
        const std::uint16_t size = reader.u16();
        const ByteView value = reader.bytes(size);
        reader.skip(padded(size) - size);
        if (!reader.ok()) {
            return fail(ParseError::malformed);
        }
        if (type == attribute::fingerprint) {
            // It covers everything before it, and nothing may follow it.
            ByteReader field(value);
            if (size != 4 || reader.remaining() != 0) {
                return fail(ParseError::malformed);
            }
            if (field.u32() != fingerprint_of(message.bytes.first(offset))) {
                return fail(ParseError::wrong_fingerprint);
            }
            message.has_fingerprint = true;
        } else if (message.integrity_offset) {
            continue;
        } else if (type == attribute::message_integrity) {
            if (size != integrity_bytes) {
                return fail(ParseError::malformed);
            }
            message.integrity_offset = offset;
        } else if (!read_attribute(message, type, value)) {
            return fail(ParseError::malformed);
        }
    }
    return {};
}

}  // namespace

Result<Message, ParseError> parse_message(ByteView datagram) {
    if (datagram.size() < header_bytes || datagram.size() > message_bytes_max) {
        return fail(ParseError::malformed);
    }
    ByteReader reader(datagram);
    Message message;
    message.bytes = datagram;
    const std::uint16_t type = reader.u16();
    const std::uint16_t length = reader.u16();
    const std::uint32_t cookie = reader.u32();
    std::ranges::copy(reader.bytes(message.transaction.size()), message.transaction.begin());
    if ((type & 0xC000U) != 0 || cookie != magic_cookie || length != reader.remaining() ||
        length % 4 != 0) {
        return fail(ParseError::malformed);
    }
    // The class bits lie between the method bits (RFC 8489, section 5).
    message.message_class =
        static_cast<MessageClass>(((type >> 7U) & 0x2U) | ((type >> 4U) & 0x1U));
    message.method = static_cast<std::uint16_t>((type & 0x000FU) | ((type & 0x00E0U) >> 1U) |
                                                ((type & 0x3E00U) >> 2U));
    if (const auto read = read_attributes(message, reader); !read) {
        return fail(read.error());
    }
    return message;
}

bool is_authentic(const Message& message, std::string_view password) {
    if (!message.integrity_offset || message.bytes.size() > message_bytes_max) {
        return false;
    }
    // The HMAC covers what comes before the attribute, with a length field that ends behind it.
    const std::size_t offset = *message.integrity_offset;
    const std::size_t length = offset + attribute_header_bytes + integrity_bytes - header_bytes;
    std::array<std::uint8_t, message_bytes_max> covered{};
    std::ranges::copy(message.bytes.first(offset), covered.begin());
    covered[2] = static_cast<std::uint8_t>(length >> 8U);
    covered[3] = static_cast<std::uint8_t>(length);
    const auto digest = hmac_sha1(password, ByteView(covered).first(offset));
    const ByteView claimed =
        message.bytes.subspan(offset + attribute_header_bytes, integrity_bytes);
    return equals_in_constant_time(text_of(digest), text_of(claimed));
}

MessageWriter::MessageWriter(Bytes& target, MessageClass message_class,
                             const TransactionId& transaction)
    : target_(target), writer_(target) {
    target.clear();
    const auto bits = static_cast<std::uint16_t>(message_class);
    writer_.u16(
        static_cast<std::uint16_t>(((bits & 2U) << 7U) | ((bits & 1U) << 4U) | binding_method));
    writer_.u16(0);
    writer_.u32(magic_cookie);
    writer_.bytes(transaction);
}

void MessageWriter::start_attribute(std::uint16_t type, std::size_t size) {
    writer_.u16(type);
    writer_.u16(static_cast<std::uint16_t>(size));
}

void MessageWriter::pad() {
    writer_.zeros(padded(target_.size()) - target_.size());
}

void MessageWriter::set_length(std::size_t extra) {
    writer_.patch_u16(2, static_cast<std::uint16_t>(target_.size() - header_bytes + extra));
}

void MessageWriter::username(std::string_view text) {
    start_attribute(attribute::username, text.size());
    writer_.bytes(bytes_of(text));
    pad();
}

void MessageWriter::xor_mapped_address(const net::Address& address) {
    TransactionId transaction{};
    std::copy_n(target_.begin() + 8, transaction.size(), transaction.begin());
    const std::array<std::uint8_t, 16> mask = mask_of(transaction);
    start_attribute(attribute::xor_mapped_address, 4 + address.ip().size());
    writer_.u8(0);
    writer_.u8(address.is_v4() ? 1 : 2);
    writer_.u16(static_cast<std::uint16_t>(address.port() ^ (magic_cookie >> 16U)));
    for (std::size_t index = 0; index < address.ip().size(); ++index) {
        writer_.u8(address.ip()[index] ^ mask.at(index));
    }
}

void MessageWriter::priority(std::uint32_t value) {
    start_attribute(attribute::priority, 4);
    writer_.u32(value);
}

void MessageWriter::use_candidate() {
    start_attribute(attribute::use_candidate, 0);
}

void MessageWriter::controlling(std::uint64_t tie_breaker) {
    start_attribute(attribute::ice_controlling, 8);
    writer_.u64(tie_breaker);
}

void MessageWriter::controlled(std::uint64_t tie_breaker) {
    start_attribute(attribute::ice_controlled, 8);
    writer_.u64(tie_breaker);
}

void MessageWriter::error_code(std::uint16_t code, std::string_view reason) {
    start_attribute(attribute::error_code, 4 + reason.size());
    writer_.u16(0);
    writer_.u8(static_cast<std::uint8_t>(code / 100));
    writer_.u8(static_cast<std::uint8_t>(code % 100));
    writer_.bytes(bytes_of(reason));
    pad();
}

void MessageWriter::unknown_attributes(const Message& request) {
    start_attribute(attribute::unknown_attributes, 2 * request.unknown_count);
    for (std::size_t index = 0; index < request.unknown_count; ++index) {
        writer_.u16(request.unknown.at(index));
    }
    pad();
}

void MessageWriter::finish(std::string_view password) {
    set_length(attribute_header_bytes + integrity_bytes);
    const auto digest = hmac_sha1(password, target_);
    start_attribute(attribute::message_integrity, integrity_bytes);
    writer_.bytes(digest);
    finish_unauthenticated();
}

void MessageWriter::finish_unauthenticated() {
    set_length(attribute_header_bytes + 4);
    const std::uint32_t fingerprint = fingerprint_of(target_);
    start_attribute(attribute::fingerprint, 4);
    writer_.u32(fingerprint);
}

}  // namespace studio::stun
