#include "adapters/argon2/argon2_password_hash.hpp"

#include <argon2.h>

#include <array>
#include <utility>
#include <vector>

namespace studio::adapters {

namespace {

/// RFC 9106, section 3.1: 16 bytes of salt; section 4 names 32 bytes of tag.
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t tag_bytes = 32;

using Salt = std::array<std::uint8_t, salt_bytes>;

Result<std::string, PasswordHashError> compute(const std::string& password, const Salt& salt,
                                               const Argon2Cost& cost) {
    const std::size_t size = argon2_encodedlen(cost.passes, cost.memory_kib, cost.lanes, salt_bytes,
                                               tag_bytes, Argon2_id);
    std::vector<char> text(size);
    const int done = argon2id_hash_encoded(cost.passes, cost.memory_kib, cost.lanes,
                                           password.data(), password.size(), salt.data(),
                                           salt.size(), tag_bytes, text.data(), text.size());
    if (done != ARGON2_OK) {
        return fail(PasswordHashError::failed);
    }
    return std::string(text.data());
}

Result<bool, PasswordHashError> compare(const std::string& password, const std::string& hash) {
    const int done = argon2id_verify(hash.c_str(), password.data(), password.size());
    if (done == ARGON2_OK) {
        return true;
    }
    if (done == ARGON2_VERIFY_MISMATCH) {
        return false;
    }
    return fail(PasswordHashError::failed);
}

}  // namespace

Task<Result<std::string, PasswordHashError>> Argon2PasswordHash::make(
    Secret<std::string> password) {
    Salt salt{};
    parts_.entropy.fill(salt);
    const auto work = [&password, &salt, this] { return compute(password.reveal(), salt, cost_); };
    auto made = co_await parts_.pool.run(parts_.loop, work);
    if (!made) {
        co_return fail(PasswordHashError::busy);
    }
    co_return *std::move(made);
}

Task<Result<bool, PasswordHashError>> Argon2PasswordHash::verify(Secret<std::string> password,
                                                                 std::string hash) {
    const auto work = [&password, &hash] { return compare(password.reveal(), hash); };
    auto compared = co_await parts_.pool.run(parts_.loop, work);
    if (!compared) {
        co_return fail(PasswordHashError::busy);
    }
    co_return *compared;
}

}  // namespace studio::adapters
