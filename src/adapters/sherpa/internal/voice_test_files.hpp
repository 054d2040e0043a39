#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace studio::adapters::sherpa {

/// Makes files as a voice of Piper's has them, but for the network, for tests.

/// An ONNX file (onnx.proto3) with an empty graph, and these metadata, each below 100 bytes.
inline std::string make_onnx(const std::map<std::string, std::string>& metadata) {
    const auto field = [](int number, const std::string& content) {
        return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(content.size())} +
               content;
    };
    std::string file = field(7, "");
    for (const auto& [key, value] : metadata) {
        file += field(14, field(1, key) + field(2, value));
    }
    return file;
}

inline std::map<std::string, std::string> voice_metadata() {
    return {{"model_type", "vits"},  {"comment", "piper"}, {"language", "English"},
            {"voice", "en-us"},      {"has_espeak", "1"},  {"n_speakers", "1"},
            {"sample_rate", "22050"}};
}

inline void write_file(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

/// A voice that knows the letters a to z and some marks.
inline void make_voice(const std::filesystem::path& folder, const std::string& language) {
    std::filesystem::create_directories(folder);
    write_file(folder / "model.onnx.json",
               R"({"language": {"code": ")" + language +
                   R"("}, "espeak": {"voice": "x"}, "audio": {"sample_rate": 22050}})");
    std::string tokens = "_ 0\n^ 1\n$ 2\n  3\n, 4\n. 5\n? 6\n";
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        tokens += std::string{letter} + " 7\n";
    }
    write_file(folder / "tokens.txt", tokens);
    write_file(folder / "model.onnx", make_onnx(voice_metadata()));
}

}  // namespace studio::adapters::sherpa
