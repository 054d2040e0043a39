#include "services/hosting/host/internal/spare_voice.hpp"

#include <algorithm>
#include <string>

namespace studio::services {

TextToSpeech* choose_spare_voice(const std::vector<TextToSpeech*>& voices, const TextToSpeech* own,
                                 const core::AgentConfig& agent) {
    std::vector<std::string> languages = agent.languages;
    languages.push_back(agent.default_language);
    const auto speaks_all = [&languages](const TextToSpeech* voice) {
        return std::all_of(languages.begin(), languages.end(), [voice](const std::string& code) {
            SynthesisRequest request;
            request.language = code;
            return voice->validate(request).empty();
        });
    };
    const auto found =
        std::find_if(voices.begin(), voices.end(), [own, &speaks_all](const TextToSpeech* voice) {
            return voice != own && speaks_all(voice);
        });
    return found == voices.end() ? nullptr : *found;
}

}  // namespace studio::services
