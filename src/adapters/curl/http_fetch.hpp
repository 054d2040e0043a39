#pragma once

#include "base/result.hpp"
#include "base/task.hpp"
#include "ports/http_client.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// Sends a request and waits for what becomes of it. On the client's loop, which outlives the task,
/// as does the client; a task that is destroyed cancels its request.
[[nodiscard]] Task<Result<HttpResponse, HttpClientError>> fetch(runtime::Loop& loop,
                                                                HttpClient& client,
                                                                HttpRequest request);

}  // namespace studio::adapters
