#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "core/call/latency_histogram.hpp"

namespace studio::core {

/// Who did what a line of usage tells: the recogniser, the model, the voice; `turn` is the whole of
/// an answered turn, which is nobody's alone.
enum class UsageStage : std::uint8_t { stt, llm, tts, turn };

[[nodiscard]] std::string_view name_of(UsageStage stage);
[[nodiscard]] std::optional<UsageStage> parse_usage_stage(std::string_view name);

/// What is counted of requests to a provider, and what providers charge for.
struct UsageAmounts {
    /// Utterances of a recogniser, answers of a model, sentences of a voice; each attempt counts.
    std::uint64_t requests = 0;
    /// Of models, as they tell them: zero of one that tells none, or whose answer was cut short.
    std::uint64_t input_tokens = 0;
    std::uint64_t output_tokens = 0;
    /// Of text that a voice was given (code points).
    std::uint64_t characters = 0;
    /// Of sound: what a recogniser was given, or a voice has made.
    std::uint64_t audio_ms = 0;

    void add(const UsageAmounts& more);
    [[nodiscard]] bool operator==(const UsageAmounts&) const = default;
};

/// What one provider did in a call while one agent was spoken to.
struct StageUsage {
    UsageStage stage = UsageStage::stt;
    /// By its name in the agent's configuration; `spare` is the voice that stands in. Both empty of
    /// `turn`; the model also where the configuration names none.
    std::string provider;
    std::string model;
    std::string agent;
    UsageAmounts amounts{};
    /// How long callers waited for the stage (CallMetrics says from where to where), and its sum.
    LatencyHistogram latency{};
    std::uint64_t latency_us = 0;

    void add_latency(microseconds latency_of_turn);
    [[nodiscard]] bool operator==(const StageUsage&) const = default;
};

/// Lines that a call keeps; what would be one more is not counted. 20 hand-offs of agents that all
/// have other providers fit in.
inline constexpr std::size_t call_usage_max = 84;

/// The line of `key`'s stage, provider, model and agent, made where it is missing; nullptr where
/// there is no place left.
[[nodiscard]] StageUsage* usage_line(std::vector<StageUsage>& usage, const StageUsage& key);

/// Two accounts of the same call, of which either may be the older one: of each line the one that
/// counted more stands.
void merge_usage(std::vector<StageUsage>& usage, const std::vector<StageUsage>& others);

/// As it is stored: a list, figures that are zero left out. What is read leaves out items that are
/// none of ours: figures keep no call from being read.
[[nodiscard]] Json usage_to_json(const std::vector<StageUsage>& usage);
[[nodiscard]] std::vector<StageUsage> usage_from_json(const Json& json);

}  // namespace studio::core
