#include <sys/time.h>

#include <algorithm>
#include <climits>

#include "protocol/dtls/internal/openssl_objects.hpp"

namespace studio::dtls {
namespace {

// A handshake flight is four datagrams or so; OpenSSL reports the rest as lost and repeats later.
constexpr std::size_t outbound_max = 32;

DatagramPipe& pipe_of(BIO* bio) {
    return *static_cast<DatagramPipe*>(BIO_get_data(bio));
}

int on_write(BIO* bio, const char* data, int size) {
    DatagramPipe& pipe = pipe_of(bio);
    BIO_clear_retry_flags(bio);
    if (size > 0 && pipe.outbound.size() < outbound_max) {
        const auto* first = reinterpret_cast<const std::uint8_t*>(data);
        pipe.outbound.emplace_back(first, first + size);
    }
    return size;
}

int on_read(BIO* bio, char* data, int size) {
    DatagramPipe& pipe = pipe_of(bio);
    BIO_clear_retry_flags(bio);
    if (pipe.inbound.empty() || size <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    // As recvfrom(2): one datagram per read, what does not fit is cut.
    const std::size_t count = std::min(pipe.inbound.size(), static_cast<std::size_t>(size));
    std::copy_n(pipe.inbound.begin(), count, reinterpret_cast<std::uint8_t*>(data));
    pipe.inbound = {};
    return static_cast<int>(count);
}

long on_control(BIO* bio, int command, long, void* pointer) {
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
            pipe_of(bio).timer = static_cast<struct timeval*>(pointer);
            return 1;
        default:
            return 0;
    }
}

int on_create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD* make_method() {
    BIO_METHOD* method =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "studio datagram");
    if (method != nullptr) {
        BIO_meth_set_write(method, on_write);
        BIO_meth_set_read(method, on_read);
        BIO_meth_set_ctrl(method, on_control);
        BIO_meth_set_create(method, on_create);
    }
    return method;
}

}  // namespace

BioPointer make_datagram_bio(DatagramPipe& pipe) {
    static BIO_METHOD* const method = make_method();  // For the life of the process.
    BioPointer bio(method == nullptr ? nullptr : BIO_new(method));
    if (bio) {
        BIO_set_data(bio.get(), &pipe);
    }
    return bio;
}

}  // namespace studio::dtls
