#include "adapters/http/server/replies.hpp"

namespace studio::adapters {

namespace {

std::string_view code_of(int status) {
    switch (status) {
        case 400:
            return "bad_request";
        case 404:
            return "not_found";
        case 405:
            return "method_not_allowed";
        case 408:
            return "request_timeout";
        case 413:
            return "payload_too_large";
        case 426:
            return "upgrade_required";
        case 415:
            return "unsupported_media_type";
        case 431:
            return "header_too_large";
        case 503:
            return "unavailable";
        default:
            return "internal_error";
    }
}

}  // namespace

int status_of(services::ServiceErrorCode code) {
    using Code = services::ServiceErrorCode;
    switch (code) {
        case Code::authentication_error:
            return 401;
        case Code::authorization_error:
            return 403;
        case Code::not_found:
            return 404;
        case Code::conflict:
            return 409;
        case Code::precondition_failed:
            return 412;
        case Code::validation_error:
            return 422;
        case Code::rate_limit_exceeded:
            return 429;
        case Code::unavailable:
            return 503;
        case Code::internal_error:
            return 500;
    }
    return 500;
}

Json field_errors_view(const std::vector<core::FieldError>& errors) {
    JsonArray list;
    for (const core::FieldError& error : errors) {
        list.push_back(JsonObject{{"field", error.field}, {"message", error.message}});
    }
    return list;
}

ApiReply json_reply(int status, const Json& body) {
    ApiReply reply;
    reply.status = status;
    reply.body = serialize_json(body);
    return reply;
}

ApiReply error_reply(int status, std::string_view code, std::string_view message,
                     const std::vector<core::FieldError>& details) {
    ApiReply reply = json_reply(
        status, JsonObject{{"error",
                            JsonObject{{"code", boost::json::string_view(code.data(), code.size())},
                                       {"message",
                                        boost::json::string_view(message.data(), message.size())},
                                       {"details", field_errors_view(details)}}}});
    if (status == 401) {
        reply.headers.emplace_back("WWW-Authenticate", "Bearer");
    }
    if (status == 429 || status == 503) {
        reply.headers.emplace_back("Retry-After", "1");
    }
    return reply;
}

ApiReply error_reply(const services::ServiceError& error) {
    ApiReply reply = error_reply(status_of(error.code), services::name_of(error.code),
                                 error.message, error.details);
    for (auto& [name, value] : reply.headers) {
        if (name == "Retry-After" && error.retry_after > seconds{0}) {
            value = std::to_string(error.retry_after.count());
        }
    }
    return reply;
}

HeaderList rate_headers_of(const services::RateVerdict& verdict) {
    const auto reset = std::chrono::ceil<seconds>(verdict.reset_at.time_since_epoch());
    return {{"X-RateLimit-Limit", std::to_string(verdict.limit)},
            {"X-RateLimit-Remaining", std::to_string(verdict.remaining)},
            {"X-RateLimit-Reset", std::to_string(reset.count())}};
}

ApiReply protocol_error_reply(int status, std::string_view message) {
    return error_reply(status, code_of(status), message);
}

}  // namespace studio::adapters
