#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace studio {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// The bytes of a text.
[[nodiscard]] inline ByteView bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The text in some bytes, as they are: the caller checks the encoding where it matters.
[[nodiscard]] inline std::string_view text_of(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads big-endian fields from hostile bytes. A read past the end returns zeros and makes ok()
/// false for good, so that a parser may read a whole structure and check once.
class ByteReader {
public:
    explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

    [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    [[nodiscard]] std::uint32_t u24() { return static_cast<std::uint32_t>(number(3)); }
    [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    [[nodiscard]] std::uint64_t u64() { return number(8); }
    /// A view of the next `size` bytes; empty where there are fewer.
    [[nodiscard]] ByteView bytes(std::size_t size) {
        if (size > remaining()) {
            ok_ = false;
            offset_ = bytes_.size();
            return {};
        }
        const ByteView view = bytes_.subspan(offset_, size);
        offset_ += size;
        return view;
    }
    void skip(std::size_t size) { static_cast<void>(bytes(size)); }

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::size_t remaining() const { return bytes_.size() - offset_; }
    [[nodiscard]] std::size_t offset() const { return offset_; }
    [[nodiscard]] ByteView rest() const { return bytes_.subspan(offset_); }

private:
    std::uint64_t number(std::size_t size) {
        std::uint64_t value = 0;
        for (const std::uint8_t byte : bytes(size)) {
            value = (value << 8U) | byte;
        }
        return value;
    }

    ByteView bytes_;
    std::size_t offset_ = 0;
    bool ok_ = true;
};

/// Appends big-endian fields to a byte vector that it does not own.
class ByteWriter {
public:
    explicit ByteWriter(Bytes& target) : target_(target) {}

    void u8(std::uint8_t value) { target_.push_back(value); }
    void u16(std::uint16_t value) { number(value, 2); }
    void u24(std::uint32_t value) { number(value, 3); }
    void u32(std::uint32_t value) { number(value, 4); }
    void u64(std::uint64_t value) { number(value, 8); }
    void bytes(ByteView view) { target_.insert(target_.end(), view.begin(), view.end()); }
    void zeros(std::size_t count) { target_.insert(target_.end(), count, 0); }
    /// Overwrites two bytes written before, for lengths that are known late.
    void patch_u16(std::size_t offset, std::uint16_t value) {
        target_.at(offset) = static_cast<std::uint8_t>(value >> 8U);
        target_.at(offset + 1) = static_cast<std::uint8_t>(value & 0xFFU);
    }

    [[nodiscard]] std::size_t size() const { return target_.size(); }

private:
    void number(std::uint64_t value, unsigned size) {
        for (unsigned index = size; index-- > 0;) {
            target_.push_back(static_cast<std::uint8_t>(value >> (8U * index)));
        }
    }

    Bytes& target_;
};

}  // namespace studio
