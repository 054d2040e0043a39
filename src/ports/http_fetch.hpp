#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

#include "base/result.hpp"
#include "ports/http_client.hpp"

namespace studio {

/// One HTTP exchange for a coroutine: sent when made, `co_await` it once for its outcome.
/// Destroying it cancels the exchange. On the client's loop; the client outlives it.
class HttpFetch {
public:
    HttpFetch(HttpClient& client, HttpRequest request)
        : exchange_(client.send(std::move(request), [this](auto outcome) {
              outcome_ = std::move(outcome);
              if (waiting_) {
                  waiting_.resume();
              }
          })) {}
    HttpFetch(const HttpFetch&) = delete;
    HttpFetch& operator=(const HttpFetch&) = delete;

    [[nodiscard]] bool await_ready() const noexcept { return outcome_.has_value(); }
    void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
    [[nodiscard]] Result<HttpResponse, HttpClientError> await_resume() {
        return std::move(*outcome_);
    }

private:
    std::coroutine_handle<> waiting_;
    std::optional<Result<HttpResponse, HttpClientError>> outcome_;
    std::unique_ptr<HttpExchange> exchange_;
};

}  // namespace studio
