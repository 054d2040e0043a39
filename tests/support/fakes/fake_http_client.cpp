#include "support/fakes/fake_http_client.hpp"

#include <utility>

namespace studio::testing_support {
namespace {

class FakeHttpExchange final : public HttpExchange {
public:
    FakeHttpExchange(runtime::Loop& loop, milliseconds latency,
                     Result<HttpResponse, HttpClientError> outcome, HttpClient::Done done) {
        timer_ = loop.start_timer(
            loop.now() + latency,
            // The exchange may be destroyed inside `done`, and the function with it.
            [outcome = std::move(outcome), done = std::move(done)] {
                const HttpClient::Done call = done;
                call(outcome);
            });
    }

private:
    std::unique_ptr<runtime::Timer> timer_;
};

}  // namespace

FakeHttpClient::FakeHttpClient(runtime::Loop& loop, FaultPlan plan, Answerer answerer)
    : loop_(loop), plan_(plan), answerer_(std::move(answerer)) {}

std::unique_ptr<HttpExchange> FakeHttpClient::send(HttpRequest request, Done done) {
    Result<HttpResponse, HttpClientError> outcome = fail(HttpClientError::timed_out);
    milliseconds latency = request.timeout;
    if (!plan_.draw(plan_.silence_share)) {
        latency = plan_.latency();
        if (plan_.draw(plan_.failure_share)) {
            outcome = fail(HttpClientError::unavailable);
        } else {
            outcome = answerer_(request);
        }
    }
    requests_.push_back(std::move(request));
    return std::make_unique<FakeHttpExchange>(loop_, latency, std::move(outcome), std::move(done));
}

}  // namespace studio::testing_support
