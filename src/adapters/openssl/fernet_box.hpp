#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.hpp"
#include "base/time.hpp"
#include "ports/secret_box.hpp"

namespace studio::adapters {

/// Whether a text is a key of Fernet: 32 bytes in the URL's alphabet of base64, padded.
[[nodiscard]] bool is_fernet_key(std::string_view text);

/// SecretBox whose sealed texts are Fernet tokens
/// (https://github.com/fernet/spec/blob/master/Spec.md: AES-128 in CBC mode, then HMAC-SHA256),
/// which other programs can open with the same key. It seals with the first key and opens with
/// each. Without keys it seals nothing: the text is kept as it is, behind `plain:`; such texts it
/// opens always, so that a key can be given later. On the thread of its clock and entropy.
class FernetBox final : public SecretBox {
public:
    /// Of a token's age, which nobody here looks at.
    using Clock = std::function<WallTime()>;

    /// `entropy` outlives it. Precondition: each is_fernet_key; empty ones are passed over.
    FernetBox(const std::vector<Secret<std::string>>& keys, Entropy& entropy, Clock clock);

    [[nodiscard]] std::string seal(const Secret<std::string>& secret) const override;
    [[nodiscard]] std::optional<Secret<std::string>> open(std::string_view sealed) const override;
    /// Whether what it seals is encrypted.
    [[nodiscard]] bool has_key() const { return !keys_.empty(); }

private:
    /// 16 bytes to sign with, then 16 to encrypt with.
    std::vector<std::string> keys_;
    Entropy& entropy_;
    Clock clock_;
};

}  // namespace studio::adapters
