#include "services/conversation/seat/internal/seat.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/context/template.hpp"

namespace studio::services {

namespace {

std::string choose_language(const core::AgentConfig& agent, const std::string& wanted) {
    const auto found = std::find(agent.languages.begin(), agent.languages.end(), wanted);
    return found == agent.languages.end() ? agent.default_language : *found;
}

std::shared_ptr<const core::ZoneRules> choose_zone(TimeZones* zones,
                                                   const std::array<std::string, 3>& names) {
    for (const std::string& name : names) {
        auto rules = zones == nullptr || name.empty() ? nullptr : zones->find(name);
        if (rules != nullptr) {
            return rules;
        }
    }
    return nullptr;
}

ModelRole to_model(core::DialogRole role) {
    switch (role) {
        case core::DialogRole::system:
            return ModelRole::system;
        case core::DialogRole::user:
            return ModelRole::user;
        case core::DialogRole::assistant:
            return ModelRole::assistant;
        case core::DialogRole::tool:
            return ModelRole::tool;
    }
    return ModelRole::user;
}

ModelMessage to_model(const core::DialogMessage& message) {
    ModelMessage model;
    model.role = to_model(message.role);
    model.content = message.content;
    model.tool_call_id = message.tool_call_id;
    for (const core::DialogToolCall& call : message.tool_calls) {
        model.tool_calls.push_back({call.id, call.name, call.arguments});
    }
    return model;
}

}  // namespace

Seat::Seat(const SeatParts& parts, const core::AgentPlan& agent, const SeatProviders& providers,
           const CallManner& manner)
    : context_(parts.context),
      options_(parts.options),
      agent_(agent),
      language_(choose_language(agent.config, manner.language)),
      zone_(choose_zone(parts.options.time_zones,
                        {manner.caller_zone, agent.config.session.timezone, manner.tenant_zone})),
      tools_(agent.tools),
      listening_(parts.link, providers.speech_to_text, agent.config.stt.provider, stream_options(),
                 options_),
      answering_(parts.link, providers.language_model, agent.config.llm.provider, options_),
      voice_(parts.link, providers, agent.config.tts.provider, synthesis_request(), options_) {}

void Seat::show_context() {
    context_.set_agent(agent_.name);
    context_.set_zone(zone_);
}

void Seat::warm() {
    listening_.open();
}

void Seat::sit() {
    show_context();
    listening_.attend();
}

void Seat::leave() {
    listening_.close();
    answering_.cancel();
    voice_.drop();
}

core::TurnOptions Seat::turn_options() const {
    const core::SessionConfig& session = agent_.config.session;
    return {.activation_threshold = agent_.config.vad.activation_threshold,
            .min_endpointing_delay = session.min_endpointing_delay,
            .max_endpointing_delay = session.max_endpointing_delay,
            .auto_disconnect_timeout = session.auto_disconnect_timeout,
            .reprompt_delay = session.reprompt_delay,
            .reprompts_max = session.reprompts_max,
            .allow_interruptions = session.allow_interruptions,
            .interruptions = core::profile_of(session.interruptions),
            .dictation_pause = session.dictation_delay,
            .words = &core::turn_words(language_),
            .recogniser_judges = listening_.judges_turns(),
            .early_answers = session.early_answers,
            .asks_pauses = session.turn_model && options_.turn_judge != nullptr};
}

std::string Seat::render(const std::string& text_template) const {
    core::DefaultedSource source(context_);
    for (const core::PromptVariable& variable : agent_.config.prompt.variables) {
        source.add_default(variable.name, Json(variable.default_value));
    }
    return core::render_text(text_template, source).text;
}

void Seat::ask(const core::AskModel& order) {
    const core::LlmConfig& llm = agent_.config.llm;
    ModelRequest request{.model = llm.model,
                         .temperature = llm.temperature,
                         .messages = {},
                         .tools = tools_.model_tools(),
                         .options = llm.options,
                         .timeout = llm.first_token_timeout + options_.model_timeout};
    for (const core::DialogMessage& message : order.messages) {
        request.messages.push_back(to_model(message));
    }
    // Rendered anew each time: tools change what it names.
    request.messages.front().content = render(agent_.config.prompt.system);
    answering_.ask(order.request, std::move(request),
                   {llm.first_token_timeout, render(agent_.config.session.filler)});
}

Deadline Seat::next_deadline() const {
    return earlier(listening_.next_deadline(),
                   earlier(answering_.next_deadline(), voice_.next_deadline()));
}

void Seat::tick(Instant now) {
    listening_.tick(now);
    answering_.tick(now);
    voice_.tick(now);
}

SpeechToTextOptions Seat::stream_options() const {
    const core::SttConfig& stt = agent_.config.stt;
    return {.language = stt.language.empty() ? language_ : stt.language,
            .model = stt.model,
            .interim_results = stt.interim_results,
            .options = stt.options};
}

SynthesisRequest Seat::synthesis_request() const {
    const core::TtsConfig& tts = agent_.config.tts;
    const auto by_language = tts.voices.find(language_);
    const std::string& voice = by_language == tts.voices.end() ? tts.voice_id : by_language->second;
    return {.text = {},
            .language = language_,
            .voice = core::render_text(voice, context_).text,
            .model = tts.model,
            .options = tts.options,
            .timeout = options_.synthesis_timeout};
}

}  // namespace studio::services
