#include "piper_voice.hpp"

#include <iostream>

#include "adapters/sherpa/library.hpp"

#if STUDIO_HAS_SHERPA

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <vector>

#include "audio/wav.hpp"

using studio::adapters::sherpa::Library;

namespace {

/// UTF-8 that espeak-ng wrote, so it is well-formed.
std::vector<std::int32_t> code_points(const std::string& text) {
    std::vector<std::int32_t> points;
    for (const char letter : text) {
        const int byte = static_cast<unsigned char>(letter);
        if (byte < 128) {
            points.push_back(byte);
        } else if (byte < 0xC0) {
            points.back() = points.back() * 64 + byte % 64;
        } else {
            points.push_back(byte < 0xE0 ? byte % 32 : byte < 0xF0 ? byte % 16 : byte % 8);
        }
    }
    return points;
}

void write_wav(const std::string& path, const SherpaOnnxGeneratedAudio& audio) {
    studio::audio::Recording recording;
    recording.rate_hz = audio.sample_rate;
    for (std::int32_t index = 0; index < audio.n; ++index) {
        const float sample = std::clamp(audio.samples[index], -1.0F, 1.0F);
        recording.samples.push_back(static_cast<std::int16_t>(sample * 32'767.0F));
    }
    const studio::Bytes bytes = studio::audio::serialize_wav(recording);
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

int say_lines(const std::string& speech_folder, const std::string& folder) {
    const auto library = Library::load(speech_folder + "/lib");
    if (!library) {
        std::cerr << library.error() << '\n';
        return 1;
    }
    const std::string model = speech_folder + "/piper-en-us-joe/model.onnx";
    const std::string tokens = speech_folder + "/piper-en-us-joe/tokens.txt";
    SherpaOnnxOfflineTtsConfig config{};
    config.model.vits.model = model.c_str();
    config.model.vits.tokens = tokens.c_str();
    config.model.vits.noise_scale = 0.667F;
    config.model.vits.noise_scale_w = 0.8F;
    config.model.vits.length_scale = 1.0F;
    config.model.num_threads = 1;
    config.model.provider = "cpu";
    config.max_num_sentences = 1;
    config.silence_scale = 1.0F;
    const SherpaOnnxOfflineTts* voice = library->CreateOfflineTts(&config);
    if (voice == nullptr) {
        std::cerr << "the voice cannot be loaded\n";
        return 1;
    }
    for (std::string line; std::getline(std::cin, line);) {
        const std::size_t tab = line.find('\t');
        const std::vector<std::int32_t> points = code_points(line.substr(tab + 1));
        const auto count = static_cast<std::int32_t>(points.size());
        SherpaOnnxGenerationConfig generation{};
        generation.silence_scale = 1.0F;
        generation.speed = 1.0F;
        generation.phoneme_codepoints = points.data();
        generation.phoneme_codepoints_lens = &count;
        generation.phoneme_codepoints_num_sentences = 1;
        const auto* audio =
            library->OfflineTtsGenerateWithConfig(voice, "", &generation, nullptr, nullptr);
        if (audio != nullptr) {
            write_wav(folder + '/' + line.substr(0, tab) + ".wav", *audio);
            library->DestroyOfflineTtsGeneratedAudio(audio);
        }
    }
    library->DestroyOfflineTts(voice);
    return 0;
}

#else

int say_lines(const std::string& /*speech_folder*/, const std::string& /*folder*/) {
    std::cerr << "this program was built without neural speech\n";
    return 1;
}

#endif
