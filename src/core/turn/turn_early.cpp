#include <algorithm>

#include "core/turn/turn.hpp"

namespace studio::core {

/// The open utterance seems to be the last of the turn.
void Turn::offer_early_end() {
    const bool may_ask = !early_ && early_in_turn_ < options_.early_in_turn_max &&
                         early_wasted_ < options_.early_wasted_max;
    const bool is_all_known = std::all_of(awaited_.begin(), awaited_.end(),
                                          [](const Awaited& awaited) { return awaited.is_final; });
    if (!may_ask || !is_all_known || !speaking_ || agent_ != Agent::listening || !digits_.empty() ||
        !typed_.empty() || is_only_noise(partial_, *options_.words)) {
        return;
    }
    std::string text;
    for (const std::string& piece : pieces()) {
        text += (text.empty() ? "" : " ") + piece;
    }
    ++early_in_turn_;
    early_ = text;
    outputs_.emplace_back(EarlyEnd{std::move(text)});
}

void Turn::keep_early_end_only_for(const std::string& text) {
    if (early_ && !same_words(*early_, text)) {
        void_early_end();
    }
}

void Turn::void_early_end() {
    if (early_) {
        early_.reset();
        ++early_wasted_;
        outputs_.emplace_back(EarlyEndVoid{});
    }
}

}  // namespace studio::core
