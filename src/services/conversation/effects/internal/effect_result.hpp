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

/// Of an effect that failed, one lower_snake_case word for core::CallError: no answer, or one that
/// says that its server is in trouble (429, 5xx). Empty for every other answer.
[[nodiscard]] std::string error_code(const core::ToolInput& outcome);

/// What a tool is told of an effect that an earlier holder of the call did.
[[nodiscard]] core::ToolInput input_of_effect(const std::string& result, bool is_phone);

}  // namespace studio::services
