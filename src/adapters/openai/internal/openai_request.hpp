#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/openai/openai_options.hpp"
#include "base/json.hpp"
#include "ports/http_stream.hpp"
#include "ports/provider_error.hpp"
#include "protocol/openai/chat_chunk.hpp"

namespace studio::adapters::openai {

/// What an option's value must be. Numbers are checked against their range.
struct OptionRule {
    enum class Kind : std::uint8_t { text, url, number, whole_number };

    std::string_view name;
    Kind kind = Kind::text;
    double least = 0.0;
    double most = 0.0;
};

/// All that is wrong with `options`: unknown names, wrong types, values out of range.
[[nodiscard]] std::vector<OptionError> check_options(const Json& options,
                                                     const std::vector<OptionRule>& rules);

/// `POST {base_url}{path}` with the body, and the key where it may go.
[[nodiscard]] HttpStreamRequest make_request(const OpenaiOptions& options,
                                             const Json& agent_options, std::string_view path,
                                             const Json& body);

/// What a response other than 200 means; `body` is the beginning of its body. docs/providers.md
/// lists the classes.
[[nodiscard]] ProviderError error_of_response(const HttpHead& head, std::string_view body);
/// What an error inside a stream means, which has no status but the one that it may name.
[[nodiscard]] ProviderError error_of_api(const studio::openai::ApiError& error);
[[nodiscard]] ProviderError error_of_http(HttpClientError error);

/// So much of an error's body is kept.
inline constexpr std::size_t error_body_bytes_max = 4096;

}  // namespace studio::adapters::openai
