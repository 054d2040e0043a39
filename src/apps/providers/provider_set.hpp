#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "adapters/curl/curl_http_client.hpp"
#include "adapters/curl/curl_http_stream.hpp"
#include "adapters/deepgram/deepgram_speech_to_text.hpp"
#include "adapters/espeak/espeak_text_to_speech.hpp"
#include "adapters/flite/flite_text_to_speech.hpp"
#include "adapters/openai/openai_language_model.hpp"
#include "adapters/openai/openai_text_to_speech.hpp"
#include "adapters/phrase_cache/cached_text_to_speech.hpp"
#include "adapters/pocketsphinx/pocketsphinx_speech_to_text.hpp"
#include "adapters/scripted/scripted_language_model.hpp"
#include "adapters/sherpa/local_speech_to_text.hpp"
#include "adapters/sherpa/sherpa_text_to_speech.hpp"
#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "adapters/zoneinfo/zoneinfo_time_zones.hpp"
#include "apps/config/option_groups.hpp"
#include "apps/providers/provider_pools.hpp"
#include "runtime/asio_loop.hpp"
#include "services/hosting/host/call_host.hpp"
#include "services/resources/agent_check.hpp"

namespace studio::apps {

/// Every provider of one loop, by the name that agents use. On its loop only.
class ProviderSet {
public:
    /// `loop` and `pools` outlive it. Recognisers that are loaded in advance make the first call
    /// fast and cost memory.
    ProviderSet(runtime::AsioLoop& loop, ProviderPools& pools, const ProviderOptions& config,
                std::size_t recognisers_kept);

    [[nodiscard]] const services::HostProviders& by_name() const { return by_name_; }
    /// Providers without a key, or that are not installed: agents that name them are accepted, and
    /// their calls fail. In the order of their names.
    [[nodiscard]] const std::vector<services::ProviderGap>& gaps() const { return gaps_; }
    /// For tools.
    [[nodiscard]] HttpClient& http_client() { return tool_http_; }
    [[nodiscard]] TimeZones& time_zones() { return time_zones_; }

private:
    void add_voices(bool has_neural_voice);

    adapters::CurlHttpClient tool_http_;
    adapters::CurlHttpStreamClient provider_http_;
    adapters::PocketsphinxSpeechToText pocketsphinx_;
    adapters::LocalSpeechToText local_ears_;
    adapters::BeastWebSocketClient sockets_;
    adapters::DeepgramSpeechToText deepgram_;
    adapters::ScriptedLanguageModel scripted_;
    adapters::OpenaiLanguageModel openai_model_;
    adapters::FliteTextToSpeech flite_;
    adapters::EspeakTextToSpeech espeak_;
    adapters::OpenaiTextToSpeech openai_voice_;
    adapters::SherpaTextToSpeech local_voice_;
    // What agents get: each voice with the speech that it made before.
    adapters::CachedTextToSpeech kept_flite_;
    adapters::CachedTextToSpeech kept_espeak_;
    adapters::CachedTextToSpeech kept_openai_;
    adapters::CachedTextToSpeech kept_local_;
    adapters::ZoneinfoTimeZones time_zones_;
    services::HostProviders by_name_;
    std::vector<services::ProviderGap> gaps_;
};

/// Asks the providers themselves, and the time zone database, whether an agent's settings are
/// right.
class ProviderCheck final : public services::AgentCheck {
public:
    /// `providers` outlives it.
    explicit ProviderCheck(ProviderSet& providers)
        : providers_(providers.by_name()),
          time_zones_(providers.time_zones()),
          gaps_(providers.gaps()) {}

    [[nodiscard]] std::vector<core::FieldError> check(const core::AgentConfig& agent,
                                                      std::string_view root) const override;
    [[nodiscard]] std::vector<core::FieldError> warnings(const core::AgentConfig& agent,
                                                         std::string_view root) const override;

private:
    const services::HostProviders& providers_;
    TimeZones& time_zones_;
    const std::vector<services::ProviderGap>& gaps_;
};

}  // namespace studio::apps
