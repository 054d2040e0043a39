#include "adapters/sherpa/internal/model_folder.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "adapters/sherpa/internal/onnx_file.hpp"

namespace studio::adapters::sherpa {

namespace {

constexpr std::size_t files_max = 1'000;
constexpr std::uintmax_t tokens_bytes_max = 64'000'000;
constexpr std::size_t token_lines_max = 1'000'000;

/// Words in the names of the files that sherpa-onnx's models come in, and what part each is. The
/// first that fits counts.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> part_words{{
    {"preprocess", "preprocessor"},
    {"uncached", "uncached_decoder"},
    {"cached", "cached_decoder"},
    {"merged", "merged_decoder"},
    {"joiner", "joiner"},
    {"decode", "decoder"},
    {"encode", "encoder"},
    {"model", "model"},
}};

std::string small(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char byte) { return static_cast<char>(std::tolower(byte)); });
    return text;
}

std::string part_of(const std::string& name) {
    if (name.ends_with("tokens.txt")) {
        return "tokens";
    }
    if (name.ends_with(".onnx") || name.ends_with(".ort")) {
        for (const auto& [word, part] : part_words) {
            if (name.find(word) != std::string::npos) {
                return std::string(part);
            }
        }
    }
    return {};
}

using Files = std::map<std::string, std::string, std::less<>>;

/// Each part's file; of two the one with whole numbers (int8), which is smaller and faster, then
/// the first by name.
Result<Files, std::string> find_parts(const std::string& path) {
    std::error_code error;
    std::set<std::string> names;
    std::filesystem::directory_iterator each(path, error);
    for (; !error && each != std::filesystem::directory_iterator(); each.increment(error)) {
        if (each->is_regular_file(error)) {
            names.insert(each->path().filename().string());
        }
        if (names.size() > files_max) {
            return fail(std::string("has too many files"));
        }
    }
    if (error) {
        return fail(std::string("is not there, or cannot be read"));
    }
    Files files;
    for (const bool wants_int8 : {true, false}) {
        for (const std::string& name : names) {
            const std::string plain = small(name);
            const std::string part = part_of(plain);
            const bool is_int8 = plain.find("int8") != std::string::npos;
            if (!part.empty() && is_int8 == wants_int8) {
                files.emplace(part, path + '/' + name);
            }
        }
    }
    return files;
}

/// `token number` a line; a line of one number is the token of the blank.
bool is_token_line(std::string_view line) {
    const std::size_t end = line.find_last_not_of(" \t\r");
    if (end == std::string_view::npos) {
        return false;
    }
    line = line.substr(0, end + 1);
    const std::size_t gap = line.find_last_of(" \t");
    const std::string_view number = line.substr(gap == std::string_view::npos ? 0 : gap + 1);
    int value = 0;
    const auto [rest, problem] =
        std::from_chars(number.data(), number.data() + number.size(), value);
    return problem == std::errc{} && rest == number.data() + number.size() && value >= 0;
}

Result<void, std::string> check_tokens(const std::string& path) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    std::ifstream in(path, std::ios::binary);
    if (error || !in || bytes > tokens_bytes_max) {
        return fail(std::string("its tokens.txt cannot be read, or is too large"));
    }
    std::string line;
    std::size_t count = 0;
    while (std::getline(in, line)) {
        if (!is_token_line(line) || ++count > token_lines_max) {
            return fail("line " + std::to_string(count + 1) +
                        " of its tokens.txt is not a token and a number");
        }
    }
    if (count == 0) {
        return fail(std::string("its tokens.txt is empty"));
    }
    return {};
}

/// The metadata of all parts together; an error where one is no model.
Result<OnnxMetadata, std::string> check_parts(const Files& files) {
    OnnxMetadata all;
    for (const auto& [part, path] : files) {
        if (part == "tokens" || is_ort_file(path)) {
            continue;
        }
        auto metadata = read_onnx_metadata(path);
        if (!metadata) {
            return fail(std::filesystem::path(path).filename().string() + ' ' + metadata.error());
        }
        all.merge(*metadata);
    }
    return all;
}

struct Recipe {
    ModelKind kind;
    /// Parts that it has; those with none of them here must be absent.
    std::array<std::string_view, 4> parts;
    /// Metadata without which the library would end the process, or that tells it from others.
    std::array<std::string_view, 3> metadata;
    /// Metadata that another kind of the same parts has.
    std::string_view not_with;
};

/// In the order in which they are tried. The keys are those that sherpa-onnx reads.
constexpr std::array<Recipe, 8> recipes{{
    {ModelKind::moonshine,
     {"preprocessor", "encoder", "uncached_decoder", "cached_decoder"},
     {},
     {}},
    {ModelKind::moonshine_merged, {"encoder", "merged_decoder"}, {}, {}},
    {ModelKind::streaming_transducer,
     {"encoder", "decoder", "joiner"},
     {"model_type", "decode_chunk_len"},
     {}},
    {ModelKind::transducer, {"encoder", "decoder", "joiner"}, {"vocab_size"}, "decode_chunk_len"},
    {ModelKind::whisper, {"encoder", "decoder"}, {"n_text_layer", "sot", "eot"}, {}},
    {ModelKind::streaming_paraformer,
     {"encoder", "decoder"},
     {"vocab_size", "lfr_window_size"},
     {}},
    {ModelKind::sense_voice, {"model"}, {"vocab_size", "lfr_window_size", "lang_auto"}, {}},
    {ModelKind::paraformer, {"model"}, {"vocab_size", "lfr_window_size"}, "lang_auto"},
}};

bool has_parts(const Recipe& recipe, const Files& files) {
    return std::all_of(recipe.parts.begin(), recipe.parts.end(),
                       [&](std::string_view part) { return part.empty() || files.contains(part); });
}

bool fits(const Recipe& recipe, const OnnxMetadata& metadata) {
    return std::all_of(
               recipe.metadata.begin(), recipe.metadata.end(),
               [&](std::string_view key) { return key.empty() || metadata.contains(key); }) &&
           (recipe.not_with.empty() || !metadata.contains(recipe.not_with));
}

}  // namespace

std::string_view name_of(ModelKind kind) {
    switch (kind) {
        case ModelKind::moonshine_merged:
        case ModelKind::moonshine:
            return "moonshine";
        case ModelKind::transducer:
            return "transducer";
        case ModelKind::streaming_transducer:
            return "streaming transducer";
        case ModelKind::streaming_paraformer:
            return "streaming paraformer";
        case ModelKind::paraformer:
            return "paraformer";
        case ModelKind::sense_voice:
            return "sense-voice";
        case ModelKind::whisper:
            return "whisper";
    }
    return "unknown";
}

bool is_streaming(ModelKind kind) {
    return kind == ModelKind::streaming_transducer || kind == ModelKind::streaming_paraformer;
}

bool takes_language(ModelKind kind) {
    return kind == ModelKind::whisper || kind == ModelKind::sense_voice;
}

std::string ModelFolder::file(std::string_view part) const {
    const auto found = files.find(part);
    return found == files.end() ? std::string() : found->second;
}

bool is_folder_name(std::string_view name) {
    constexpr std::size_t bytes_max = 100;
    return !name.empty() && name.size() <= bytes_max && name.front() != '.' &&
           std::all_of(name.begin(), name.end(), [](unsigned char byte) {
               return byte < 0x80 &&
                      (std::isalnum(byte) != 0 || byte == '.' || byte == '_' || byte == '-');
           });
}

Result<ModelFolder, std::string> inspect_model(const std::string& path) {
    auto files = find_parts(path);
    if (!files) {
        return fail(std::move(files.error()));
    }
    if (!files->contains("tokens")) {
        return fail(std::string("has no tokens.txt"));
    }
    if (const auto tokens = check_tokens(files->find("tokens")->second); !tokens) {
        return fail(tokens.error());
    }
    const auto metadata = check_parts(*files);
    if (!metadata) {
        return fail(metadata.error());
    }
    for (const Recipe& recipe : recipes) {
        if (has_parts(recipe, *files) && fits(recipe, *metadata)) {
            return ModelFolder{recipe.kind, *std::move(files)};
        }
    }
    return fail(
        std::string("holds no model of a kind that is known here: moonshine, transducer, "
                    "paraformer, sense-voice, whisper"));
}

}  // namespace studio::adapters::sherpa
