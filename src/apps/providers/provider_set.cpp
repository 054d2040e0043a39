#include "apps/providers/provider_set.hpp"

#include <string>
#include <utility>

#include "apps/providers/local_speech.hpp"
#include "apps/providers/local_voice.hpp"

namespace studio::apps {
namespace {

adapters::PocketsphinxOptions pocketsphinx_options(const ProviderOptions& config,
                                                   std::size_t recognisers_kept) {
    adapters::PocketsphinxOptions options;
    options.decoders_kept = recognisers_kept;
    // Where it only listens for agents that ask for it, it is loaded for the first of them.
    options.preload = !speech_models(config)->trouble().empty();
    return options;
}

adapters::DeepgramOptions deepgram_options(const ProviderOptions& config) {
    adapters::DeepgramOptions options;
    options.base_url = config.deepgram_url;
    options.api_key = config.deepgram_api_key;
    return options;
}

adapters::OpenaiOptions openai_options(const ProviderOptions& config) {
    adapters::OpenaiOptions options;
    options.base_url = config.openai_base_url;
    options.api_key = config.openai_api_key;
    return options;
}

// Tenants write the URLs of tools, and in agents those of providers; the operator's network is not
// theirs.

adapters::CurlOptions http_options(net::AddressPolicy addresses) {
    adapters::CurlOptions options;
    options.addresses = std::move(addresses);
    options.address_option = allow_addresses_flag;
    return options;
}

adapters::BeastWebSocketOptions socket_options(const ProviderOptions& config) {
    adapters::BeastWebSocketOptions options;
    options.addresses = config.provider_addresses();
    options.address_option = allow_addresses_flag;
    return options;
}

/// Where a provider's complaint stands in the agent's configuration.
std::string place(const std::string& section, const std::string& path) {
    if (path == "model" || path == "language") {
        return section + '.' + path;
    }
    if (path == "voice") {
        return section + ".voice_id";
    }
    return section + ".options" + (path.empty() ? "" : '.' + path);
}

void add_errors(std::vector<core::FieldError>& errors, const std::string& section,
                const std::vector<OptionError>& found) {
    for (const OptionError& error : found) {
        errors.push_back({place(section, error.path), error.message});
    }
}

/// What is missing here. A server of one's own, in place of the vendor's, may do without a key.
std::vector<services::ProviderGap> find_gaps(const ProviderOptions& config, bool has_espeak) {
    const ProviderOptions defaults;
    std::vector<services::ProviderGap> gaps;
    if (config.deepgram_api_key.reveal().empty() && config.deepgram_url == defaults.deepgram_url) {
        gaps.push_back({"deepgram", "it has no key here: set DEEPGRAM_API_KEY"});
    }
    if (!has_espeak) {
        gaps.push_back({"espeak-ng", "the program espeak-ng is not installed here"});
    }
    if (config.openai_api_key.reveal().empty() &&
        config.openai_base_url == defaults.openai_base_url) {
        gaps.push_back({"openai", "it has no key here: set OPENAI_API_KEY"});
    }
    return gaps;
}

bool is_template(std::string_view text) {
    return text.find("{{") != std::string_view::npos;
}

}  // namespace

ProviderSet::ProviderSet(runtime::AsioLoop& loop, ProviderPools& pools,
                         const ProviderOptions& config, std::size_t recognisers_kept)
    : tool_http_(loop, http_options(config.tool_addresses())),
      provider_http_(loop, http_options(config.provider_addresses())),
      pocketsphinx_(loop, pools.ears, pocketsphinx_options(config, recognisers_kept)),
      local_ears_(loop, pools.ears, speech_models(config), pocketsphinx_,
                  local_speech_options(config)),
      sockets_(loop, socket_options(config)),
      deepgram_(loop, sockets_, deepgram_options(config)),
      scripted_(loop),
      openai_model_(provider_http_, openai_options(config)),
      flite_(loop, pools.voices),
      espeak_(loop, pools.voices),
      openai_voice_(provider_http_, openai_options(config)),
      local_voice_(loop, pools.voices, speech_voices(config), &flite_),
      kept_flite_(loop, "flite", flite_, phrase_cache(config)),
      kept_espeak_(loop, "espeak-ng", espeak_, phrase_cache(config)),
      kept_openai_(loop, "openai", openai_voice_, phrase_cache(config)),
      kept_local_(loop, "local", local_voice_, phrase_cache(config)) {
    if (recognisers_kept > 0) {
        local_ears_.preload();
        speech_voices(config).preload(pools.voices, "en");
    }
    by_name_.speech_to_text.add("local", local_ears_);
    by_name_.speech_to_text.add("pocketsphinx", pocketsphinx_);
    by_name_.speech_to_text.add("deepgram", deepgram_);
    by_name_.language_model.add("scripted", scripted_);
    by_name_.language_model.add("openai", openai_model_);
    add_voices(!speech_voices(config).is_empty());
    gaps_ = find_gaps(config, espeak_.is_installed());
}

void ProviderSet::add_voices(bool has_neural_voice) {
    by_name_.text_to_speech.add("flite", kept_flite_);
    by_name_.text_to_speech.add("espeak-ng", kept_espeak_);
    by_name_.text_to_speech.add("openai", kept_openai_);
    by_name_.spare_voices = {&kept_flite_, &kept_espeak_};
    if (has_neural_voice) {
        by_name_.text_to_speech.add("local", kept_local_);
        by_name_.spare_voices.insert(by_name_.spare_voices.begin(), &kept_local_);
    } else {
        // The same object: an agent's spare voice is another than its own.
        by_name_.text_to_speech.add("local", kept_flite_);
    }
}

std::vector<core::FieldError> ProviderCheck::check(const core::AgentConfig& agent,
                                                   std::string_view root) const {
    const std::string prefix(root);
    std::vector<core::FieldError> errors;
    const std::string language =
        agent.stt.language.empty() ? agent.default_language : agent.stt.language;
    if (const auto stt = providers_.speech_to_text.find(agent.stt.provider)) {
        add_errors(errors, prefix + ".stt",
                   (*stt)->validate(
                       {language, agent.stt.model, agent.stt.interim_results, agent.stt.options}));
    } else {
        errors.push_back({prefix + ".stt.provider", stt.error()});
    }
    if (const auto llm = providers_.language_model.find(agent.llm.provider)) {
        add_errors(errors, prefix + ".llm", (*llm)->validate(agent.llm.options));
    } else {
        errors.push_back({prefix + ".llm.provider", llm.error()});
    }
    if (const auto tts = providers_.text_to_speech.find(agent.tts.provider)) {
        SynthesisRequest request;
        request.language = agent.default_language;
        // What a template gives is known in the call only.
        request.voice = is_template(agent.tts.voice_id) ? "" : agent.tts.voice_id;
        request.model = agent.tts.model;
        request.options = agent.tts.options;
        add_errors(errors, prefix + ".tts", (*tts)->validate(request));
    } else {
        errors.push_back({prefix + ".tts.provider", tts.error()});
    }
    const std::string& zone = agent.session.timezone;
    if (!zone.empty() && time_zones_.find(zone) == nullptr) {
        errors.push_back({prefix + ".session.timezone",
                          "is no time zone of the IANA database, such as Europe/Berlin or UTC"});
    }
    return errors;
}

std::vector<core::FieldError> ProviderCheck::warnings(const core::AgentConfig& agent,
                                                      std::string_view root) const {
    std::vector<core::FieldError> warnings;
    const auto look = [&](const char* section, const std::string& provider, const Json& options) {
        // An agent that brings a server of its own needs nothing of ours.
        if (find_member(options, "base_url") != nullptr) {
            return;
        }
        for (const services::ProviderGap& gap : gaps_) {
            if (gap.provider == provider) {
                warnings.push_back({std::string(root) + '.' + section + ".provider", gap.reason});
            }
        }
    };
    look("stt", agent.stt.provider, agent.stt.options);
    look("llm", agent.llm.provider, agent.llm.options);
    look("tts", agent.tts.provider, agent.tts.options);
    return warnings;
}

}  // namespace studio::apps
