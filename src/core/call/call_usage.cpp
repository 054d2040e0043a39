#include "core/call/call_usage.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace studio::core {

namespace {

constexpr std::array<std::string_view, 4> stage_names{"stt", "llm", "tts", "turn"};
/// As it is read; sums of many calls stay far from the end of 64 bits.
constexpr std::uint64_t figure_max = 1ULL << 40U;

struct Amount {
    std::string_view name;
    std::uint64_t UsageAmounts::*figure;
};
constexpr std::array<Amount, 5> amounts{{
    {"requests", &UsageAmounts::requests},
    {"input_tokens", &UsageAmounts::input_tokens},
    {"output_tokens", &UsageAmounts::output_tokens},
    {"characters", &UsageAmounts::characters},
    {"audio_ms", &UsageAmounts::audio_ms},
}};

std::uint64_t figure_of(const Json& json, std::string_view name) {
    const Json* member = find_member(json, name);
    boost::json::error_code error;
    const auto figure = member == nullptr ? 0 : member->to_number<std::uint64_t>(error);
    return error ? 0 : std::min(figure, figure_max);
}

void put(JsonObject& object, std::string_view name, std::uint64_t figure) {
    if (figure > 0) {
        object[{name.data(), name.size()}] = figure;
    }
}

/// How much a line has seen of its call.
auto weight(const StageUsage& line) {
    return std::tuple(line.amounts.requests, line.latency.count(), line.amounts.audio_ms);
}

}  // namespace

std::string_view name_of(UsageStage stage) {
    return stage_names.at(static_cast<std::size_t>(stage));
}

std::optional<UsageStage> parse_usage_stage(std::string_view name) {
    const auto found = std::find(stage_names.begin(), stage_names.end(), name);
    if (found == stage_names.end()) {
        return std::nullopt;
    }
    return static_cast<UsageStage>(found - stage_names.begin());
}

void UsageAmounts::add(const UsageAmounts& more) {
    for (const Amount& amount : amounts) {
        this->*amount.figure += more.*amount.figure;
    }
}

void StageUsage::add_latency(microseconds latency_of_turn) {
    latency.add(latency_of_turn);
    latency_us += static_cast<std::uint64_t>(std::max<std::int64_t>(0, latency_of_turn.count()));
}

StageUsage* usage_line(std::vector<StageUsage>& usage, const StageUsage& key) {
    const auto found = std::find_if(usage.begin(), usage.end(), [&key](const StageUsage& line) {
        return line.stage == key.stage && line.provider == key.provider &&
               line.model == key.model && line.agent == key.agent;
    });
    if (found != usage.end()) {
        return &*found;
    }
    if (usage.size() >= call_usage_max) {
        return nullptr;
    }
    usage.push_back({key.stage, key.provider, key.model, key.agent});
    return &usage.back();
}

void merge_usage(std::vector<StageUsage>& usage, const std::vector<StageUsage>& others) {
    for (const StageUsage& other : others) {
        StageUsage* line = usage_line(usage, other);
        if (line != nullptr && weight(*line) < weight(other)) {
            *line = other;
        }
    }
}

Json usage_to_json(const std::vector<StageUsage>& usage) {
    JsonArray list;
    for (const StageUsage& line : usage) {
        JsonObject object{{"stage", name_of(line.stage)},
                          {"provider", line.provider},
                          {"model", line.model},
                          {"agent", line.agent}};
        for (const Amount& amount : amounts) {
            put(object, amount.name, line.amounts.*amount.figure);
        }
        if (line.latency.count() > 0) {
            object["latency"] = histogram_to_json(line.latency);
            put(object, "latency_us", line.latency_us);
        }
        list.push_back(std::move(object));
    }
    return list;
}

std::vector<StageUsage> usage_from_json(const Json& json) {
    std::vector<StageUsage> usage;
    if (!json.is_array()) {
        return usage;
    }
    for (const Json& item : json.get_array()) {
        const auto stage = parse_usage_stage(member_text(item, "stage"));
        if (!stage) {
            continue;
        }
        StageUsage* line =
            usage_line(usage, {*stage, member_text(item, "provider"), member_text(item, "model"),
                               member_text(item, "agent")});
        if (line == nullptr) {
            break;
        }
        for (const Amount& amount : amounts) {
            line->amounts.*amount.figure = figure_of(item, amount.name);
        }
        if (const Json* latency = find_member(item, "latency")) {
            line->latency = histogram_from_json(*latency);
            line->latency_us = figure_of(item, "latency_us");
        }
    }
    return usage;
}

}  // namespace studio::core
