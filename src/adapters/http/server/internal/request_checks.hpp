#pragma once

#include <boost/optional.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "adapters/http/server/api_message.hpp"
#include "adapters/http/server/http_server.hpp"
#include "adapters/http/server/internal/header_fields.hpp"

namespace studio::adapters::http {

// What is to be said of a request as far as it is read, without its connection. A reply of status 0
// says that all is well, or that nobody waits for one.

[[nodiscard]] ApiReply no_reply();

/// To OPTIONS: the methods that the path knows.
[[nodiscard]] ApiReply options_reply(std::string allowed);

/// The reply to a request whose header or body could not be read; `is_late`: our own time for it
/// was over.
[[nodiscard]] ApiReply header_error(const boost::system::error_code& error, bool is_late,
                                    const HttpServerOptions& options);

/// What the header says of the body. `length` is empty where it comes in pieces.
[[nodiscard]] ApiReply check_body_header(const RequestMessage& message,
                                         boost::optional<std::uint64_t> length, BodyKind kind,
                                         const HttpServerOptions& options);

/// The longest body of that kind, in bytes.
[[nodiscard]] std::size_t body_limit(BodyKind kind, const HttpServerOptions& options);

/// The body as JSON, into the request.
[[nodiscard]] ApiReply read_json(ApiRequest& request);

/// The fields that handlers look at, into the request.
[[nodiscard]] ApiReply read_fields(const RequestMessage& message, ApiRequest& request);

}  // namespace studio::adapters::http
