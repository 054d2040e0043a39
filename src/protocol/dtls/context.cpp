#include <algorithm>
#include <utility>

#include "protocol/dtls/internal/endpoint_state.hpp"

namespace studio::dtls {
namespace {

// Forward secrecy and authenticated encryption only; what browsers offer in DTLS 1.2.
constexpr const char* cipher_list =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// In order of preference. The function that takes it returns zero for success.
constexpr const char* srtp_profiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
// A browser's certificate has 300 bytes, one with a 4096-bit RSA key 1.5 KB.
constexpr long certificate_bytes_max = 8 * 1024;

/// How endpoint.cpp stops OpenSSL's timer holds for the versions before 3.2 (see there).
constexpr unsigned long library_version_end = 0x30200000UL;

/// Replaces chain building: what counts is the fingerprint from the SDP (RFC 8122, section 6.2).
int verify_certificate(X509_STORE_CTX* store, void*) {
    const auto* ssl = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* state = static_cast<Endpoint::State*>(SSL_get_app_data(ssl));
    const X509* certificate = X509_STORE_CTX_get0_cert(store);
    const bool matches =
        certificate != nullptr &&
        std::any_of(state->options.peer_fingerprints.begin(),
                    state->options.peer_fingerprints.end(), [&](const Fingerprint& wanted) {
                        return fingerprint_of(*certificate, wanted.hash) == wanted;
                    });
    state->wrong_fingerprint = !matches;
    X509_STORE_CTX_set_error(store, matches ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return matches ? 1 : 0;
}

bool configure(SSL_CTX* context) {
    SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(context, certificate_bytes_max);
    SSL_CTX_set_quiet_shutdown(context, 0);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, verify_certificate, nullptr);
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, cipher_list) == 1 &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1 &&
           SSL_CTX_set_tlsext_use_srtp(context, srtp_profiles) == 0;
}

}  // namespace

Result<Context, DtlsError> Context::make(const Certificate& certificate) {
    if (OpenSSL_version_num() >= library_version_end) {
        return fail(DtlsError::unsupported_library);
    }
    auto state = std::make_shared<State>();
    state->context.reset(SSL_CTX_new(DTLS_method()));
    SSL_CTX* context = state->context.get();
    if (context == nullptr || !configure(context) ||
        SSL_CTX_use_certificate(context, certificate.state_->x509.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context, certificate.state_->key.get()) != 1) {
        return fail(DtlsError::library_failed);
    }
    return Context(std::move(state));
}

Context::Context(std::shared_ptr<const State> state) : state_(std::move(state)) {}

}  // namespace studio::dtls
