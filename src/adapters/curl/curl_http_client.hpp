#pragma once

#include <memory>

#include "adapters/curl/curl_http_stream.hpp"
#include "ports/http_client.hpp"

namespace studio::adapters {

/// The tools' HTTP: whole responses, on connections of its own, so that tools and providers do not
/// wait for one another. Loop thread only.
class CurlHttpClient final : public HttpClient {
public:
    /// The loop outlives the client.
    explicit CurlHttpClient(runtime::AsioLoop& loop, CurlOptions options = {})
        : stream_(loop, std::move(options)) {}

    [[nodiscard]] std::unique_ptr<HttpExchange> send(HttpRequest request, Done done) override;

private:
    CurlHttpStreamClient stream_;
};

}  // namespace studio::adapters
