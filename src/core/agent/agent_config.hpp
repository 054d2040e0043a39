#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/agent/field_error.hpp"
#include "core/turn/early_answers.hpp"
#include "core/turn/interruptions.hpp"

namespace studio::core {

/// A variable that prompt and greeting may name as `{{name}}`, with its value where the call's
/// context has none.
struct PromptVariable {
    std::string name;
    std::string default_value;
};

struct PromptConfig {
    /// Template of the system prompt. Required.
    std::string system;
    /// Template of the first thing that is said; empty means that the caller speaks first.
    std::string greeting;
    bool greeting_interruptible = true;
    std::vector<PromptVariable> variables;
};

struct SttConfig {
    std::string provider = "local";
    std::string model;
    /// Empty means the agent's default language.
    std::string language;
    bool interim_results = true;
    /// The provider's own options, checked by the provider.
    Json options = JsonObject{};
};

struct TtsConfig {
    std::string provider = "local";
    std::string model;
    /// May be a template, such as `{{user.voice_id}}`.
    std::string voice_id;
    /// Voice by language code; wins over voice_id for that language.
    std::map<std::string, std::string> voices;
    Json options = JsonObject{};
};

struct LlmConfig {
    std::string provider = "scripted";
    std::string model;
    /// 0 to 2.
    double temperature = 0.7;
    /// How long the first word of an answer, or its first tool call, may take until the model is
    /// asked again. 1 s to 60 s.
    milliseconds first_token_timeout{10'000};
    Json options = JsonObject{};
};

struct VadConfig {
    std::string provider = "builtin";
    /// Probability of speech from which a frame counts as speech, 0 to 1.
    double activation_threshold = 0.5;
};

struct SessionConfig {
    /// Silence after which a turn may end, where the transcript sounds finished. 0.1 to 5 s.
    milliseconds min_endpointing_delay{300};
    /// Silence after which a turn ends although the transcript sounds unfinished. Up to 10 s.
    milliseconds max_endpointing_delay{1500};
    /// Silence after which a turn ends within something that is read out in pieces: a telephone
    /// number, letters, an address. Not less than max_endpointing_delay is waited. Up to 10 s.
    milliseconds dictation_delay{2'500};
    /// No speech from the caller for so long ends the call. 5 s to 1 h.
    milliseconds auto_disconnect_timeout{300'000};
    /// Silence of the caller after which the agent asks again; zero means never.
    milliseconds reprompt_delay{10'000};
    /// What is said then; a template.
    std::string reprompt = "Are you still there?";
    /// How often in a row before only auto_disconnect_timeout is left.
    int reprompts_max = 2;
    /// Whether the caller may interrupt the agent at all; false is `interruptions` off.
    bool allow_interruptions = true;
    /// How easily they do.
    Interruptions interruptions = Interruptions::normal;
    /// Whether answers are asked for before it is certain that the caller has finished.
    EarlyAnswers early_answers = EarlyAnswers::automatic;
    /// Whether a model may be asked, where one is installed, if a pause sounds like the end. Off
    /// until it was measured on more than a few people (docs/adr/0026).
    bool turn_model = false;
    /// The call ends after so long whatever happens. 1 min to 24 h.
    milliseconds max_call_duration{3'600'000};
    /// Said when a provider fails so that the caller hears a sentence, not silence; a template.
    std::string apology = "Sorry, I am having trouble right now. Could you say that again?";
    /// Said once in a turn when the model is slow to begin, before what it answers; a template; may
    /// be empty.
    std::string filler = "One moment, please.";
    /// Said when the server closes the call (shutdown, limits); a template.
    std::string farewell = "I am sorry, I have to end this call now. Goodbye.";
    /// Said when another worker had to take the call over, before it goes on; a template; may be
    /// empty.
    std::string bridge = "Sorry, one moment. Please go on.";
    /// IANA name of the zone of `{{now}}` ("Europe/Berlin"), unless the call's user context has a
    /// valid `timezone`; empty means the tenant's, else UTC. Whether there is such a zone is
    /// checked where the zones are known.
    std::string timezone;
};

struct HandoffConfig {
    std::string target_agent;
    /// Names of flags, all of which must be set.
    std::vector<std::string> conditions;
};

/// What an agent is: the `config` object of the API, checked. A plain value.
struct AgentConfig {
    PromptConfig prompt;
    SttConfig stt;
    TtsConfig tts;
    LlmConfig llm;
    VadConfig vad;
    SessionConfig session;
    /// Names of the tenant's tools, in the order in which the model sees them.
    std::vector<std::string> tools;
    std::vector<HandoffConfig> handoffs;
    std::vector<std::string> languages;
    std::string default_language = "en";
};

/// Reads and checks an agent's configuration. Every unknown field, wrong type and value out of
/// range is reported, not only the first. `root` is the path of `json` itself. Options of providers
/// are checked by the providers, not here.
[[nodiscard]] Result<AgentConfig, std::vector<FieldError>> parse_agent_config(
    const Json& json, std::string_view root = "config");

/// The configuration with every field written out, in the spelling that parse_agent_config reads:
/// parsing it again gives the same value.
[[nodiscard]] Json to_json(const AgentConfig& config);

}  // namespace studio::core
