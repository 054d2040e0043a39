#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "audio/log_mel/log_mel.hpp"
#include "base/result.hpp"

namespace studio::adapters {

namespace smart_turn {
class OnnxNetwork;
}

/// Smart Turn v3.2 (Daily, BSD-2): a network that hears by the last eight seconds whether a speaker
/// has finished. Any thread.
class TurnModel {
public:
    /// The folder below the folder of speech models.
    static constexpr const char* folder_name = "smart-turn-v3.2";

    /// Whether its file is in the folder of speech models; it is not read.
    [[nodiscard]] static bool is_installed(const std::string& folder);
    /// `folder` is the one of speech models: `lib/libonnxruntime.so` and
    /// `smart-turn-v3.2/model.onnx` in it. The network answers once, so that what does not fit
    /// shows here. The error is a line for people. Reads files and computes for some tenths of a
    /// second.
    [[nodiscard]] static Result<std::shared_ptr<TurnModel>, std::string> load(
        const std::string& folder);
    ~TurnModel();
    TurnModel(const TurnModel&) = delete;
    TurnModel& operator=(const TurnModel&) = delete;

    /// How likely who said `sound` (16 kHz, the last eight seconds count) has finished, 0 to 1.
    /// Some 100 ms of this thread.
    [[nodiscard]] Result<float, std::string> is_over(std::span<const std::int16_t> sound) const;

private:
    explicit TurnModel(std::unique_ptr<const smart_turn::OnnxNetwork> network);

    audio::LogMel log_mel_;
    std::unique_ptr<const smart_turn::OnnxNetwork> network_;
};

}  // namespace studio::adapters
