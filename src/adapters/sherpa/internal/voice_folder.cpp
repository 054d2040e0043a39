#include "adapters/sherpa/internal/voice_folder.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/json.hpp"
#include "base/log.hpp"

namespace studio::adapters::sherpa {

namespace {

constexpr std::size_t voices_max = 64;
/// Piper's have 5 kB and 2 kB.
constexpr std::size_t text_file_bytes_max = 262'144;

Result<std::string, std::string> read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(text_file_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || (!file.eof() && !file)) {
        return fail("cannot read " + path);
    }
    if (static_cast<std::size_t>(file.gcount()) > text_file_bytes_max) {
        return fail(path + " is too long");
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

/// A number between bounds, or what is there already where the member is absent; false otherwise.
bool read_number(const Json* object, const char* name, double min, double max, float& target) {
    const Json* const value = object != nullptr ? find_member(*object, name) : nullptr;
    if (value == nullptr) {
        return true;
    }
    const double number = value->is_number() ? value->to_number<double>() : NAN;
    if (!(number >= min && number <= max)) {
        return false;
    }
    target = static_cast<float>(number);
    return true;
}

/// `en_US` as `en-US`; empty where it is none.
std::string language_of(const Json& config) {
    const Json* const language = find_member(config, "language");
    std::string code = language != nullptr ? member_text(*language, "code") : "";
    std::replace(code.begin(), code.end(), '_', '-');
    const bool plain = code.size() >= 2 && code.size() <= 16 &&
                       std::all_of(code.begin(), code.end(), [](unsigned char letter) {
                           return std::isalnum(letter) != 0 || letter == '-';
                       });
    return plain ? code : "";
}

}  // namespace

bool is_voice_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 &&
           std::isalnum(static_cast<unsigned char>(name.front())) != 0 &&
           std::all_of(name.begin(), name.end(), [](unsigned char letter) {
               return std::isalnum(letter) != 0 || letter == '-' || letter == '_' || letter == '.';
           });
}

Result<bool, std::string> parse_voice_config(std::string_view text, VoiceFolder& voice) {
    const auto config = parse_json(text, json_to_repair);
    if (!config) {
        return fail("is no JSON: " + config.error().message);
    }
    voice.language = language_of(*config);
    if (voice.language.empty()) {
        return fail(std::string("language.code is missing or no language code"));
    }
    const Json* const espeak = find_member(*config, "espeak");
    voice.phoneme_voice = espeak != nullptr ? member_text(*espeak, "voice") : "";
    if (!is_voice_name(voice.phoneme_voice)) {
        return fail(std::string("espeak.voice is missing or no plain name"));
    }
    const Json* const type = find_member(*config, "phoneme_type");
    if (type != nullptr && *type != Json("espeak")) {
        return fail(std::string("phoneme_type must be espeak"));
    }
    float rate = 22'050;
    if (!read_number(find_member(*config, "audio"), "sample_rate", 8'000, 48'000, rate) ||
        rate != std::floor(rate)) {
        return fail(std::string("audio.sample_rate must be 8000 to 48000"));
    }
    voice.rate_hz = static_cast<int>(rate);
    const Json* const inference = find_member(*config, "inference");
    if (!read_number(inference, "noise_scale", 0.0, 2.0, voice.noise_scale) ||
        !read_number(inference, "noise_w", 0.0, 2.0, voice.noise_w) ||
        !read_number(inference, "length_scale", 0.25, 4.0, voice.length_scale)) {
        return fail(std::string("a number in inference is out of its range"));
    }
    return true;
}

Result<bool, std::string> check_voice_model(const OnnxMetadata& metadata,
                                            const VoiceFolder& voice) {
    const auto value_of = [&metadata](std::string_view key) {
        const auto found = metadata.find(key);
        return found == metadata.end() ? std::string() : found->second;
    };
    for (const char* key : {"model_type", "comment", "language", "voice", "has_espeak",
                            "n_speakers", "sample_rate"}) {
        if (value_of(key).empty()) {
            return fail(std::string("its metadata has no ") + key +
                        ": prepare it with tools/speech/piper_voice.py");
        }
    }
    if (value_of("model_type") != "vits" || value_of("comment") != "piper") {
        return fail(std::string("is no voice of Piper's"));
    }
    if (value_of("sample_rate") != std::to_string(voice.rate_hz)) {
        return fail(std::string("its sample_rate is another than that of ") + voice_config_file);
    }
    for (const char* key : {"has_espeak", "n_speakers"}) {
        const std::string value = value_of(key);
        if (value.size() > 4 || !std::all_of(value.begin(), value.end(), [](unsigned char letter) {
                return std::isdigit(letter) != 0;
            })) {
            return fail(std::string("its ") + key + " is no number");
        }
    }
    return true;
}

Result<VoiceFolder, std::string> read_voice_folder(const std::string& folder,
                                                   const std::string& name) {
    VoiceFolder voice;
    voice.name = name;
    voice.path = folder + '/' + name;
    const auto config = read_text(voice.path + '/' + voice_config_file);
    if (!config) {
        return fail(config.error());
    }
    if (const auto parsed = parse_voice_config(*config, voice); !parsed) {
        return fail(std::string(voice_config_file) + ": " + parsed.error());
    }
    const auto tokens = read_text(voice.path + '/' + voice_tokens_file);
    if (!tokens) {
        return fail(tokens.error());
    }
    auto phonemes = parse_tokens(*tokens);
    if (!phonemes) {
        return fail(std::string(voice_tokens_file) + ": " + phonemes.error());
    }
    voice.phonemes = *std::move(phonemes);
    const auto metadata = read_onnx_metadata(voice.path + '/' + voice_model_file);
    if (!metadata) {
        return fail(std::string(voice_model_file) + ": " + metadata.error());
    }
    if (const auto checked = check_voice_model(*metadata, voice); !checked) {
        return fail(std::string(voice_model_file) + ": " + checked.error());
    }
    return voice;
}

std::vector<VoiceFolder> find_voices(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::filesystem::path& path = entry->path();
        std::error_code missing;
        if (std::filesystem::is_regular_file(path / voice_config_file, missing) &&
            std::filesystem::is_regular_file(path / voice_model_file, missing) &&
            is_voice_name(path.filename().string())) {
            names.push_back(path.filename().string());
        }
    }
    std::sort(names.begin(), names.end());
    std::vector<VoiceFolder> voices;
    for (const std::string& name : names) {
        if (voices.size() == voices_max) {
            break;
        }
        auto voice = read_voice_folder(folder, name);
        if (voice) {
            voices.push_back(*std::move(voice));
        } else {
            STUDIO_LOG(warning, "voice_unusable", {"voice", name}, {"reason", voice.error()});
        }
    }
    return voices;
}

}  // namespace studio::adapters::sherpa
