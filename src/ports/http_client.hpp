#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace studio {

enum class HttpClientError : std::uint8_t {
    /// The URL is not an http or https URL.
    bad_url,
    /// No connection, or it was cut. May succeed if sent again.
    unavailable,
    /// The deadline passed. May succeed if sent again.
    timed_out,
    /// The response is larger than `response_bytes_max`.
    too_large,
    /// The host's address is none that a tenant's URL may lead to; only the operator can change it.
    address_not_allowed,
};

/// The error as models, records and logs name it.
[[nodiscard]] constexpr std::string_view name_of(HttpClientError error) {
    switch (error) {
        case HttpClientError::bad_url:
            return "bad_url";
        case HttpClientError::unavailable:
            return "unavailable";
        case HttpClientError::timed_out:
            return "timed_out";
        case HttpClientError::too_large:
            return "too_large";
        case HttpClientError::address_not_allowed:
            return "address_not_allowed";
    }
    return "failed";
}

[[nodiscard]] constexpr bool is_transient(HttpClientError error) {
    return error == HttpClientError::unavailable || error == HttpClientError::timed_out;
}

struct HttpRequest {
    std::string method = "GET";
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// From the start to the end of the response.
    milliseconds timeout{30'000};
    std::size_t response_bytes_max = 1U << 20U;
    /// Whether the operator's own configuration names the URL: then it may lead anywhere. What
    /// tenants write may not.
    bool is_operator_url = false;
    /// Of a larger response the beginning is given (HttpResponse::is_cut), instead of `too_large`.
    /// HttpClient only.
    bool keeps_beginning = false;
};

struct HttpResponse {
    int status = 0;
    std::string content_type;
    std::string body;
    /// `body` is only the beginning: what is left out was not received.
    bool is_cut = false;
    /// The size of the whole body in bytes where `is_cut` and the server said it, else zero.
    std::uint64_t whole_bytes = 0;
};

/// One exchange under way. Destroying it cancels it; no callback comes afterwards.
class HttpExchange : public Interface {
public:
    /// From now on the longest pause between two pieces of a body that is read as it comes: for
    /// who knows that little is still to follow. On the client's loop, also from inside an event.
    virtual void limit_pause(milliseconds /*pause_max*/) {}
};

/// Plain HTTP for tools. One object per loop, used on that loop only.
class HttpClient : public Interface {
public:
    using Done = std::function<void(Result<HttpResponse, HttpClientError>)>;

    /// Any HTTP status is a success here. `done` runs once on the loop, never from inside `send`.
    [[nodiscard]] virtual std::unique_ptr<HttpExchange> send(HttpRequest request, Done done) = 0;
};

}  // namespace studio
