#include "adapters/openssl/fernet_box.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <memory>
#include <utility>

#include "base/base64.hpp"
#include "base/check.hpp"

namespace studio::adapters {

namespace {

constexpr std::string_view plain_prefix = "plain:";
constexpr std::size_t half_key = 16;
constexpr std::size_t block = 16;
constexpr std::size_t digest_bytes = 32;
/// Version, time, and the first block of the cipher.
constexpr std::size_t head_bytes = 1 + 8 + block;
constexpr unsigned char version = 0x80;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* bytes_of_text(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of_view(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string sign(std::string_view key, std::string_view text) {
    std::string digest(digest_bytes, '\0');
    unsigned int size = 0;
    const unsigned char* made = HMAC(EVP_sha256(), key.data(), half_key, bytes_of_view(text),
                                     text.size(), bytes_of_text(digest), &size);
    STUDIO_CHECK(made != nullptr && size == digest_bytes, "HMAC of memory cannot fail");
    return digest;
}

/// AES-128-CBC with PKCS 7; nothing where what is deciphered was not padded so.
std::optional<std::string> cipher(bool encrypts, std::string_view key, std::string_view start,
                                  std::string_view text) {
    const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    STUDIO_CHECK(context != nullptr, "there is memory for a cipher");
    std::string out(text.size() + block, '\0');
    int first = 0;
    int last = 0;
    const bool done =
        EVP_CipherInit_ex(context.get(), EVP_aes_128_cbc(), nullptr, bytes_of_view(key) + half_key,
                          bytes_of_view(start), encrypts ? 1 : 0) == 1 &&
        EVP_CipherUpdate(context.get(), bytes_of_text(out), &first, bytes_of_view(text),
                         static_cast<int>(text.size())) == 1 &&
        EVP_CipherFinal_ex(context.get(), bytes_of_text(out) + first, &last) == 1;
    if (!done) {
        return std::nullopt;
    }
    out.resize(static_cast<std::size_t>(first + last));
    return out;
}

}  // namespace

bool is_fernet_key(std::string_view text) {
    const auto key = decode_base64(text, Base64Kind::url);
    return key && key->size() == 2 * half_key;
}

FernetBox::FernetBox(const std::vector<Secret<std::string>>& keys, Entropy& entropy, Clock clock)
    : entropy_(entropy), clock_(std::move(clock)) {
    for (const auto& text : keys) {
        if (text.reveal().empty()) {
            continue;
        }
        auto key = decode_base64(text.reveal(), Base64Kind::url);
        STUDIO_CHECK(key && key->size() == 2 * half_key, "the configuration was checked");
        keys_.push_back(std::move(*key));
    }
}

std::string FernetBox::seal(const Secret<std::string>& secret) const {
    if (keys_.empty()) {
        return std::string(plain_prefix) + secret.reveal();
    }
    std::string start(block, '\0');
    entropy_.fill({bytes_of_text(start), start.size()});
    std::string token(1, static_cast<char>(version));
    const auto moment =
        static_cast<std::uint64_t>(clock_().time_since_epoch().count()) / std::uint64_t{1'000};
    for (unsigned shift = 64; shift > 0;) {
        shift -= 8;
        token += static_cast<char>((moment >> shift) & 0xFFU);
    }
    const auto hidden = cipher(true, keys_.front(), start, secret.reveal());
    STUDIO_CHECK(hidden, "what is in memory can be encrypted");
    token += start + *hidden;
    token += sign(keys_.front(), token);
    return encode_base64(bytes_of(token), Base64Kind::url);
}

std::optional<Secret<std::string>> FernetBox::open(std::string_view sealed) const {
    if (sealed.starts_with(plain_prefix)) {
        return Secret<std::string>(std::string(sealed.substr(plain_prefix.size())));
    }
    const auto token = decode_base64(sealed, Base64Kind::url);
    if (!token || token->size() < head_bytes + block + digest_bytes ||
        static_cast<unsigned char>(token->front()) != version) {
        return std::nullopt;
    }
    const std::string_view whole(*token);
    const std::string_view signed_part = whole.substr(0, whole.size() - digest_bytes);
    const std::string_view digest = whole.substr(signed_part.size());
    for (const std::string& key : keys_) {
        const std::string expected = sign(key, signed_part);
        if (CRYPTO_memcmp(expected.data(), digest.data(), digest_bytes) != 0) {
            continue;
        }
        auto text =
            cipher(false, key, signed_part.substr(9, block), signed_part.substr(head_bytes));
        if (text) {
            return Secret<std::string>(std::move(*text));
        }
    }
    return std::nullopt;
}

}  // namespace studio::adapters
