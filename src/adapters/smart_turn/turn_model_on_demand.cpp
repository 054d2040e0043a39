#include "adapters/smart_turn/turn_model_on_demand.hpp"

#include <utility>

#include "base/log.hpp"

namespace studio::adapters {

Result<float, std::string> TurnModelOnDemand::is_over(std::span<const std::int16_t> sound) {
    std::call_once(once_, [this] {
        auto model = TurnModel::load(folder_);
        if (model) {
            model_ = std::move(*model);
            STUDIO_LOG(info, "turn_model", {"model", TurnModel::folder_name});
        } else {
            trouble_ = std::move(model.error());
            is_broken_ = true;
            STUDIO_LOG(error, "no_turn_model", {"why", trouble_});
        }
    });
    if (model_ == nullptr) {
        return fail(trouble_);
    }
    return model_->is_over(sound);
}

bool TurnModelOnDemand::try_enter(std::size_t most) {
    if (is_broken_) {
        return false;
    }
    if (questions_.fetch_add(1, std::memory_order_relaxed) < most) {
        return true;
    }
    leave();
    return false;
}

void TurnModelOnDemand::leave() {
    questions_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace studio::adapters
