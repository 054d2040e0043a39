#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "ports/http_client.hpp"
#include "runtime/loop.hpp"
#include "support/fakes/fault_plan.hpp"

namespace studio::testing_support {

/// Answers tools' requests from a function.
class FakeHttpClient final : public HttpClient {
public:
    using Answerer = std::function<HttpResponse(const HttpRequest&)>;

    /// Borrows the loop, which outlives it.
    FakeHttpClient(runtime::Loop& loop, FaultPlan plan, Answerer answerer);

    [[nodiscard]] std::unique_ptr<HttpExchange> send(HttpRequest request, Done done) override;

    /// Every request so far.
    [[nodiscard]] const std::vector<HttpRequest>& requests() const { return requests_; }

private:
    runtime::Loop& loop_;
    FaultPlan plan_;
    Answerer answerer_;
    std::vector<HttpRequest> requests_;
};

}  // namespace studio::testing_support
