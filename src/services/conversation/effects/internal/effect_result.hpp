#pragma once

#include <string>

#include "base/result.hpp"
#include "core/tool/tool_run.hpp"
#include "ports/http_client.hpp"

namespace studio::services {

/// What a tool is told of its request.
[[nodiscard]] core::ToolInput input_of(const Result<HttpResponse, HttpClientError>& outcome);

/// What the journal keeps of an effect; a long body is left out, since the model reads little of it
/// anyway.
[[nodiscard]] std::string effect_result(const Result<HttpResponse, HttpClientError>& outcome);
/// `error` is empty where it was done.
[[nodiscard]] std::string phone_result(const std::string& error);

/// What a tool is told of an effect that an earlier holder of the call did.
[[nodiscard]] core::ToolInput input_of_effect(const std::string& result, bool is_phone);

}  // namespace studio::services
