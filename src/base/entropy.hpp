#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/interface.hpp"

namespace studio {

/// A source of random bytes. Machines take one by reference, so that simulation can seed it.
class Entropy : public Interface {
public:
    virtual void fill(std::span<std::uint8_t> target) = 0;

    /// A uniformly distributed number of 32 or 64 bits.
    [[nodiscard]] std::uint32_t u32();
    [[nodiscard]] std::uint64_t u64();
    /// Random text of letters and digits; `length` of 24 carries 142 bits.
    [[nodiscard]] std::string text(std::size_t length);
    /// A random UUID of version 4 (RFC 9562, section 5.4).
    [[nodiscard]] std::string uuid();
};

/// The kernel's generator (getrandom(2)): fit for keys and tokens. Any thread.
class SystemEntropy final : public Entropy {
public:
    void fill(std::span<std::uint8_t> target) override;
};

/// splitmix64 (Steele, Lea, Flood 2014) from a seed: repeatable, never for keys. One owner.
class SeededEntropy final : public Entropy {
public:
    explicit SeededEntropy(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::uint8_t> target) override;

private:
    std::uint64_t state_;
};

}  // namespace studio
