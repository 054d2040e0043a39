#include "adapters/curl/curl_http_client.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace studio::adapters {
namespace {

/// Gathers a response. The stream client bounds its size, but for those of which the beginning is
/// wanted.
class WholeExchange final : public HttpExchange, public HttpStreamListener {
public:
    WholeExchange(HttpStreamClient& client, HttpRequest request, HttpClient::Done done)
        : done_(std::move(done)),
          keeps_beginning_(request.keeps_beginning),
          bytes_max_(request.response_bytes_max),
          exchange_(client.open(stream_request(std::move(request)), *this)) {}

    void on_http_head(const HttpHead& head) override {
        response_.status = head.status;
        response_.content_type = head.content_type;
        whole_bytes_ = head.content_length.value_or(0);
    }
    void on_http_body(std::string_view bytes) override {
        const std::size_t room = bytes_max_ - response_.body.size();
        response_.body.append(bytes.substr(0, keeps_beginning_ ? room : bytes.size()));
        if (keeps_beginning_ && bytes.size() > room) {
            response_.is_cut = true;
            response_.whole_bytes = whole_bytes_;
            exchange_.reset();
            on_http_end(std::nullopt);
        }
    }
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
    static HttpStreamRequest stream_request(HttpRequest request) {
        HttpStreamRequest stream;
        stream.request = std::move(request);
        if (stream.request.keeps_beginning) {
            stream.request.response_bytes_max = std::numeric_limits<std::size_t>::max();
        }
        return stream;
    }

    HttpClient::Done done_;
    bool keeps_beginning_;
    std::size_t bytes_max_;
    HttpResponse response_;
    std::uint64_t whole_bytes_ = 0;
    std::unique_ptr<HttpExchange> exchange_;
};

}  // namespace

std::unique_ptr<HttpExchange> CurlHttpClient::send(HttpRequest request, Done done) {
    return std::make_unique<WholeExchange>(stream_, std::move(request), std::move(done));
}

}  // namespace studio::adapters
