#include "web_socket/tls_echo_server.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <tuple>
#include <vector>

namespace studio::test {
namespace {

using Bytes = std::vector<unsigned char>;

bool read_all(SSL* session, unsigned char* into, std::size_t size) {
    for (std::size_t got = 0; got < size;) {
        const int some = SSL_read(session, into + got, static_cast<int>(size - got));
        if (some <= 0) {
            return false;
        }
        got += static_cast<std::size_t>(some);
    }
    return true;
}

std::string read_head(SSL* session) {
    std::string head;
    unsigned char byte = 0;
    while (!head.ends_with("\r\n\r\n") && read_all(session, &byte, 1)) {
        head.push_back(static_cast<char>(byte));
    }
    return head;
}

/// RFC 6455, section 4.2.2.
std::string accept_of(const std::string& head) {
    constexpr std::string_view name = "Sec-WebSocket-Key: ";
    const std::size_t at = head.find(name) + name.size();
    const std::string text =
        head.substr(at, head.find('\r', at) - at) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    Bytes raw(text.begin(), text.end());
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(raw.data(), raw.size(), digest.data());
    std::array<unsigned char, 32> encoded{};
    const int size = EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
    return {encoded.begin(), encoded.begin() + size};
}

struct Frame {
    unsigned char opcode = 0;
    Bytes payload;
};

/// RFC 6455, section 5.2; of a client, so masked.
bool read_frame(SSL* session, Frame& frame) {
    std::array<unsigned char, 2> start{};
    if (!read_all(session, start.data(), start.size())) {
        return false;
    }
    frame.opcode = start[0] & 0x0FU;
    std::uint64_t size = start[1] & 0x7FU;
    if (size >= 126) {
        Bytes longer(size == 126 ? 2 : 8);
        if (!read_all(session, longer.data(), longer.size())) {
            return false;
        }
        size = 0;
        for (const unsigned char byte : longer) {
            size = size << 8U | byte;
        }
    }
    std::array<unsigned char, 4> mask{};
    frame.payload.resize(size);
    if (!read_all(session, mask.data(), mask.size()) ||
        !read_all(session, frame.payload.data(), frame.payload.size())) {
        return false;
    }
    for (std::size_t i = 0; i < frame.payload.size(); ++i) {
        frame.payload[i] = static_cast<unsigned char>(frame.payload[i] ^ mask.at(i % 4));
    }
    return true;
}

void write_frame(SSL* session, const Frame& frame) {
    Bytes bytes{static_cast<unsigned char>(0x80U | frame.opcode)};
    const std::uint64_t size = frame.payload.size();
    const unsigned length_bytes = size < 126 ? 0 : size < 65'536 ? 2 : 8;
    bytes.push_back(length_bytes == 0   ? static_cast<unsigned char>(size)
                    : length_bytes == 2 ? 126
                                        : 127);
    for (unsigned left = length_bytes; left > 0; --left) {
        bytes.push_back(static_cast<unsigned char>(size >> (8 * (left - 1)) & 0xFFU));
    }
    bytes.insert(bytes.end(), frame.payload.begin(), frame.payload.end());
    SSL_write(session, bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

std::pair<int, std::uint16_t> listen_on_loopback() {
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listening, generic, size), 0);
    EXPECT_EQ(::listen(listening, 4), 0);
    EXPECT_EQ(::getsockname(listening, generic, &size), 0);
    return {listening, ntohs(address.sin_port)};
}

TlsEchoServer::TlsEchoServer(const std::string& host) : context_(SSL_CTX_new(TLS_server_method())) {
    std::signal(SIGPIPE, SIG_IGN);
    make_certificate(host);
    std::tie(listening_, port_) = listen_on_loopback();
    thread_ = std::thread([this] { serve(); });
}

TlsEchoServer::~TlsEchoServer() {
    ::shutdown(listening_, SHUT_RDWR);
    if (const int connection = connection_; connection >= 0) {
        ::shutdown(connection, SHUT_RDWR);
    }
    thread_.join();
    ::close(listening_);
    std::filesystem::remove(ca_file_);
}

void TlsEchoServer::make_certificate(const std::string& host) {
    EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3'600);
    X509_set_pubkey(certificate, key);
    X509_NAME* const name = X509_get_subject_name(certificate);
    const Bytes common(host.begin(), host.end());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common.data(),
                               static_cast<int>(common.size()), -1, 0);
    X509_set_issuer_name(certificate, name);
    for (const auto& [kind, value] :
         {std::pair(NID_basic_constraints, std::string("critical,CA:TRUE")),
          std::pair(NID_subject_alt_name, "DNS:" + host)}) {
        X509V3_CTX context{};
        X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
        X509_EXTENSION* const extension =
            X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
    EXPECT_GT(X509_sign(certificate, key, EVP_sha256()), 0);
    EXPECT_EQ(SSL_CTX_use_certificate(context_.get(), certificate), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(context_.get(), key), 1);
    std::string path = (std::filesystem::temp_directory_path() / "studio-tls-XXXXXX").string();
    const int file = ::mkstemp(path.data());
    std::FILE* const stream = ::fdopen(file, "w");
    EXPECT_EQ(PEM_write_X509(stream, certificate), 1);
    std::fclose(stream);
    ca_file_ = path;
    X509_free(certificate);
    EVP_PKEY_free(key);
}

void TlsEchoServer::serve() {
    for (;;) {
        const int connection = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) {
            return;
        }
        connection_ = connection;
        const std::unique_ptr<SSL, Free> session(SSL_new(context_.get()));
        SSL_set_fd(session.get(), connection);
        if (SSL_accept(session.get()) == 1) {
            talk(session.get());
        }
        connection_ = -1;
        ::close(connection);
    }
}

void TlsEchoServer::talk(SSL* session) {
    const std::string answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        accept_of(read_head(session)) + "\r\n\r\n";
    SSL_write(session, answer.data(), static_cast<int>(answer.size()));
    for (Frame frame; read_frame(session, frame);) {
        write_frame(session, frame);
        if (frame.opcode == 8) {
            unsigned char byte = 0;
            const int end = SSL_read(session, &byte, 1);
            if (SSL_get_error(session, end) == SSL_ERROR_ZERO_RETURN) {
                ++goodbyes_;
            }
            SSL_shutdown(session);
            return;
        }
    }
}

}  // namespace studio::test
