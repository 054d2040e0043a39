#include "adapters/sherpa/internal/voice_model.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "adapters/sherpa/library.hpp"

namespace studio::adapters::sherpa {

#if STUDIO_HAS_SHERPA

namespace {

/// A minute; a piece has seconds.
constexpr std::int32_t seconds_max = 60;

class SherpaModel final : public VoiceModel {
public:
    SherpaModel(const Library& library, const SherpaOnnxOfflineTts* voice, int rate_hz,
                float length_scale)
        : library_(library), voice_(voice), rate_hz_(rate_hz), length_scale_(length_scale) {}
    ~SherpaModel() override { library_.DestroyOfflineTts(voice_); }

    [[nodiscard]] Result<std::vector<float>, std::string> speak(
        std::span<const std::int32_t> phonemes, float speed) override {
        const auto count = static_cast<std::int32_t>(phonemes.size());
        SherpaOnnxGenerationConfig config{};
        config.silence_scale = 1.0F;
        // The library takes a speed for a length, in place of the model's own.
        config.speed = speed / length_scale_;
        config.phoneme_codepoints = phonemes.data();
        config.phoneme_codepoints_lens = &count;
        config.phoneme_codepoints_num_sentences = 1;
        const SherpaOnnxGeneratedAudio* audio = nullptr;
        try {
            audio = library_.OfflineTtsGenerateWithConfig(voice_, "", &config, nullptr, nullptr);
        } catch (const std::exception&) {
            // What it says may have part of the text in it.
            return fail(std::string("the voice's model failed"));
        }
        if (audio == nullptr) {
            return fail(std::string("the voice's model gave nothing"));
        }
        std::vector<float> samples;
        const bool fits = audio->n >= 0 && audio->n <= rate_hz_ * seconds_max &&
                          audio->sample_rate == rate_hz_ &&
                          (audio->samples != nullptr || audio->n == 0);
        if (fits) {
            samples.assign(audio->samples, audio->samples + audio->n);
        }
        library_.DestroyOfflineTtsGeneratedAudio(audio);
        if (!fits) {
            return fail(std::string("the voice's model gave no audio of its rate"));
        }
        return samples;
    }

private:
    Library library_;
    const SherpaOnnxOfflineTts* voice_;
    int rate_hz_;
    float length_scale_;
};

OpenedVoice open_voice(const std::string& library_folder, const VoiceFolder& voice) {
    const auto library = Library::load(library_folder);
    if (!library) {
        return fail(library.error());
    }
    const std::string model = voice.path + '/' + voice_model_file;
    const std::string tokens = voice.path + '/' + voice_tokens_file;
    SherpaOnnxOfflineTtsConfig config{};
    config.model.vits.model = model.c_str();
    config.model.vits.tokens = tokens.c_str();
    config.model.vits.noise_scale = voice.noise_scale;
    config.model.vits.noise_scale_w = voice.noise_w;
    config.model.vits.length_scale = 1.0F;
    // One core each: several pieces at once use the others.
    config.model.num_threads = 1;
    config.model.provider = "cpu";
    config.max_num_sentences = 1;
    const SherpaOnnxOfflineTts* made = nullptr;
    try {
        made = library->CreateOfflineTts(&config);
    } catch (const std::exception& error) {
        return fail(std::string("the voice's model cannot be loaded: ") + error.what());
    }
    if (made == nullptr) {
        return fail(std::string("the voice's model cannot be loaded"));
    }
    const int rate_hz = library->OfflineTtsSampleRate(made);
    auto opened = std::make_unique<SherpaModel>(*library, made, rate_hz, voice.length_scale);
    if (rate_hz != voice.rate_hz) {
        return fail(std::string("the model's sample rate is not that of ") + voice_config_file);
    }
    return opened;
}

}  // namespace

OpenVoice open_with_sherpa(std::string library_folder) {
    return [folder = std::move(library_folder)](const VoiceFolder& voice) {
        return open_voice(folder, voice);
    };
}

#else

OpenVoice open_with_sherpa(std::string /*library_folder*/) {
    return {};
}

#endif

}  // namespace studio::adapters::sherpa
