#include "adapters/curl/curl_http_stream.hpp"

#include <utility>

#include "adapters/curl/internal/curl_driver.hpp"

namespace studio::adapters {

class CurlHttpStreamClient::Exchange final : public HttpExchange {
public:
    Exchange(std::weak_ptr<CurlDriver> driver, std::shared_ptr<CurlTransfer> transfer)
        : driver_(std::move(driver)), transfer_(std::move(transfer)) {}
    ~Exchange() override {
        if (const auto driver = driver_.lock()) {
            driver->cancel(*transfer_);
        }
    }

    void limit_pause(milliseconds pause_max) override {
        if (const auto driver = driver_.lock()) {
            driver->limit_pause(*transfer_, pause_max);
        }
    }

private:
    std::weak_ptr<CurlDriver> driver_;
    std::shared_ptr<CurlTransfer> transfer_;
};

CurlHttpStreamClient::CurlHttpStreamClient(runtime::AsioLoop& loop, CurlOptions options)
    : driver_(std::make_shared<CurlDriver>(loop, std::move(options))) {}

CurlHttpStreamClient::~CurlHttpStreamClient() {
    driver_->shut_down();
}

std::unique_ptr<HttpExchange> CurlHttpStreamClient::open(HttpStreamRequest request,
                                                         HttpStreamListener& listener) {
    return std::make_unique<Exchange>(driver_, driver_->start(std::move(request), listener));
}

}  // namespace studio::adapters
