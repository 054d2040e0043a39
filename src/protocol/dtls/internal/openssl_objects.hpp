#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

#include "protocol/dtls/certificate.hpp"

namespace studio::dtls {

template <auto Free>
struct Deleter {
    template <class Object>
    void operator()(Object* object) const {
        Free(object);
    }
};

using KeyPointer = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, Deleter<X509_free>>;
using SslContextPointer = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using SslPointer = std::unique_ptr<SSL, Deleter<SSL_free>>;
using BioPointer = std::unique_ptr<BIO, Deleter<BIO_free>>;

/// The hash of a certificate, or nothing where the library fails.
[[nodiscard]] std::optional<Fingerprint> fingerprint_of(const X509& certificate,
                                                        FingerprintHash hash);

struct Certificate::State {
    KeyPointer key;
    X509Pointer x509;
    Fingerprint fingerprint;
};

/// Where OpenSSL reads and writes instead of a socket.
struct DatagramPipe {
    /// What the next read gives; empty once read.
    ByteView inbound;
    /// Datagrams made, oldest first.
    std::vector<Bytes> outbound;
    /// OpenSSL's timer, see endpoint.cpp.
    struct timeval* timer = nullptr;
};

/// A BIO on a pipe of the caller's, which outlives it.
[[nodiscard]] BioPointer make_datagram_bio(DatagramPipe& pipe);

}  // namespace studio::dtls
