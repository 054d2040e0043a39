#include "adapters/curl/http_fetch.hpp"

#include <optional>
#include <utility>

#include "runtime/wake_list.hpp"

namespace studio::adapters {

Task<Result<HttpResponse, HttpClientError>> fetch(runtime::Loop& loop, HttpClient& client,
                                                  HttpRequest request) {
    using Answer = Result<HttpResponse, HttpClientError>;
    // The client keeps the time; this only wakes up again should it not.
    const milliseconds patience = 2 * request.timeout;
    std::optional<Answer> answer;
    runtime::WakeList done(loop);
    const auto exchange = client.send(std::move(request), [&answer, &done](Answer outcome) {
        answer = std::move(outcome);
        done.wake_all();
    });
    while (!answer) {
        [[maybe_unused]] const bool woken = co_await done.wait_until(loop.now() + patience);
    }
    co_return std::move(*answer);
}

}  // namespace studio::adapters
