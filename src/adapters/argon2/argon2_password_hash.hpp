#pragma once

#include <cstdint>
#include <string>

#include "base/entropy.hpp"
#include "ports/password_hash.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// What a hash costs. OWASP's Password Storage Cheat Sheet (2024) names these as one of the least
/// that are fit: 19 MiB, two passes, one lane.
struct Argon2Cost {
    std::uint32_t memory_kib = 19'456;
    std::uint32_t passes = 2;
    std::uint32_t lanes = 1;
};

/// Argon2id (RFC 9106) by the reference library, as `$argon2id$v=19$m=…` texts. Hashes run in the
/// pool, whose queue bounds how many wait; the memory of a hash is taken once for each of its
/// threads. On the loop of the use cases; what it is built from outlives it and its tasks.
class Argon2PasswordHash final : public PasswordHash {
public:
    struct Parts {
        runtime::BlockingPool& pool;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    explicit Argon2PasswordHash(Parts parts, Argon2Cost cost = {}) : parts_(parts), cost_(cost) {}

    [[nodiscard]] Task<Result<std::string, PasswordHashError>> make(
        Secret<std::string> password) override;
    [[nodiscard]] Task<Result<bool, PasswordHashError>> verify(Secret<std::string> password,
                                                               std::string hash) override;

private:
    Parts parts_;
    Argon2Cost cost_;
};

}  // namespace studio::adapters
