#include "adapters/http/server/internal/request_checks.hpp"

#include <boost/beast/http/error.hpp>
#include <utility>

#include "adapters/http/server/replies.hpp"

namespace studio::adapters::http {

namespace beast_http = boost::beast::http;

namespace {

constexpr std::size_t last_event_id_max = 64;

std::string_view media_type_of(BodyKind kind) {
    switch (kind) {
        case BodyKind::sdp:
            return "application/sdp";
        case BodyKind::webhook:
            return "application/webhook+json";
        case BodyKind::merge_patch:
            return "application/merge-patch+json";
        case BodyKind::none:
        case BodyKind::json:
            break;
    }
    return "application/json";
}

}  // namespace

ApiReply no_reply() {
    ApiReply reply;
    reply.status = 0;
    return reply;
}

ApiReply options_reply(std::string allowed) {
    ApiReply reply;
    reply.status = 204;
    reply.headers.emplace_back("Allow", std::move(allowed));
    return reply;
}

ApiReply header_error(const boost::system::error_code& error, bool is_late,
                      const HttpServerOptions& options) {
    if (is_late) {
        return protocol_error_reply(408, "the request took too long to arrive");
    }
    if (error == beast_http::error::header_limit || error == beast_http::error::buffer_overflow) {
        return protocol_error_reply(431, "the header is longer than " +
                                             std::to_string(options.header_bytes_max) + " bytes");
    }
    if (error == beast_http::error::body_limit) {
        return protocol_error_reply(
            413, "the body is longer than " + std::to_string(options.body_bytes_max) + " bytes");
    }
    const bool peer_left =
        error == beast_http::error::end_of_stream || error == beast_http::error::partial_message;
    const auto& syntax_category =
        beast_http::make_error_code(beast_http::error::bad_method).category();
    if (peer_left || error.category() != syntax_category) {
        return no_reply();
    }
    return protocol_error_reply(400, "the request is not valid HTTP/1.1: " + error.message());
}

ApiReply read_json(ApiRequest& request) {
    auto json = parse_json(request.body);
    if (!json && !json.error().path.empty()) {
        return error_reply(services::invalid({{json.error().path, json.error().message}}));
    }
    if (!json) {
        return protocol_error_reply(400, "the body " + json.error().message);
    }
    if (!json->is_object()) {
        return protocol_error_reply(400, "the body must be a JSON object");
    }
    request.json = std::move(*json);
    return no_reply();
}

ApiReply read_fields(const RequestMessage& message, ApiRequest& request) {
    const auto key = read_field(message, "Idempotency-Key");
    if (message.count("Idempotency-Key") > 1 || !is_idempotency_key(key)) {
        return protocol_error_reply(
            400, "Idempotency-Key must be given once, as at most 128 characters of ASCII");
    }
    request.idempotency_key = key;
    request.if_none_match = read_list_field(message, "If-None-Match");
    request.if_match = read_list_field(message, "If-Match");
    request.last_event_id = read_field(message, "Last-Event-ID").substr(0, last_event_id_max);
    return no_reply();
}

std::size_t body_limit(BodyKind kind, const HttpServerOptions& options) {
    return kind == BodyKind::sdp ? options.sdp_bytes_max : options.body_bytes_max;
}

ApiReply check_body_header(const RequestMessage& message, boost::optional<std::uint64_t> length,
                           BodyKind kind, const HttpServerOptions& options) {
    if (kind == BodyKind::none) {
        return no_reply();
    }
    const std::string coding = read_field(message, "Content-Encoding");
    if (!coding.empty() && !is_media_type(coding, "identity")) {
        ApiReply reply = protocol_error_reply(415, "the body must come without a content coding");
        // RFC 9110, section 12.5.3: what would have been accepted.
        reply.headers.emplace_back("Accept-Encoding", "identity");
        return reply;
    }
    const std::string given = read_field(message, "Content-Type");
    const std::string_view wanted = media_type_of(kind);
    // JSON of a more special kind may be called what it is in general.
    const bool is_plain_json = kind != BodyKind::sdp && is_media_type(given, "application/json");
    if (!is_media_type(given, wanted) && !is_plain_json) {
        return protocol_error_reply(415, "the body must be " + std::string(wanted));
    }
    if (length && *length > body_limit(kind, options)) {
        return protocol_error_reply(
            413, "the body is longer than " + std::to_string(body_limit(kind, options)) + " bytes");
    }
    return no_reply();
}

}  // namespace studio::adapters::http
