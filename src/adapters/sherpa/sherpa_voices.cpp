#include "adapters/sherpa/sherpa_voices.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "adapters/sherpa/internal/voice_folder.hpp"
#include "adapters/sherpa/internal/voice_lane.hpp"
#include "adapters/sherpa/internal/voice_model.hpp"
#include "base/log.hpp"

namespace studio::adapters {

using sherpa::VoiceFolder;
using sherpa::VoiceModel;

namespace {

std::string_view family_of(std::string_view language) {
    return language.substr(0, language.find('-'));
}

}  // namespace

struct SherpaVoices::Voice {
    VoiceFolder folder;
    std::mutex mutex;
    std::optional<sherpa::OpenedVoice> model;
};

SherpaVoices::SherpaVoices(SherpaVoicesOptions options, PhonemeSource& phonemes)
    : SherpaVoices(options, phonemes, sherpa::open_with_sherpa(options.folder + "/lib")) {}

SherpaVoices::SherpaVoices(SherpaVoicesOptions options, PhonemeSource& phonemes,
                           sherpa::OpenVoice open)
    : phonemes_(phonemes),
      open_(std::move(open)),
      lane_(std::make_unique<sherpa::VoiceLane>(options.width, options.waiting_max)) {
    if (options.folder.empty() || !open_) {
        return;
    }
    for (VoiceFolder& folder : sherpa::find_voices(options.folder)) {
        voices_.push_back(std::make_unique<Voice>());
        voices_.back()->folder = std::move(folder);
    }
}

SherpaVoices::~SherpaVoices() = default;

bool SherpaVoices::is_empty() const {
    return voices_.empty();
}

std::vector<std::string> SherpaVoices::names() const {
    std::vector<std::string> names;
    for (const auto& voice : voices_) {
        names.push_back(voice->folder.name);
    }
    return names;
}

std::string SherpaVoices::name_for(std::string_view name, std::string_view language) const {
    std::string family;
    for (const auto& voice : voices_) {
        const VoiceFolder& folder = voice->folder;
        if (!name.empty()) {
            if (folder.name == name) {
                return folder.name;
            }
        } else if (folder.language == language) {
            return folder.name;
        } else if (family.empty() && family_of(folder.language) == family_of(language)) {
            family = folder.name;
        }
    }
    return family;
}

std::string SherpaVoices::language_of(std::string_view name) const {
    for (const auto& voice : voices_) {
        if (voice->folder.name == name) {
            return voice->folder.language;
        }
    }
    return "";
}

void SherpaVoices::preload(runtime::BlockingPool& pool, std::string_view language) {
    Voice* const voice = find(name_for("", language));
    if (voice != nullptr) {
        static_cast<void>(lane_->submit(pool, Instant(), [this, voice] {
            static_cast<void>(load(*voice));
            static_cast<void>(phonemes_.phonemes("", voice->folder.phoneme_voice));
        }));
    }
}

SherpaVoices::Voice* SherpaVoices::find(std::string_view name) {
    const auto found = std::find_if(voices_.begin(), voices_.end(), [name](const auto& voice) {
        return voice->folder.name == name;
    });
    return found == voices_.end() ? nullptr : found->get();
}

Result<VoiceModel*, std::string> SherpaVoices::load(Voice& voice) {
    const std::scoped_lock lock(voice.mutex);
    if (!voice.model) {
        voice.model = open_(voice.folder);
        if (*voice.model) {
            STUDIO_LOG(info, "voice_loaded", {"voice", voice.folder.name});
        } else {
            STUDIO_LOG(error, "voice_unusable", {"voice", voice.folder.name},
                       {"reason", voice.model->error()});
        }
    }
    if (!*voice.model) {
        return fail(voice.model->error());
    }
    return (*voice.model)->get();
}

const VoiceFolder& SherpaVoices::folder_of(const Voice& voice) {
    return voice.folder;
}

}  // namespace studio::adapters
