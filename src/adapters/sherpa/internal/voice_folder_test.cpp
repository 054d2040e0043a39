#include "adapters/sherpa/internal/voice_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "adapters/sherpa/internal/voice_test_files.hpp"
#include "base/entropy.hpp"

namespace studio::adapters::sherpa {
namespace {

constexpr const char* config =
    R"({"audio": {"sample_rate": 16000}, "espeak": {"voice": "de"}, "phoneme_type": "espeak",
        "inference": {"noise_scale": 0.5, "noise_w": 0.7, "length_scale": 1.2},
        "language": {"code": "de_DE"}, "num_speakers": 1})";

TEST(VoiceConfig, SaysHowAVoiceIsSpoken) {
    VoiceFolder voice;
    ASSERT_TRUE(parse_voice_config(config, voice));
    EXPECT_EQ(voice.language, "de-DE");
    EXPECT_EQ(voice.phoneme_voice, "de");
    EXPECT_EQ(voice.rate_hz, 16'000);
    EXPECT_FLOAT_EQ(voice.noise_scale, 0.5F);
    EXPECT_FLOAT_EQ(voice.length_scale, 1.2F);
}

TEST(VoiceConfig, WhatIsWrongWithItIsSaid) {
    const std::pair<const char*, const char*> wrong[] = {
        {"", "JSON"},
        {"[]", "language"},
        {R"({"language": {"code": "../x"}, "espeak": {"voice": "de"}})", "language"},
        {R"({"language": {"code": "de"}})", "espeak.voice"},
        {R"({"language": {"code": "de"}, "espeak": {"voice": "-f x"}})", "espeak.voice"},
        {R"({"language": {"code": "de"}, "espeak": {"voice": "de"}, "phoneme_type": "text"})",
         "phoneme_type"},
        {R"({"language": {"code": "de"}, "espeak": {"voice": "de"},
             "audio": {"sample_rate": 1e9}})",
         "sample_rate"},
        {R"({"language": {"code": "de"}, "espeak": {"voice": "de"},
             "inference": {"length_scale": 0}})",
         "inference"},
    };
    for (const auto& [text, name] : wrong) {
        VoiceFolder voice;
        const auto parsed = parse_voice_config(text, voice);
        ASSERT_FALSE(parsed) << text;
        EXPECT_NE(parsed.error().find(name), std::string::npos) << parsed.error();
    }
}

TEST(VoiceModelFile, SaysWhatTheLibraryWantsToKnow) {
    const VoiceFolder voice;
    OnnxMetadata whole;
    for (const auto& [key, value] : voice_metadata()) {
        whole.emplace(key, value);
    }
    EXPECT_TRUE(check_voice_model(whole, voice));
    for (const auto& [key, value] : voice_metadata()) {
        OnnxMetadata without = whole;
        without.erase(key);
        const auto checked = check_voice_model(without, voice);
        ASSERT_FALSE(checked) << key;
        EXPECT_NE(checked.error().find(key), std::string::npos);
    }
    const std::pair<const char*, const char*> wrong[] = {{"model_type", "kokoro"},
                                                         {"comment", "coqui"},
                                                         {"sample_rate", "16000"},
                                                         {"n_speakers", "x"},
                                                         {"has_espeak", "99999"}};
    for (const auto& [key, value] : wrong) {
        OnnxMetadata other = whole;
        other[key] = value;
        EXPECT_FALSE(check_voice_model(other, voice)) << key;
    }
}

TEST(VoiceName, IsNeverAPath) {
    EXPECT_TRUE(is_voice_name("piper-en-us-joe"));
    EXPECT_TRUE(is_voice_name("v1.2_x"));
    for (const char* name : {"", ".", "..", "../x", "a/b", "a\\b", "-a", "a b", "/x", "ü"}) {
        EXPECT_FALSE(is_voice_name(name)) << name;
    }
    EXPECT_FALSE(is_voice_name(std::string(65, 'a')));
}

TEST(VoiceFolders, AreFoundByTheirFiles) {
    const auto root = std::filesystem::temp_directory_path() /
                      ("voices-" + std::to_string(SystemEntropy().u64()));
    make_voice(root / "b-voice", "en_US");
    make_voice(root / "a-voice", "de_DE");
    make_voice(root / "no-model", "de_DE");
    std::filesystem::remove(root / "no-model/model.onnx");
    make_voice(root / "no-tokens", "de_DE");
    write_file(root / "no-tokens/tokens.txt", "");
    make_voice(root / "not-prepared", "de_DE");
    write_file(root / "not-prepared/model.onnx", make_onnx({}));
    make_voice(root / "damaged", "de_DE");
    write_file(root / "damaged/model.onnx", make_onnx(voice_metadata()).substr(0, 100));
    make_voice(root / "odd name", "de_DE");
    std::filesystem::create_directories(root / "moonshine");
    const auto voices = find_voices(root.string());
    ASSERT_EQ(voices.size(), 2U);
    EXPECT_EQ(voices[0].name, "a-voice");
    EXPECT_EQ(voices[0].phonemes.size(), 33U);
    EXPECT_EQ(voices[1].path, (root / "b-voice").string());
    EXPECT_TRUE(find_voices("/nowhere/at/all").empty());
    std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace studio::adapters::sherpa
