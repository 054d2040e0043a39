#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

#include "base/time.hpp"
#include "ports/http_client.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters::livekit_api {

/// One HTTP exchange for coroutines: sent when made, awaited once or, with a deadline, several
/// times. Destroying it cancels the exchange. One loop.
class PendingHttp {
public:
    PendingHttp(HttpClient& client, HttpRequest request)
        : exchange_(client.send(std::move(request), [this](auto outcome) {
              outcome_ = std::move(outcome);
              wake();
          })) {}
    PendingHttp(const PendingHttp&) = delete;
    PendingHttp& operator=(const PendingHttp&) = delete;

    [[nodiscard]] bool is_done() const { return outcome_.has_value(); }
    /// Precondition: is_done().
    [[nodiscard]] Result<HttpResponse, HttpClientError> take() { return std::move(*outcome_); }

    /// `co_await` it: goes on when the exchange is done, or at `deadline`.
    class Wait {
    public:
        Wait(PendingHttp& pending, runtime::Loop& loop, Deadline deadline)
            : pending_(pending), loop_(loop), deadline_(deadline) {}
        [[nodiscard]] bool await_ready() const noexcept { return pending_.is_done(); }
        void await_suspend(std::coroutine_handle<> waiting) {
            pending_.waiting_ = waiting;
            if (deadline_) {
                timer_ = loop_.start_timer(*deadline_, [this] { pending_.wake(); });
            }
        }
        void await_resume() noexcept { timer_.reset(); }

    private:
        PendingHttp& pending_;
        runtime::Loop& loop_;
        Deadline deadline_;
        std::unique_ptr<runtime::Timer> timer_;
    };

private:
    void wake() {
        if (waiting_) {
            std::exchange(waiting_, {}).resume();
        }
    }

    std::coroutine_handle<> waiting_;
    std::optional<Result<HttpResponse, HttpClientError>> outcome_;
    std::unique_ptr<HttpExchange> exchange_;
};

}  // namespace studio::adapters::livekit_api
