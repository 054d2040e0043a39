#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/interface.hpp"
#include "base/time.hpp"
#include "ports/http_client.hpp"

namespace studio {

struct HttpStreamRequest {
    /// Method, URL, headers and body; its `timeout` is from the start to the end of the response.
    HttpRequest request;
    /// The first byte of the body must have come by then; zero leaves it to `timeout`.
    milliseconds first_byte_timeout{0};
    /// The longest pause between two pieces of the body; zero leaves it to `timeout`.
    milliseconds idle_timeout{0};
};

/// Who reads one response as it comes: head, body in pieces, end; on the client's loop.
class HttpStreamListener : public Interface {
public:
    /// Status and content type (lower case, without parameters), before any of the body.
    virtual void on_http_head(int status, std::string_view content_type) = 0;
    /// The next bytes of the body, already decoded from its transfer coding. Valid in the call.
    virtual void on_http_body(std::string_view bytes) = 0;
    /// The last event: the body is complete, or the reason why it will not be.
    virtual void on_http_end(std::optional<HttpClientError> error) = 0;
};

/// HTTP whose response is read as it comes. One object per loop, used on that loop only; it
/// outlives its exchanges.
class HttpStreamClient : public Interface {
public:
    /// Never blocks and never fails: trouble arrives at `listener`, on the loop, never from inside
    /// this call. Destroying the exchange cancels it, also from inside an event; no event comes
    /// afterwards. `listener` outlives the exchange.
    [[nodiscard]] virtual std::unique_ptr<HttpExchange> open(HttpStreamRequest request,
                                                             HttpStreamListener& listener) = 0;
};

}  // namespace studio
