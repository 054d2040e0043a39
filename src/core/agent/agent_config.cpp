#include "core/agent/agent_config.hpp"

#include <algorithm>

#include "core/agent/names.hpp"
#include "core/agent/object_reader.hpp"
#include "core/context/template.hpp"

namespace studio::core {

namespace {

using Errors = std::vector<FieldError>;

constexpr TextRule short_template{.required = false, .length_max = 2048, .is_template = true};

double to_seconds(milliseconds duration) {
    return static_cast<double>(duration.count()) / 1000.0;
}

Json to_list(const std::vector<std::string>& texts) {
    JsonArray list;
    for (const std::string& text : texts) {
        list.emplace_back(text);
    }
    return list;
}

void read_prompt(const Json* json, const std::string& path, PromptConfig& prompt, Errors& errors) {
    ObjectReader reader(json, path, errors);
    reader.read_text("system", prompt.system,
                     {.required = true, .length_max = 64U << 10U, .is_template = true});
    reader.read_text("greeting", prompt.greeting, short_template);
    reader.read_boolean("greeting_interruptible", prompt.greeting_interruptible);
    if (const JsonArray* list = reader.find_list("variables")) {
        for (std::size_t index = 0; index < list->size(); ++index) {
            PromptVariable variable;
            ObjectReader item(&(*list)[index], item_path(path + ".variables", index), errors);
            item.read_text("name", variable.name, {.required = true, .length_max = 128});
            if (!variable.name.empty() && check_template("{{" + variable.name + "}}")) {
                item.report("name", "must be a name as templates write it");
            }
            item.read_text("default", variable.default_value, {.length_max = 4096});
            item.finish();
            prompt.variables.push_back(variable);
        }
    }
    reader.finish();
}

void read_language(ObjectReader& reader, std::string_view name, std::string& target,
                   std::string_view also_allowed) {
    reader.read_text(name, target, {.length_max = 16});
    if (!target.empty() && target != also_allowed && !is_language(target)) {
        reader.report(name, "must be a language code such as 'en' or 'en-IN'");
    }
}

void read_stt(const Json* json, const std::string& path, SttConfig& stt, Errors& errors) {
    ObjectReader reader(json, path, errors);
    reader.read_text("provider", stt.provider, {.length_max = 64});
    reader.read_text("model", stt.model, {.length_max = 256});
    read_language(reader, "language", stt.language, "multi");
    reader.read_boolean("interim_results", stt.interim_results);
    reader.read_object("options", stt.options);
    reader.finish();
}

void read_tts(const Json* json, const std::string& path, TtsConfig& tts, Errors& errors) {
    ObjectReader reader(json, path, errors);
    reader.read_text("provider", tts.provider, {.length_max = 64});
    reader.read_text("model", tts.model, {.length_max = 256});
    reader.read_text("voice_id", tts.voice_id, {.length_max = 256, .is_template = true});
    reader.read_object("options", tts.options);
    Json voices = JsonObject{};
    reader.read_object("voices", voices);
    ObjectReader each(&voices, path + ".voices", errors);
    for (const auto& member : voices.get_object()) {
        const std::string language(member.key().data(), member.key().size());
        if (!is_language(language)) {
            each.report(language.substr(0, 64), "is not a language code");
            continue;
        }
        std::string voice;
        each.read_text(language, voice, {.required = true, .length_max = 256, .is_template = true});
        tts.voices.emplace(language, voice);
    }
    reader.finish();
}

void read_llm(const Json* json, const std::string& path, LlmConfig& llm, Errors& errors) {
    ObjectReader reader(json, path, errors);
    reader.read_text("provider", llm.provider, {.length_max = 64});
    reader.read_text("model", llm.model, {.length_max = 256});
    reader.read_number("temperature", llm.temperature, 0, 2);
    reader.read_seconds("first_token_timeout", llm.first_token_timeout, seconds(1), seconds(60));
    reader.read_object("options", llm.options, 256U << 10U);
    reader.finish();
}

void read_vad(const Json* json, const std::string& path, VadConfig& vad, Errors& errors) {
    ObjectReader reader(json, path, errors);
    reader.read_text("provider", vad.provider, {.length_max = 64});
    if (vad.provider != "builtin") {
        reader.report("provider", "is not a known provider; known are: builtin");
    }
    reader.read_number("activation_threshold", vad.activation_threshold, 0, 1);
    reader.finish();
}

/// One of the names of an enumeration; `otherwise` says which there are.
template <class Value, class Parse>
void read_named(ObjectReader& reader, std::string_view name, Value& value, Parse parse,
                const char* otherwise) {
    std::string text(name_of(value));
    reader.read_text(name, text, {.length_max = 16});
    if (const auto parsed = parse(text)) {
        value = *parsed;
    } else {
        reader.report(name, otherwise);
    }
}

void read_session(const Json* json, const std::string& path, SessionConfig& session,
                  Errors& errors) {
    ObjectReader reader(json, path, errors);
    const bool has_max = reader.find("max_endpointing_delay") != nullptr;
    reader.read_seconds("min_endpointing_delay", session.min_endpointing_delay, milliseconds(100),
                        seconds(5));
    reader.read_seconds("max_endpointing_delay", session.max_endpointing_delay, milliseconds(100),
                        seconds(10));
    if (session.max_endpointing_delay < session.min_endpointing_delay) {
        if (has_max) {
            reader.report("max_endpointing_delay", "must not be below min_endpointing_delay");
        }
        // A minimum above the default maximum moves it.
        session.max_endpointing_delay = session.min_endpointing_delay;
    }
    reader.read_seconds("auto_disconnect_timeout", session.auto_disconnect_timeout, seconds(5),
                        seconds(3600));
    reader.read_seconds("reprompt_delay", session.reprompt_delay, milliseconds(0), seconds(3600));
    reader.read_text("reprompt", session.reprompt, short_template);
    reader.read_integer("reprompts_max", session.reprompts_max, 0, 100);
    reader.read_boolean("allow_interruptions", session.allow_interruptions);
    read_named(reader, "interruptions", session.interruptions, parse_interruptions,
               "must be eager, normal, patient or off");
    read_named(reader, "early_answers", session.early_answers, parse_early_answers,
               "must be auto, on or off");
    reader.read_boolean("turn_model", session.turn_model);
    reader.read_seconds("max_call_duration", session.max_call_duration, seconds(60),
                        seconds(86'400));
    reader.read_text("apology", session.apology, short_template);
    reader.read_text("filler", session.filler, short_template);
    reader.read_text("farewell", session.farewell, short_template);
    reader.read_text("bridge", session.bridge, short_template);
    reader.read_seconds("dictation_delay", session.dictation_delay, milliseconds(100), seconds(10));
    reader.read_text("timezone", session.timezone, {.length_max = 64});
    reader.finish();
}

void read_handoffs(ObjectReader& root, std::vector<HandoffConfig>& handoffs, Errors& errors) {
    const JsonArray* list = root.find_list("handoffs");
    for (std::size_t index = 0; list != nullptr && index < list->size(); ++index) {
        HandoffConfig handoff;
        ObjectReader reader(&(*list)[index], item_path(root.path_of("handoffs"), index), errors);
        reader.read_text("target_agent", handoff.target_agent,
                         {.required = true, .length_max = 63});
        if (!handoff.target_agent.empty() && !is_agent_name(handoff.target_agent)) {
            reader.report("target_agent", "must be the name of an agent");
        }
        reader.read_texts("conditions", handoff.conditions);
        reader.finish();
        handoffs.push_back(std::move(handoff));
    }
}

void read_tools(ObjectReader& root, std::vector<std::string>& tools) {
    root.read_texts("tools", tools);
    for (std::size_t index = 0; index < tools.size(); ++index) {
        const auto here = tools.begin() + static_cast<std::ptrdiff_t>(index);
        if (!is_tool_name(*here)) {
            root.report(item_path("tools", index), "must be the name of a tool");
        } else if (std::find(tools.begin(), here, *here) != here) {
            root.report(item_path("tools", index), "is listed twice");
        }
    }
}

void read_languages(ObjectReader& root, AgentConfig& config) {
    root.read_texts("languages", config.languages);
    for (std::size_t index = 0; index < config.languages.size(); ++index) {
        if (!is_language(config.languages[index])) {
            root.report(item_path("languages", index), "is not a language code");
        }
    }
    const bool has_default = root.find("default_language") != nullptr;
    read_language(root, "default_language", config.default_language, "");
    const auto& languages = config.languages;
    if (languages.empty() ||
        std::find(languages.begin(), languages.end(), config.default_language) != languages.end()) {
        return;
    }
    if (has_default) {
        root.report("default_language", "must be one of languages");
    } else {
        config.default_language = languages.front();
    }
}

Json prompt_to_json(const PromptConfig& prompt) {
    JsonArray variables;
    for (const PromptVariable& variable : prompt.variables) {
        variables.push_back({{"name", variable.name}, {"default", variable.default_value}});
    }
    return {{"system", prompt.system},
            {"greeting", prompt.greeting},
            {"greeting_interruptible", prompt.greeting_interruptible},
            {"variables", variables}};
}

Json tts_to_json(const TtsConfig& tts) {
    JsonObject voices;
    for (const auto& [language, voice] : tts.voices) {
        voices.emplace(language, voice);
    }
    return {{"provider", tts.provider},
            {"model", tts.model},
            {"voice_id", tts.voice_id},
            {"voices", voices},
            {"options", tts.options}};
}

Json session_to_json(const SessionConfig& session) {
    return {{"min_endpointing_delay", to_seconds(session.min_endpointing_delay)},
            {"max_endpointing_delay", to_seconds(session.max_endpointing_delay)},
            {"auto_disconnect_timeout", to_seconds(session.auto_disconnect_timeout)},
            {"reprompt_delay", to_seconds(session.reprompt_delay)},
            {"reprompt", session.reprompt},
            {"reprompts_max", session.reprompts_max},
            {"allow_interruptions", session.allow_interruptions},
            {"interruptions", name_of(session.interruptions)},
            {"early_answers", name_of(session.early_answers)},
            {"turn_model", session.turn_model},
            {"max_call_duration", to_seconds(session.max_call_duration)},
            {"apology", session.apology},
            {"filler", session.filler},
            {"farewell", session.farewell},
            {"bridge", session.bridge},
            {"dictation_delay", to_seconds(session.dictation_delay)},
            {"timezone", session.timezone}};
}

}  // namespace

Result<AgentConfig, std::vector<FieldError>> parse_agent_config(const Json& json,
                                                                std::string_view root) {
    Errors errors;
    AgentConfig config;
    ObjectReader reader(&json, std::string(root), errors);
    if (!json.is_object()) {
        return fail(errors);
    }
    if (reader.find("prompt") == nullptr) {
        reader.report("prompt.system", "is required");
    } else {
        read_prompt(reader.find("prompt"), reader.path_of("prompt"), config.prompt, errors);
    }
    read_stt(reader.find("stt"), reader.path_of("stt"), config.stt, errors);
    read_tts(reader.find("tts"), reader.path_of("tts"), config.tts, errors);
    read_llm(reader.find("llm"), reader.path_of("llm"), config.llm, errors);
    read_vad(reader.find("vad"), reader.path_of("vad"), config.vad, errors);
    read_session(reader.find("session"), reader.path_of("session"), config.session, errors);
    read_tools(reader, config.tools);
    read_handoffs(reader, config.handoffs, errors);
    read_languages(reader, config);
    reader.finish();
    if (!errors.empty()) {
        return fail(errors);
    }
    return config;
}

Json to_json(const AgentConfig& config) {
    JsonArray handoffs;
    for (const HandoffConfig& handoff : config.handoffs) {
        handoffs.push_back(
            {{"target_agent", handoff.target_agent}, {"conditions", to_list(handoff.conditions)}});
    }
    const Json stt = {{"provider", config.stt.provider},
                      {"model", config.stt.model},
                      {"language", config.stt.language},
                      {"interim_results", config.stt.interim_results},
                      {"options", config.stt.options}};
    const Json llm = {{"provider", config.llm.provider},
                      {"model", config.llm.model},
                      {"temperature", config.llm.temperature},
                      {"first_token_timeout", to_seconds(config.llm.first_token_timeout)},
                      {"options", config.llm.options}};
    const Json vad = {{"provider", config.vad.provider},
                      {"activation_threshold", config.vad.activation_threshold}};
    return {{"prompt", prompt_to_json(config.prompt)},
            {"stt", stt},
            {"tts", tts_to_json(config.tts)},
            {"llm", llm},
            {"vad", vad},
            {"session", session_to_json(config.session)},
            {"tools", to_list(config.tools)},
            {"handoffs", handoffs},
            {"languages", to_list(config.languages)},
            {"default_language", config.default_language}};
}

}  // namespace studio::core
