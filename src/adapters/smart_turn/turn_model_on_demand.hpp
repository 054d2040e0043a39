#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "adapters/smart_turn/turn_model.hpp"
#include "base/result.hpp"

namespace studio::adapters {

/// The model of a process that is read with the first question, since most agents ask none. Any
/// thread.
class TurnModelOnDemand {
public:
    /// `folder` is the one of speech models; nothing is read.
    explicit TurnModelOnDemand(std::string folder) : folder_(std::move(folder)) {}

    /// As TurnModel::is_over. The first takes some tenths of a second more; where the model cannot
    /// be loaded, all fail with the same line for people.
    [[nodiscard]] Result<float, std::string> is_over(std::span<const std::int16_t> sound);

    /// A place for one question, of `most`; to be given back by leave(). False: all are taken, or
    /// the model could not be loaded.
    [[nodiscard]] bool try_enter(std::size_t most);
    void leave();

private:
    const std::string folder_;
    std::once_flag once_;
    std::shared_ptr<const TurnModel> model_;
    /// Why there is no model.
    std::string trouble_;
    std::atomic<bool> is_broken_{false};
    std::atomic<std::size_t> questions_{0};
};

}  // namespace studio::adapters
