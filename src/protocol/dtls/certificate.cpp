#include "protocol/dtls/certificate.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "protocol/dtls/internal/openssl_objects.hpp"

namespace studio::dtls {
namespace {

struct HashName {
    FingerprintHash hash;
    std::string_view name;
    std::size_t bytes;
};
// RFC 8122, section 5, names as in the IANA registry of hash function textual names.
constexpr std::array<HashName, 3> hash_names{{{FingerprintHash::sha256, "sha-256", 32},
                                              {FingerprintHash::sha384, "sha-384", 48},
                                              {FingerprintHash::sha512, "sha-512", 64}}};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

std::optional<std::uint8_t> hex_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return static_cast<std::uint8_t>(digit - '0');
    }
    const char upper = static_cast<char>(digit & ~0x20);
    if (upper >= 'A' && upper <= 'F') {
        return static_cast<std::uint8_t>(upper - 'A' + 10);
    }
    return std::nullopt;
}

/// `AB:CD:…` of exactly `bytes` bytes.
std::optional<Bytes> parse_digest(std::string_view text, std::size_t bytes) {
    if (text.size() != bytes * 3 - 1) {
        return std::nullopt;
    }
    Bytes digest;
    for (std::size_t index = 0; index < bytes; ++index) {
        const auto high = hex_value(text[index * 3]);
        const auto low = hex_value(text[index * 3 + 1]);
        if (!high || !low || (index + 1 < bytes && text[index * 3 + 2] != ':')) {
            return std::nullopt;
        }
        digest.push_back(static_cast<std::uint8_t>(*high << 4U | *low));
    }
    return digest;
}

/// Fills in and signs; false where the library fails.
bool complete(X509& certificate, EVP_PKEY& key) {
    X509_NAME* name = X509_get_subject_name(&certificate);
    const auto* const common_name = reinterpret_cast<const unsigned char*>("agent-studio");
    // A random serial number, as browsers do: two certificates of one name must differ in it.
    std::uint64_t serial = 0;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) {
        return false;
    }
    serial = (serial >> 1U) | 1U;
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), serial) == 1 &&
           X509_set_version(&certificate, X509_VERSION_3) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(&certificate, name) == 1 &&
           ASN1_TIME_set_string(X509_getm_notBefore(&certificate), "200101000000Z") == 1 &&
           ASN1_TIME_set_string(X509_getm_notAfter(&certificate), "491231235959Z") == 1 &&
           X509_set_pubkey(&certificate, &key) == 1 &&
           X509_sign(&certificate, &key, EVP_sha256()) > 0;
}

}  // namespace

std::optional<Fingerprint> parse_fingerprint(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) {
        return std::nullopt;
    }
    for (const HashName& known : hash_names) {
        if (equal_ignoring_case(text.substr(0, space), known.name)) {
            auto digest = parse_digest(text.substr(space + 1), known.bytes);
            return digest ? std::optional(Fingerprint{known.hash, std::move(*digest)})
                          : std::nullopt;
        }
    }
    return std::nullopt;
}

std::string serialize_fingerprint(const Fingerprint& fingerprint) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text(hash_names[static_cast<std::size_t>(fingerprint.hash)].name);
    char separator = ' ';
    for (const std::uint8_t byte : fingerprint.digest) {
        text += separator;
        text += digits[byte >> 4U];
        text += digits[byte & 0x0FU];
        separator = ':';
    }
    return text;
}

std::optional<Fingerprint> fingerprint_of(const X509& certificate, FingerprintHash hash) {
    const EVP_MD* digest = hash == FingerprintHash::sha256   ? EVP_sha256()
                           : hash == FingerprintHash::sha384 ? EVP_sha384()
                                                             : EVP_sha512();
    Fingerprint fingerprint{hash, Bytes(EVP_MAX_MD_SIZE)};
    unsigned int size = 0;
    if (X509_digest(&certificate, digest, fingerprint.digest.data(), &size) != 1) {
        return std::nullopt;
    }
    fingerprint.digest.resize(size);
    return fingerprint;
}

Result<Certificate, DtlsError> Certificate::make() {
    auto state = std::make_shared<State>();
    state->key.reset(EVP_EC_gen("P-256"));
    state->x509.reset(X509_new());
    if (!state->key || !state->x509 || !complete(*state->x509, *state->key)) {
        return fail(DtlsError::library_failed);
    }
    auto fingerprint = fingerprint_of(*state->x509, FingerprintHash::sha256);
    if (!fingerprint) {
        return fail(DtlsError::library_failed);
    }
    state->fingerprint = std::move(*fingerprint);
    return Certificate(std::move(state));
}

Certificate::Certificate(std::shared_ptr<const State> state) : state_(std::move(state)) {}

const Fingerprint& Certificate::fingerprint() const {
    return state_->fingerprint;
}

}  // namespace studio::dtls
