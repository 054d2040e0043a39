#include "adapters/openai/internal/openai_request.hpp"

#include <algorithm>

#include "protocol/openai/chat_chunk.hpp"

namespace studio::adapters::openai {
namespace {

std::string without_end_slash(std::string url) {
    while (!url.empty() && url.back() == '/') {
        url.pop_back();
    }
    return url;
}

std::string check_value(const Json& value, const OptionRule& rule) {
    using Kind = OptionRule::Kind;
    if (rule.kind == Kind::text || rule.kind == Kind::url) {
        if (!value.is_string()) {
            return "must be a text";
        }
        const std::string_view text(value.get_string().data(), value.get_string().size());
        const bool is_url = text.substr(0, 7) == "http://" || text.substr(0, 8) == "https://";
        return rule.kind == Kind::url && !is_url ? "must be an http or https URL" : "";
    }
    if (!value.is_number() || (rule.kind == Kind::whole_number && value.is_double())) {
        return rule.kind == Kind::number ? "must be a number" : "must be a whole number";
    }
    const auto number = value.to_number<double>();
    if (!(number >= rule.least && number <= rule.most)) {
        return "is out of range";
    }
    return "";
}

ProviderErrorCode code_of_status(int status) {
    switch (status) {
        case 401:
        case 403:
            return ProviderErrorCode::unauthorized;
        case 402:
            return ProviderErrorCode::exhausted;
        case 408:
            return ProviderErrorCode::timed_out;
        case 429:
            return ProviderErrorCode::rate_limited;
        default:
            break;
    }
    if (status >= 400 && status < 500) {
        return ProviderErrorCode::rejected;
    }
    return status >= 500 ? ProviderErrorCode::unavailable : ProviderErrorCode::malformed;
}

}  // namespace

std::vector<OptionError> check_options(const Json& options, const std::vector<OptionRule>& rules) {
    if (options.is_null()) {
        return {};
    }
    if (!options.is_object()) {
        return {{"", "must be an object"}};
    }
    std::vector<OptionError> errors;
    for (const auto& member : options.get_object()) {
        const std::string_view name(member.key().data(), member.key().size());
        const auto rule =
            std::find_if(rules.begin(), rules.end(),
                         [&](const OptionRule& candidate) { return candidate.name == name; });
        std::string message = rule == rules.end() ? "is not an option of this provider"
                                                  : check_value(member.value(), *rule);
        if (!message.empty()) {
            errors.push_back({std::string(name), std::move(message)});
        }
    }
    return errors;
}

HttpStreamRequest make_request(const OpenaiOptions& options, const Json& agent_options,
                               std::string_view path, const Json& body) {
    const std::string own_url = without_end_slash(options.base_url);
    const std::string url =
        without_end_slash(member_text(agent_options, "base_url", options.base_url));
    HttpStreamRequest request;
    request.request.method = "POST";
    request.request.url = url + std::string(path);
    request.request.headers = {{"Content-Type", "application/json"}};
    if (url == own_url && !options.api_key.reveal().empty()) {
        request.request.headers.emplace_back("Authorization", "Bearer " + options.api_key.reveal());
    }
    request.request.body = serialize_json(body);
    request.request.response_bytes_max = options.response_bytes_max;
    request.request.is_operator_url = url == own_url;
    request.idle_timeout = options.idle_timeout;
    return request;
}

ProviderError error_of_response(const HttpHead& head, std::string_view body) {
    const studio::openai::ApiError error = studio::openai::parse_api_error(body);
    const std::string named = error.name.empty() ? "" : ", " + error.name;
    return {error.is_exhausted ? ProviderErrorCode::exhausted : code_of_status(head.status),
            "HTTP status " + std::to_string(head.status) + named, head.retry_after};
}

ProviderError error_of_api(const studio::openai::ApiError& error) {
    ProviderErrorCode code = ProviderErrorCode::unavailable;
    if (error.is_exhausted) {
        code = ProviderErrorCode::exhausted;
    } else if (error.status >= 400) {
        code = code_of_status(error.status);
    } else if (error.name.find("rate_limit") != std::string::npos) {
        code = ProviderErrorCode::rate_limited;
    }
    const std::string named = error.name.empty() ? "" : ": " + error.name;
    return {code, "the server failed inside the stream" + named, {}};
}

ProviderError error_of_http(HttpClientError error) {
    switch (error) {
        case HttpClientError::bad_url:
            return {
                ProviderErrorCode::rejected, "the URL is not valid, or leads where it may not", {}};
        case HttpClientError::unavailable:
            return {ProviderErrorCode::unavailable, "no connection, or it was cut"};
        case HttpClientError::timed_out:
            return {ProviderErrorCode::timed_out, "nothing came in time"};
        case HttpClientError::too_large:
            return {ProviderErrorCode::malformed, "the response is too large"};
        case HttpClientError::address_not_allowed:
            return {ProviderErrorCode::rejected,
                    "address_not_allowed: base_url leads to an address that the operator has not "
                    "allowed"};
    }
    return {ProviderErrorCode::unavailable, "unknown"};
}

}  // namespace studio::adapters::openai
