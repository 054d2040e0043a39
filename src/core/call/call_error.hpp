#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace studio::core {

/// What of a call somebody outside was asked for; `call` is the call itself, which a fault of ours
/// ended.
enum class CallStage : std::uint8_t { stt, llm, tts, tool, call };

[[nodiscard]] std::string_view name_of(CallStage stage);
[[nodiscard]] std::optional<CallStage> parse_call_stage(std::string_view name);

/// Requests of a call that failed in the same way, also those that another try mended. Never a key,
/// and nothing that was said.
struct CallError {
    CallStage stage = CallStage::stt;
    /// The provider by its name in the agent's configuration; of `tool` the tool's name, of `call`
    /// `studio`.
    std::string provider;
    /// One lower_snake_case word: of a provider ports/provider_error.hpp lists them.
    std::string code;
    std::uint32_t count = 1;

    [[nodiscard]] bool operator==(const CallError&) const = default;
};

/// Kinds of errors that a call keeps, a kind being stage, provider and code. Others are left out.
inline constexpr std::size_t call_errors_max = 32;

/// Counts `error` in `errors`. True where the list says something now that it did not: the error is
/// the first of its kind and had a place.
bool add_error(std::vector<CallError>& errors, const CallError& error);

/// Two accounts of the same call, of which either may be the older one: of each kind the higher
/// count stands.
void merge_errors(std::vector<CallError>& errors, const std::vector<CallError>& others);

/// Whether an answer or a sentence could not be had: the agent tried to be heard.
[[nodiscard]] bool has_failed_to_speak(const std::vector<CallError>& errors);

/// [{stage, provider, code, count}]. What is read leaves out items that are none of ours, and is
/// empty where `json` is no list: figures for operators keep no call from being read.
[[nodiscard]] Json errors_to_json(const std::vector<CallError>& errors);
[[nodiscard]] std::vector<CallError> errors_from_json(const Json& json);

}  // namespace studio::core
