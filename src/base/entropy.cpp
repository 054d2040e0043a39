#include "base/entropy.hpp"

#include <sys/random.h>

#include <array>
#include <string_view>

#include "base/check.hpp"

namespace studio {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

template <class Number>
Number read_number(Entropy& entropy) {
    std::array<std::uint8_t, sizeof(Number)> bytes{};
    entropy.fill(bytes);
    Number value = 0;
    for (const std::uint8_t byte : bytes) {
        value = static_cast<Number>((value << 8U) | byte);
    }
    return value;
}

}  // namespace

std::uint32_t Entropy::u32() {
    return read_number<std::uint32_t>(*this);
}

std::uint64_t Entropy::u64() {
    return read_number<std::uint64_t>(*this);
}

std::string Entropy::text(std::size_t length) {
    std::string result;
    result.reserve(length);
    while (result.size() < length) {
        std::array<std::uint8_t, 1> byte{};
        fill(byte);
        // Values past the largest multiple of 62 are drawn again: a plain modulo would be biased.
        if (byte[0] < 248) {
            result += alphabet[byte[0] % alphabet.size()];
        }
    }
    return result;
}

std::string Entropy::uuid() {
    std::array<std::uint8_t, 16> bytes{};
    fill(bytes);
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        if (index == 4 || index == 6 || index == 8 || index == 10) {
            result += '-';
        }
        result += digits[bytes.at(index) >> 4U];
        result += digits[bytes.at(index) & 0x0FU];
    }
    return result;
}

void SystemEntropy::fill(std::span<std::uint8_t> target) {
    std::size_t filled = 0;
    while (filled < target.size()) {
        const ssize_t count = ::getrandom(target.data() + filled, target.size() - filled, 0);
        STUDIO_CHECK(count > 0, "the kernel always has random bytes");
        filled += static_cast<std::size_t>(count);
    }
}

void SeededEntropy::fill(std::span<std::uint8_t> target) {
    for (std::size_t index = 0; index < target.size();) {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        mixed ^= mixed >> 31U;
        for (unsigned byte = 0; byte < 8 && index < target.size(); ++byte, ++index) {
            target[index] = static_cast<std::uint8_t>(mixed >> (8U * byte));
        }
    }
}

}  // namespace studio
