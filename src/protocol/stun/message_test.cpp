#include "protocol/stun/message.hpp"

#include <gtest/gtest.h>

namespace studio::stun {
namespace {

Bytes from_hex(std::string_view text) {
    Bytes bytes;
    std::string digits;
    for (const char letter : text) {
        if (letter != ' ') {
            digits += letter;
        }
    }
    for (std::size_t index = 0; index + 1 < digits.size(); index += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(index, 2), nullptr, 16)));
    }
    return bytes;
}

// RFC 5769, sections 2.1 to 2.3; the password of all three:
constexpr std::string_view password = "VOkJxbRl1RmTxUk/WvJxBt";
constexpr std::string_view sample_request =
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36"
    "00060009 6576746a3a68367659202020"
    "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf";
constexpr std::string_view sample_v4_response =
    "0101003c2112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000080001a147e112a643"
    "00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96";
constexpr std::string_view sample_v6_response =
    "010100482112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014 a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004c8fb0b4c";

TEST(StunMessage, ReadsTheSampleRequestOfTheRfc) {
    const Bytes bytes = from_hex(sample_request);
    const auto message = parse_message(bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->message_class, MessageClass::request);
    EXPECT_EQ(message->method, binding_method);
    EXPECT_EQ(message->username, "evtj:h6vY");
    EXPECT_EQ(message->priority, 0x6E0001FFU);
    EXPECT_EQ(message->controlled, 0x932FF9B151263B36U);
    EXPECT_FALSE(message->controlling);
    EXPECT_TRUE(message->has_fingerprint);
    EXPECT_EQ(message->unknown_count, 0U);
    EXPECT_TRUE(is_authentic(*message, password));
    EXPECT_FALSE(is_authentic(*message, "VOkJxbRl1RmTxUk/WvJxBx"));
}

TEST(StunMessage, ReadsTheSampleResponsesOfTheRfc) {
    struct Case {
        std::string_view hex;
        const char* address;
    };
    for (const Case& row :
         {Case{sample_v4_response, "192.0.2.1:32853"},
          Case{sample_v6_response, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"}}) {
        const Bytes bytes = from_hex(row.hex);
        const auto message = parse_message(bytes);
        ASSERT_TRUE(message) << row.address;
        EXPECT_EQ(message->message_class, MessageClass::success);
        ASSERT_TRUE(message->mapped_address);
        EXPECT_EQ(message->mapped_address->text(), row.address);
        EXPECT_TRUE(is_authentic(*message, password));
    }
}

TEST(StunMessage, WritesWhatItReads) {
    const TransactionId id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    Bytes bytes;
    MessageWriter writer(bytes, MessageClass::request, id);
    writer.username("abc:de");
    writer.priority(77);
    writer.use_candidate();
    writer.controlling(0x0102030405060708U);
    writer.finish("secret");
    const auto message = parse_message(bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->transaction, id);
    EXPECT_EQ(message->username, "abc:de");
    EXPECT_EQ(message->priority, 77U);
    EXPECT_TRUE(message->use_candidate);
    EXPECT_EQ(message->controlling, 0x0102030405060708U);
    EXPECT_TRUE(is_authentic(*message, "secret"));
    EXPECT_FALSE(is_authentic(*message, "Secret"));

    for (const char* ip : {"192.0.2.9", "2001:db8::9"}) {
        const auto address = *net::Address::parse(ip, 4321);
        MessageWriter response(bytes, MessageClass::success, id);
        response.xor_mapped_address(address);
        response.finish("secret");
        const auto read = parse_message(bytes);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->mapped_address, address);
    }
    MessageWriter error(bytes, MessageClass::error, id);
    error.error_code(error_role_conflict, "Role Conflict");
    error.finish_unauthenticated();
    const auto read = parse_message(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->error_code, error_role_conflict);
    EXPECT_FALSE(is_authentic(*read, ""));
}

TEST(StunMessage, RefusesEveryDamagedByteOfTheSample) {
    const Bytes whole = from_hex(sample_request);
    for (std::size_t index = 0; index < whole.size(); ++index) {
        Bytes damaged = whole;
        damaged[index] ^= 0x01U;
        const auto message = parse_message(damaged);
        EXPECT_FALSE(message && message->has_fingerprint && is_authentic(*message, password))
            << index;
    }
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(parse_message(ByteView(whole).first(size))) << size;
    }
    Bytes long_one(message_bytes_max + 4);
    EXPECT_FALSE(parse_message(long_one));
}

TEST(StunMessage, ListsUnknownRequiredAttributesAndPassesOverOptionalOnes) {
    Bytes bytes = from_hex(
        "000100102112a442000000000000000000000001"
        "7abc0004aabbccdd"
        "fabc0004aabbccdd");
    const auto message = parse_message(bytes);
    ASSERT_TRUE(message);
    ASSERT_EQ(message->unknown_count, 1U);
    EXPECT_EQ(message->unknown[0], 0x7ABC);
}

TEST(StunMessage, IgnoresWhatFollowsTheIntegrity) {
    const TransactionId id{};
    Bytes bytes;
    MessageWriter writer(bytes, MessageClass::request, id);
    writer.finish("secret");
    // Replaces the fingerprint (8 bytes) by an empty USE-CANDIDATE and PRIORITY-less padding.
    bytes.erase(bytes.end() - 8, bytes.end());
    bytes.insert(bytes.end(), {0x00, 0x25, 0x00, 0x00});
    bytes[3] = static_cast<std::uint8_t>(bytes.size() - 20);
    const auto message = parse_message(bytes);
    ASSERT_TRUE(message);
    EXPECT_FALSE(message->use_candidate);
    EXPECT_TRUE(is_authentic(*message, "secret"));
}

}  // namespace
}  // namespace studio::stun
