#include "adapters/curl/curl_http_client.hpp"

#include <optional>
#include <string>
#include <utility>

namespace studio::adapters {
namespace {

/// Gathers a response, whose size the stream client bounds.
class Gatherer final : public HttpStreamListener {
public:
    explicit Gatherer(HttpClient::Done done) : done_(std::move(done)) {}

    void on_http_head(int status, std::string_view content_type) override {
        response_.status = status;
        response_.content_type = content_type;
    }
    void on_http_body(std::string_view bytes) override { response_.body.append(bytes); }
    void on_http_end(std::optional<HttpClientError> error) override {
        // Whoever is told may destroy this object.
        const HttpClient::Done done = std::move(done_);
        if (error) {
            done(fail(*error));
        } else {
            done(std::move(response_));
        }
    }

private:
    HttpClient::Done done_;
    HttpResponse response_;
};

class WholeExchange final : public HttpExchange {
public:
    WholeExchange(HttpStreamClient& client, HttpStreamRequest request, HttpClient::Done done)
        : gatherer_(std::move(done)), exchange_(client.open(std::move(request), gatherer_)) {}

private:
    Gatherer gatherer_;
    std::unique_ptr<HttpExchange> exchange_;
};

}  // namespace

std::unique_ptr<HttpExchange> CurlHttpClient::send(HttpRequest request, Done done) {
    HttpStreamRequest stream_request;
    stream_request.request = std::move(request);
    return std::make_unique<WholeExchange>(stream_, std::move(stream_request), std::move(done));
}

}  // namespace studio::adapters
