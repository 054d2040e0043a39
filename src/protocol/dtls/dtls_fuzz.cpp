#include <algorithm>

#include "base/bytes.hpp"
#include "protocol/dtls/endpoint.hpp"

/// Records into a fresh server endpoint: each input is a list of datagrams, two length bytes each.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    static const dtls::Certificate certificate = dtls::Certificate::make().value();
    static const dtls::Context context = dtls::Context::make(certificate).value();
    dtls::EndpointOptions options;
    options.role = dtls::Role::server;
    options.peer_fingerprints = {certificate.fingerprint()};
    dtls::Endpoint endpoint(context, options);
    Instant now{seconds(1)};
    endpoint.start(now);
    ByteReader reader({data, size});
    while (reader.remaining() > 2) {
        const std::size_t length = reader.u16() % 2048;
        endpoint.handle_datagram(reader.bytes(std::min(length, reader.remaining())), now);
        now += milliseconds(60);
        endpoint.handle_timeout(now);
        while (endpoint.poll_datagram()) {
        }
        while (endpoint.poll_event()) {
        }
    }
    return 0;
}
