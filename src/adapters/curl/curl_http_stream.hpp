#pragma once

#include <memory>

#include "adapters/curl/curl_options.hpp"
#include "ports/http_stream.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::adapters {

/// HTTP/1.1 over libcurl's multi interface, driven by one loop (docs/adr/0007-http-client.md): http
/// and https only, certificates checked, no redirects, no cookies, connections kept for the next
/// request. Loop thread only. A request with a line break in method, header or URL is refused as
/// `bad_url`, a host without an allowed address as `address_not_allowed`, which the log tells.
class CurlHttpStreamClient final : public HttpStreamClient {
public:
    /// The loop outlives the client.
    explicit CurlHttpStreamClient(runtime::AsioLoop& loop, CurlOptions options = {});
    /// Cancels what is under way.
    ~CurlHttpStreamClient() override;

    [[nodiscard]] std::unique_ptr<HttpExchange> open(HttpStreamRequest request,
                                                     HttpStreamListener& listener) override;

private:
    class Exchange;

    std::shared_ptr<class CurlDriver> driver_;
};

}  // namespace studio::adapters
