#include "services/replay/plan_json.hpp"

#include <array>
#include <utility>

#include "core/workflow/workflow_config.hpp"
#include "services/replay/call_log.hpp"
#include "services/replay/event_json.hpp"

namespace studio::services {

namespace {

Json wall_json(std::optional<WallTime> time) {
    return time ? Json(time->time_since_epoch().count()) : Json();
}

template <class Number>
Json optional_json(const std::optional<Number>& value) {
    return value ? Json(*value) : Json();
}

/// The one list of what is kept of the options, for both directions.
struct DurationOption {
    const char* name;
    milliseconds CallSessionOptions::*member;
};
constexpr std::array<DurationOption, 7> durations{{
    {"pre_roll_ms", &CallSessionOptions::pre_roll},
    {"join_timeout_ms", &CallSessionOptions::join_timeout},
    {"last_words_timeout_ms", &CallSessionOptions::last_words_timeout},
    {"writes_timeout_ms", &CallSessionOptions::writes_timeout},
    {"model_timeout_ms", &CallSessionOptions::model_timeout},
    {"filler_after_ms", &CallSessionOptions::filler_after},
    {"synthesis_timeout_ms", &CallSessionOptions::synthesis_timeout},
}};

struct ListeningDuration {
    const char* name;
    milliseconds ListeningOptions::*member;
};
constexpr std::array<ListeningDuration, 9> listening_durations{{
    {"listening_first_delay_ms", &ListeningOptions::first_delay},
    {"listening_delay_max_ms", &ListeningOptions::delay_max},
    {"listening_rate_limited_delay_ms", &ListeningOptions::rate_limited_delay},
    {"settled_after_ms", &ListeningOptions::settled_after},
    {"speaking_outage_max_ms", &ListeningOptions::speaking_outage_max},
    {"silent_outage_max_ms", &ListeningOptions::silent_outage_max},
    {"deaf_after_ms", &ListeningOptions::deaf_after},
    {"transcript_timeout_ms", &ListeningOptions::transcript_timeout},
    {"listening_buffer_max_ms", &ListeningOptions::buffer_max},
}};

struct VoiceDuration {
    const char* name;
    milliseconds VoiceOptions::*member;
};
constexpr std::array<VoiceDuration, 4> voice_durations{{
    {"voice_patience_ms", &VoiceOptions::patience},
    {"voice_delay_max_ms", &VoiceOptions::delay_max},
    {"voice_stall_timeout_ms", &VoiceOptions::stall_timeout},
    {"voice_outage_max_ms", &VoiceOptions::outage_max},
}};

JsonObject options_json(const CallSessionOptions& options) {
    JsonObject json{{"failures_max", options.failures_max},
                    {"provider_attempts_max", options.retry.provider_attempts_max},
                    {"first_delay_ms", options.retry.first_delay.count()},
                    {"rate_limited_delay_ms", options.retry.rate_limited_delay.count()}};
    for (const auto& [name, member] : durations) {
        json[name] = (options.*member).count();
    }
    for (const auto& [name, member] : listening_durations) {
        json[name] = (options.listening.*member).count();
    }
    for (const auto& [name, member] : voice_durations) {
        json[name] = (options.voice.*member).count();
    }
    json["deaf_utterances_max"] = options.listening.deaf_utterances_max;
    return json;
}

CallSessionOptions parse_options(const Json& json) {
    CallSessionOptions options;
    const auto limited = [&json](const char* name, std::int64_t otherwise) {
        const std::int64_t value = member_integer(json, name, otherwise);
        return value >= 0 && value <= 86'400'000 ? value : otherwise;
    };
    RetryPolicy& retry = options.retry;
    options.failures_max = static_cast<int>(limited("failures_max", options.failures_max));
    retry.provider_attempts_max =
        static_cast<int>(limited("provider_attempts_max", retry.provider_attempts_max));
    retry.first_delay = milliseconds(limited("first_delay_ms", retry.first_delay.count()));
    retry.rate_limited_delay =
        milliseconds(limited("rate_limited_delay_ms", retry.rate_limited_delay.count()));
    for (const auto& [name, member] : durations) {
        options.*member = milliseconds(limited(name, (options.*member).count()));
    }
    for (const auto& [name, member] : voice_durations) {
        options.voice.*member = milliseconds(limited(name, (options.voice.*member).count()));
    }
    ListeningOptions& listening = options.listening;
    for (const auto& [name, member] : listening_durations) {
        listening.*member = milliseconds(limited(name, (listening.*member).count()));
    }
    listening.deaf_utterances_max =
        static_cast<int>(limited("deaf_utterances_max", listening.deaf_utterances_max));
    return options;
}

JsonObject record_json(const core::CallRecord& record) {
    return {{"id", record.id.text()},
            {"tenant_id", record.tenant_id.text()},
            {"agent_name", record.agent_name},
            {"user_id", record.user_id},
            {"user_context", record.user_context},
            {"metadata", record.metadata},
            {"created_at_ms", record.created_at.time_since_epoch().count()}};
}

core::CallRecord parse_record(const Json& json) {
    core::CallRecord record;
    record.id = CallId(member_text(json, "id"));
    record.tenant_id = TenantId(member_text(json, "tenant_id"));
    record.agent_name = member_text(json, "agent_name");
    record.user_id = member_text(json, "user_id");
    if (const Json* context = find_member(json, "user_context")) {
        record.user_context = *context;
    }
    if (const Json* metadata = find_member(json, "metadata")) {
        record.metadata = *metadata;
    }
    record.created_at = WallTime(milliseconds(member_integer(json, "created_at_ms")));
    record.status = core::CallStatus::connecting;
    return record;
}

std::string first_error(const std::vector<core::FieldError>& errors) {
    return errors.empty() ? "is wrong" : errors.front().field + ' ' + errors.front().message;
}

JsonArray tools_json(const core::AgentPlan& agent) {
    JsonArray tools;
    for (const core::ToolDefinition& tool : agent.tools) {
        tools.push_back(JsonObject{
            {"name", tool.name}, {"description", tool.description}, {"config", tool.source}});
    }
    return tools;
}

Result<core::AgentPlan, std::string> parse_agent(const Json& json) {
    const Json* agent = find_member(json, "agent");
    const Json* tools = find_member(json, "tools");
    if (agent == nullptr || tools == nullptr || !tools->is_array()) {
        return fail(std::string("agent or tools are missing"));
    }
    auto config = core::parse_agent_config(*agent, "agent");
    if (!config) {
        return fail(first_error(config.error()));
    }
    core::AgentPlan plan{member_text(json, "name"), std::move(*config), {}};
    for (const Json& item : tools->get_array()) {
        const Json* source = find_member(item, "config");
        auto tool = core::parse_tool_definition(member_text(item, "name"),
                                                source != nullptr ? *source : Json(),
                                                member_text(item, "description"), "tool");
        if (!tool) {
            return fail(first_error(tool.error()));
        }
        plan.tools.push_back(std::move(*tool));
    }
    return plan;
}

bool has_spare_voice(const RecordedPlan& recorded, std::size_t agent) {
    return agent < recorded.spare_voices.size() && recorded.spare_voices[agent];
}

}  // namespace

Json to_json(const RecordedPlan& recorded) {
    const std::vector<core::AgentPlan>& agents = recorded.plan.agents;
    const core::AgentPlan entry = agents.empty() ? core::AgentPlan{} : agents.front();
    JsonObject json{{"version", call_log_version},
                    {"started_ms", recorded.started.time_since_epoch().count()},
                    {"record", record_json(recorded.plan.record)},
                    {"agent", core::to_json(entry.config)},
                    {"tools", tools_json(entry)},
                    {"tenant", recorded.plan.tenant},
                    {"options", options_json(recorded.options)},
                    {"has_spare_voice", has_spare_voice(recorded, 0)}};
    if (recorded.options.speech_judge != nullptr) {
        json["has_speech_judge"] = true;
    }
    if (recorded.options.turn_judge != nullptr) {
        json["has_turn_judge"] = true;
    }
    if (recorded.plan.workflow) {
        json["workflow"] = core::to_json(*recorded.plan.workflow);
    }
    JsonArray others;
    for (std::size_t index = 1; index < agents.size(); ++index) {
        others.push_back(JsonObject{{"name", agents[index].name},
                                    {"agent", core::to_json(agents[index].config)},
                                    {"tools", tools_json(agents[index])},
                                    {"has_spare_voice", has_spare_voice(recorded, index)}});
    }
    if (!others.empty()) {
        json["others"] = std::move(others);
    }
    return json;
}

Result<RecordedPlan, std::string> parse_recorded_plan(const Json& json) {
    RecordedPlan recorded;
    recorded.started = WallTime(milliseconds(member_integer(json, "started_ms")));
    const Json* record = find_member(json, "record");
    if (record == nullptr) {
        return fail(std::string("the record is missing"));
    }
    recorded.plan.record = parse_record(*record);
    std::vector<Json> agents{json};
    if (const Json* others = find_member(json, "others"); others && others->is_array()) {
        agents.insert(agents.end(), others->get_array().begin(), others->get_array().end());
    }
    for (const Json& item : agents) {
        auto agent = parse_agent(item);
        if (!agent) {
            return fail(agent.error());
        }
        recorded.plan.agents.push_back(std::move(*agent));
        // Older logs tell one for all.
        const Json* spare = find_member(item, "has_spare_voice");
        const bool has_first = !recorded.spare_voices.empty() && recorded.spare_voices.front();
        recorded.spare_voices.push_back(spare == nullptr ? has_first : *spare == Json(true));
    }
    recorded.plan.agents.front().name = recorded.plan.record.agent_name;
    if (const Json* written = find_member(json, "workflow")) {
        auto workflow = core::parse_workflow(*written, "workflow");
        if (!workflow) {
            return fail(first_error(workflow.error()));
        }
        recorded.plan.workflow = std::move(*workflow);
    }
    if (const Json* tenant = find_member(json, "tenant"); tenant && tenant->is_object()) {
        recorded.plan.tenant = tenant->get_object();
    }
    if (const Json* options = find_member(json, "options")) {
        recorded.options = parse_options(*options);
    }
    const Json* judge = find_member(json, "has_speech_judge");
    recorded.has_speech_judge = judge != nullptr && *judge == Json(true);
    const Json* turn_judge = find_member(json, "has_turn_judge");
    recorded.has_turn_judge = turn_judge != nullptr && *turn_judge == Json(true);
    return recorded;
}

Json outcome_json(const core::CallRecord& record) {
    const core::CallMetrics& metrics = record.metrics;
    return JsonObject{{"status", core::name_of(record.status)},
                      {"reason", record.status_reason},
                      {"started_at_ms", wall_json(record.started_at)},
                      {"ended_at_ms", wall_json(record.ended_at)},
                      {"turns", metrics.turns},
                      {"interruptions", metrics.interruptions},
                      {"tokens", metrics.total_tokens},
                      {"stt_latency_ms", optional_json(metrics.stt_latency_ms)},
                      {"llm_latency_ms", optional_json(metrics.llm_latency_ms)},
                      {"tts_latency_ms", optional_json(metrics.tts_latency_ms)},
                      {"turn_latency_ms", optional_json(metrics.turn_latency_ms)},
                      {"packets_lost", metrics.packets_lost},
                      {"frames_late", metrics.frames_late}};
}

Json entry_json(const core::TranscriptEntry& entry) {
    JsonObject json{{"sequence", entry.sequence},
                    {"role", core::name_of(entry.role)},
                    {"content", entry.content},
                    {"agent", entry.agent},
                    {"timestamp_ms", entry.timestamp.time_since_epoch().count()},
                    {"interrupted", entry.interrupted},
                    {"tool", entry.tool}};
    if (entry.latency) {
        JsonObject stages;
        for (const core::TurnStage& stage : core::turn_stages) {
            const auto& reached = (*entry.latency).*stage.reached;
            stages[stage.name] = reached ? Json(reached->count()) : Json();
        }
        json["latency_us"] = std::move(stages);
    }
    return json;
}

}  // namespace studio::services
