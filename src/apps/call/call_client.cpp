#include "apps/call/call_client.hpp"

#include <utility>

#include "base/json.hpp"

namespace studio::apps {
namespace {

const char* describe(HttpClientError error) {
    switch (error) {
        case HttpClientError::bad_url:
            return "--server is not an http URL";
        case HttpClientError::unavailable:
            return "no server answers there; is it running?";
        case HttpClientError::timed_out:
            return "the server did not answer in time";
        case HttpClientError::too_large:
            return "the server's answer is too large";
        case HttpClientError::address_not_allowed:
            return "the address of --server is not allowed";
    }
    return "unknown error";
}

std::string describe_refusal(const HttpResponse& response) {
    const auto body = parse_json(response.body, json_to_repair);
    const Json* error = body ? find_member(*body, "error") : nullptr;
    const std::string message = error == nullptr ? "" : member_text(*error, "message");
    return "the server refused (" + std::to_string(response.status) + "): " + message;
}

}  // namespace

void CallClient::create(OnCreated done) {
    const bool is_workflow = !options_.workflow.empty();
    const JsonObject request{{is_workflow ? "workflow_slug" : "agent_name",
                              is_workflow ? options_.workflow : options_.agent},
                             {"user_context", *parse_json(options_.user_context)}};
    post("/api/v1/calls", "application/json", serialize_json(request),
         [done = std::move(done)](Result<std::string, std::string> body) {
             if (!body) {
                 return done(fail(body.error()));
             }
             const auto json = parse_json(*body);
             MadeCall call;
             call.id = json ? member_text(*json, "call_id") : "";
             if (call.id.empty()) {
                 return done(fail(std::string("the server's answer names no call")));
             }
             call.room_url = member_text(*json, "url");
             call.room_token = Secret<std::string>(member_text(*json, "token"));
             done(std::move(call));
         });
}

void CallClient::offer(const std::string& call_id, std::string offer_sdp, OnAnswer done) {
    post("/api/v1/calls/" + call_id + "/sdp", "application/sdp", std::move(offer_sdp),
         std::move(done));
}

void CallClient::check(const std::string& call_id, OnChecked done) {
    HttpRequest request;
    request.method = "GET";
    request.url = options_.server + "/api/v1/calls/" + call_id;
    request.headers = {{"X-API-Key", options_.api_key.reveal()}};
    request.timeout = milliseconds(15'000);
    exchange_ = http_.send(
        std::move(request),
        [done = std::move(done)](const Result<HttpResponse, HttpClientError>& answer) {
            if (!answer) {
                return done("the server went away during the call: " +
                            std::string(describe(answer.error())));
            }
            const auto record = parse_json(answer->body);
            if (answer->status == 200 && record && member_text(*record, "status") == "failed") {
                return done("the call failed: " + member_text(*record, "status_reason"));
            }
            done(std::nullopt);
        });
}

void CallClient::post(const std::string& path, std::string content_type, std::string body,
                      OnAnswer done) {
    HttpRequest request;
    request.method = "POST";
    request.url = options_.server + path;
    request.headers = {{"Content-Type", std::move(content_type)},
                       {"X-API-Key", options_.api_key.reveal()}};
    request.body = std::move(body);
    request.timeout = milliseconds(15'000);
    exchange_ = http_.send(std::move(request),
                           [done = std::move(done)](Result<HttpResponse, HttpClientError> answer) {
                               if (!answer) {
                                   return done(fail(std::string(describe(answer.error()))));
                               }
                               if (answer->status != 201) {
                                   return done(fail(describe_refusal(*answer)));
                               }
                               done(std::move(answer->body));
                           });
}

}  // namespace studio::apps
