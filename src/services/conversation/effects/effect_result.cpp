#include "services/conversation/effects/internal/effect_result.hpp"

namespace studio::services {

core::ToolInput input_of(const Result<HttpResponse, HttpClientError>& outcome) {
    if (outcome) {
        return core::ToolHttpFinished{outcome->status, outcome->body, outcome->is_cut,
                                      outcome->whole_bytes};
    }
    return core::ToolHttpFailed{std::string(name_of(outcome.error()))};
}

std::string effect_result(const Result<HttpResponse, HttpClientError>& outcome) {
    constexpr std::size_t body_bytes_max = 24U << 10U;
    if (!outcome) {
        return serialize_json(JsonObject{{"failed", std::string(name_of(outcome.error()))}});
    }
    constexpr std::size_t begin_bytes_max = 8U << 10U;
    JsonObject result{{"status", outcome->status}};
    if (outcome->body.size() <= body_bytes_max && !outcome->is_cut) {
        result["body"] = outcome->body;
    } else {
        result["body"] = outcome->body.substr(0, begin_bytes_max);
        result["whole_bytes"] = outcome->is_cut ? outcome->whole_bytes : outcome->body.size();
    }
    return serialize_json(result);
}

std::string phone_result(const std::string& error) {
    return serialize_json(JsonObject{{"failed", error}});
}

std::string error_code(const core::ToolInput& outcome) {
    constexpr int too_many_requests = 429;
    constexpr int server_error = 500;
    if (const auto* finished = std::get_if<core::ToolHttpFinished>(&outcome)) {
        const bool is_error =
            finished->status == too_many_requests || finished->status >= server_error;
        return is_error ? "http_" + std::to_string(finished->status) : std::string();
    }
    if (const auto* failed = std::get_if<core::ToolHttpFailed>(&outcome)) {
        // Where it was not even begun, the reason is a sentence for the model.
        return failed->reason.find(' ') == std::string::npos ? failed->reason : "not_done";
    }
    const auto* phone = std::get_if<core::ToolPhoneDone>(&outcome);
    return phone != nullptr && !phone->error.empty() ? "not_done" : std::string();
}

core::ToolInput input_of_effect(const std::string& result, bool is_phone) {
    const auto json = parse_json(result, json_as_stored);
    if (is_phone) {
        return core::ToolPhoneDone{json ? member_text(*json, "failed") : "failed"};
    }
    const Json* status = json ? find_member(*json, "status") : nullptr;
    if (status != nullptr && status->is_int64()) {
        const Json* whole = find_member(*json, "whole_bytes");
        const std::int64_t bytes = whole != nullptr && whole->is_int64() && whole->get_int64() > 0
                                       ? whole->get_int64()
                                       : 0;
        return core::ToolHttpFinished{static_cast<int>(status->get_int64()),
                                      member_text(*json, "body"), whole != nullptr,
                                      static_cast<std::uint64_t>(bytes)};
    }
    return core::ToolHttpFailed{json ? member_text(*json, "failed", "failed") : "failed"};
}

}  // namespace studio::services
