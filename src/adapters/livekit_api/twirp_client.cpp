#include "adapters/livekit_api/twirp_client.hpp"

#include <charconv>
#include <utility>

#include "ports/http_fetch.hpp"

namespace studio::adapters {

namespace {

/// The token is used at once; the rest is for clocks that differ.
constexpr seconds token_lifetime{600};
/// A list of 10,000 rooms fits.
constexpr std::size_t response_bytes_max = 8U << 20U;

RoomError error_of(int status, std::string_view code) {
    if (status == 401 || status == 403 || code == "unauthenticated" ||
        code == "permission_denied") {
        return RoomError::unauthorized;
    }
    if (code == "not_found") {
        return RoomError::no_room;
    }
    if (code == "resource_exhausted" || status == 429) {
        return RoomError::full;
    }
    return status >= 500 || status == 408 ? RoomError::unavailable : RoomError::malformed;
}

int number_in(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

TwirpError read_error(const HttpResponse& response) {
    TwirpError error;
    const auto json = parse_json(response.body, json_to_repair);
    if (json) {
        error.code = member_text(*json, "code").substr(0, 64);
        if (const Json* const meta = find_member(*json, "meta")) {
            const int status = number_in(member_text(*meta, "sip_status_code"));
            error.sip_status = status >= 100 && status <= 699 ? status : 0;
        }
    }
    error.error = error_of(response.status, error.code);
    // Twirp answers 408 to both `deadline_exceeded` and `canceled`.
    error.timed_out =
        error.code == "deadline_exceeded" || (response.status == 408 && error.code != "canceled");
    return error;
}

}  // namespace

std::string http_url(std::string url) {
    if (url.starts_with("ws")) {
        url.replace(0, 2, "http");
    }
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return url;
}

std::vector<std::string> validate(const LivekitApiOptions& options) {
    std::vector<std::string> errors;
    const auto is_url = [](const std::string& url) {
        for (const std::string_view scheme : {"ws://", "wss://", "http://", "https://"}) {
            if (url.starts_with(scheme) && url.size() > scheme.size()) {
                return true;
            }
        }
        return false;
    };
    if (!is_url(options.url)) {
        errors.emplace_back("LIVEKIT_URL is no ws, wss, http or https URL");
    }
    if (!options.public_url.empty() && !is_url(options.public_url)) {
        errors.emplace_back("LIVEKIT_PUBLIC_URL is no ws, wss, http or https URL");
    }
    if (options.key.api_key.empty() || options.key.api_secret.reveal().empty()) {
        errors.emplace_back("LIVEKIT_API_KEY and LIVEKIT_API_SECRET are needed");
    }
    if (options.timeout <= milliseconds::zero() || options.dial_poll_interval < milliseconds{100}) {
        errors.emplace_back("a time of the LiveKit API is too short");
    }
    return errors;
}

TwirpClient::TwirpClient(runtime::Loop& loop, HttpClient& http_client,
                         const LivekitApiOptions& options)
    : loop_(loop),
      http_client_(http_client),
      base_url_(http_url(options.url) + "/twirp/livekit."),
      key_(options.key) {}

HttpRequest TwirpClient::make_request(std::string_view method, const JsonObject& body,
                                      const jwt::LivekitClaims& grants,
                                      milliseconds timeout) const {
    const auto token = jwt::make_livekit_token(key_, grants, loop_.wall_now(), token_lifetime);
    HttpRequest request;
    request.method = "POST";
    request.url = base_url_ + std::string(method);
    request.headers = {{"Content-Type", "application/json"},
                       {"Authorization", "Bearer " + token.reveal()}};
    request.body = serialize_json(body);
    request.timeout = timeout;
    request.response_bytes_max = response_bytes_max;
    return request;
}

Result<Json, TwirpError> TwirpClient::read_response(
    const Result<HttpResponse, HttpClientError>& outcome) {
    TwirpError error;
    if (!outcome) {
        error.timed_out = outcome.error() == HttpClientError::timed_out;
        error.error = is_transient(outcome.error()) ? RoomError::unavailable : RoomError::malformed;
        return fail(std::move(error));
    }
    if (outcome->status != 200) {
        return fail(read_error(*outcome));
    }
    auto json = parse_json(outcome->body, json_to_repair);
    if (!json || !json->is_object()) {
        error.error = RoomError::malformed;
        return fail(std::move(error));
    }
    return std::move(*json);
}

Task<Result<Json, TwirpError>> TwirpClient::call(std::string method, JsonObject body,
                                                 jwt::LivekitClaims grants, milliseconds timeout) {
    HttpFetch fetch(http_client_, make_request(method, body, grants, timeout));
    const auto outcome = co_await fetch;
    co_return read_response(outcome);
}

const Json* twirp_member(const Json& json, std::string_view name) {
    if (const Json* const member = find_member(json, name)) {
        return member;
    }
    std::string camel;
    for (const char character : name) {
        if (!camel.empty() && camel.back() == '_') {
            camel.back() = static_cast<char>(
                character >= 'a' && character <= 'z' ? character - 'a' + 'A' : character);
        } else {
            camel += character;
        }
    }
    return find_member(json, camel);
}

std::string twirp_text(const Json& json, std::string_view name) {
    const Json* const member = twirp_member(json, name);
    return member != nullptr && member->is_string() ? std::string(member->get_string())
                                                    : std::string();
}

std::uint64_t twirp_number(const Json& json, std::string_view name) {
    const Json* const member = twirp_member(json, name);
    if (member == nullptr) {
        return 0;
    }
    if (member->is_string()) {
        const auto& text = member->get_string();
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        return error == std::errc{} && end == text.data() + text.size() ? number : 0;
    }
    if (member->is_uint64()) {
        return member->get_uint64();
    }
    return member->is_int64() && member->get_int64() > 0
               ? static_cast<std::uint64_t>(member->get_int64())
               : 0;
}

}  // namespace studio::adapters
