#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace studio::dtls {

enum class DtlsError : std::uint8_t {
    /// OpenSSL could not make a key, certificate or context: no memory or no entropy.
    library_failed,
    /// The libssl found at run time is not of the line that we know how to drive (3.0, 3.1).
    unsupported_library,
};

/// Hash functions for certificate fingerprints that RFC 8122 allows and that are not broken.
enum class FingerprintHash : std::uint8_t { sha256, sha384, sha512 };

/// A certificate's hash as SDP carries it: `a=fingerprint:sha-256 AB:CD:…` (RFC 8122, section 5).
struct Fingerprint {
    FingerprintHash hash = FingerprintHash::sha256;
    /// 32, 48 or 64 bytes.
    Bytes digest;

    bool operator==(const Fingerprint&) const = default;
};

/// Reads `sha-256 AB:CD:…`, any case; nothing where the hash is another one or the length is wrong.
[[nodiscard]] std::optional<Fingerprint> parse_fingerprint(std::string_view text);
/// The text after `a=fingerprint:`, hexadecimal in upper case.
[[nodiscard]] std::string serialize_fingerprint(const Fingerprint& fingerprint);

/// A self-signed ECDSA P-256 certificate with its key. Names nobody ("CN=agent-studio"); trust
/// comes from the fingerprint in the SDP. Made once per process and shared by all contexts: making
/// one takes about 0.1 ms. Immutable, so that any thread may copy and use it.
class Certificate {
public:
    /// Valid from 2020 to 2049: nobody checks the dates of a self-signed certificate, and this way
    /// no clock is needed.
    [[nodiscard]] static Result<Certificate, DtlsError> make();

    /// SHA-256.
    [[nodiscard]] const Fingerprint& fingerprint() const;

private:
    friend class Context;
    struct State;
    explicit Certificate(std::shared_ptr<const State> state);

    std::shared_ptr<const State> state_;
};

}  // namespace studio::dtls
