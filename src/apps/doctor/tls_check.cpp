#include "apps/doctor/tls_check.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <memory>

namespace studio::apps {
namespace {

using Grade = Finding::Grade;

struct Free {
    void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
    void operator()(BIO* stream) const { ::BIO_free_all(stream); }
    void operator()(X509* certificate) const { ::X509_free(certificate); }
};

constexpr int patience_s = 5;
constexpr int nap_ms = 20;
/// Caddy and certbot renew at 30 days before the end: less means that they do not.
constexpr int days_wanted = 20;

int days_left(const X509* certificate) {
    int days = 0;
    int seconds = 0;
    // From now, which a null pointer stands for.
    if (::ASN1_TIME_diff(&days, &seconds, nullptr, ::X509_get0_notAfter(certificate)) != 1) {
        return 0;
    }
    return days > 0 || seconds >= 0 ? days : days - 1;
}

}  // namespace

Finding judge_certificate(const std::string& host, int days_left) {
    const std::string found =
        host + ": the certificate is valid for " + std::to_string(days_left) + " days more";
    if (days_left >= days_wanted) {
        return {Grade::good, "certificate", found, ""};
    }
    if (days_left < 0) {
        return {Grade::failed, "certificate", host + ": the certificate is out of date",
                "renew it (deploy/runbooks/certificate_ends.md)"};
    }
    return {Grade::warning, "certificate", found,
            "it should have been renewed by now: look at the log of the load balancer"};
}

Finding check_certificate(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed || parsed->host().empty()) {
        return {Grade::failed, "certificate", url + " is no URL", ""};
    }
    // Without the brackets of an IPv6 address.
    const std::string host = parsed->host_address();
    const std::string port = parsed->has_port() ? std::string(parsed->port()) : "443";
    const std::unique_ptr<SSL_CTX, Free> context(::SSL_CTX_new(::TLS_client_method()));
    if (context == nullptr || ::SSL_CTX_set_default_verify_paths(context.get()) != 1) {
        return {Grade::note, "certificate", "there are no certificates of authorities here",
                "install the package ca-certificates"};
    }
    const std::unique_ptr<BIO, Free> stream(::BIO_new_ssl_connect(context.get()));
    SSL* ssl = nullptr;
    ::BIO_get_ssl(stream.get(), &ssl);
    // SSL_set_tlsext_host_name is this call behind a macro with a cast that we refuse.
    std::string name = host;
    ::SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    ::SSL_set1_host(ssl, host.c_str());
    ::BIO_set_conn_hostname(stream.get(), host.c_str());
    ::BIO_set_conn_port(stream.get(), port.c_str());
    if (::BIO_do_connect_retry(stream.get(), patience_s, nap_ms) != 1) {
        return {Grade::failed, "certificate", host + ": no TLS connection",
                "is it reached from here, and does port " + port + " speak TLS?"};
    }
    const std::unique_ptr<X509, Free> certificate(::SSL_get1_peer_certificate(ssl));
    if (certificate == nullptr) {
        return {Grade::failed, "certificate", host + ": shows no certificate", ""};
    }
    const int days = days_left(certificate.get());
    const long verdict = ::SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK && days >= 0) {
        return {
            Grade::failed, "certificate", host + ": " + ::X509_verify_cert_error_string(verdict),
            "callers' browsers refuse it: use a certificate for this name of a known authority"};
    }
    return judge_certificate(host, days);
}

}  // namespace studio::apps
