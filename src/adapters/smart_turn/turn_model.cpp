#include "adapters/smart_turn/turn_model.hpp"

#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include "adapters/smart_turn/internal/onnx_runtime.hpp"

namespace studio::adapters {

namespace {

std::string model_file(const std::string& folder) {
    return folder + '/' + TurnModel::folder_name + "/model.onnx";
}

}  // namespace

TurnModel::TurnModel(std::unique_ptr<const smart_turn::OnnxNetwork> network)
    : network_(std::move(network)) {}
TurnModel::~TurnModel() = default;

bool TurnModel::is_installed(const std::string& folder) {
    std::error_code error;
    return !folder.empty() && std::filesystem::exists(model_file(folder), error);
}

Result<std::shared_ptr<TurnModel>, std::string> TurnModel::load(const std::string& folder) {
    if (folder.empty()) {
        return fail(std::string("no folder of speech models was found"));
    }
    const std::string file = model_file(folder);
    auto network = smart_turn::OnnxNetwork::load(folder + "/lib/libonnxruntime.so", file);
    if (!network) {
        return fail(std::move(network.error()));
    }
    std::shared_ptr<TurnModel> model(new TurnModel(std::move(*network)));
    const auto tried = model->is_over({});
    if (!tried) {
        return fail(file + ": " + tried.error());
    }
    return model;
}

Result<float, std::string> TurnModel::is_over(std::span<const std::int16_t> sound) const {
    constexpr std::array<std::int64_t, 3> dimensions{1, audio::LogMel::bands,
                                                     audio::LogMel::frames};
    std::vector<float> features(audio::LogMel::bands * audio::LogMel::frames);
    log_mel_.compute(sound, features);
    const auto probability = network_->run(
        {.input = "input_features", .output = "logits", .dimensions = dimensions}, features);
    // Not a number is outside, too.
    if (probability && !(*probability >= 0.0F && *probability <= 1.0F)) {
        return fail(std::string("the network's output is no probability"));
    }
    return probability;
}

}  // namespace studio::adapters
