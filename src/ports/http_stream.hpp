#pragma once

#include <cstddef>
#include <cstdint>
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

/// What is known of a response before its body.
struct HttpHead {
    int status = 0;
    /// Lower case, without parameters.
    std::string content_type;
    /// The parameters of the content type, lower case: `rate=22050; channels=1`.
    std::string content_parameters;
    /// Of the body in bytes, where the server says it.
    std::optional<std::uint64_t> content_length;
    /// What `Retry-After` asks for, from now on, given as seconds or as a date (RFC 9110,
    /// section 10.2.3).
    std::optional<milliseconds> retry_after;
};

/// Who reads one response as it comes: head, body in pieces, end; on the client's loop.
class HttpStreamListener : public Interface {
public:
    /// Before any of the body.
    virtual void on_http_head(const HttpHead& head) = 0;
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
