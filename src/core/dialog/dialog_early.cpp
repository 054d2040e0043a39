#include <utility>

#include "core/dialog/dialog.hpp"

namespace studio::core {

/// The history is as UserSaid would leave it; it is not touched before that comes.
void Dialog::on(const UserMaySay& input) {
    forget_early();
    // What the model is to be told beside the caller's words is told once, by UserSaid.
    if (is_busy() || is_leaving_ || has_late_results_ || cut_untold_ || is_muted_ ||
        !notes_.empty()) {
        return;
    }
    DialogHistory history = history_;
    history.add_user(input.text);
    early_ = Early{.request = ++request_};
    outputs_.emplace_back(AskModel{request_, history.messages(options_.system_prompt), true});
}

void Dialog::on(const UserGoesOn&) {
    forget_early();
}

void Dialog::keep_early(const std::string& text) {
    const Early early = *std::exchange(early_, std::nullopt);
    take_user_words(text);
    open_request();
    outputs_.emplace_back(EarlyAnswerSettled{true});
    if (!early.filler.empty() && !early.has_text && early.tools.empty() && !early.tokens) {
        on(ModelSlow{early.request, early.filler});
    }
    if (early.has_text) {
        on(ModelPiece{early.request, early.text});
    }
    for (const DialogToolCall& call : early.tools) {
        on(ModelToolAsked{early.request, call});
    }
    if (early.tokens) {
        on(ModelDone{early.request, *early.tokens});
    }
}

void Dialog::forget_early() {
    if (!early_) {
        return;
    }
    if (early_->tokens) {
        tokens_ += *early_->tokens;  // They cost what all others do.
    } else {
        outputs_.emplace_back(CancelModel{early_->request});
    }
    early_.reset();
    outputs_.emplace_back(EarlyAnswerSettled{false});
}

bool Dialog::keep_for_early(const ModelPiece& input) {
    const bool is_early = early_ && early_->request == input.request;
    // What is beyond the longest answer is cut off when it is said.
    if (is_early && early_->text.size() <= options_.answer_bytes_max) {
        early_->text += input.text;
        early_->has_text = early_->has_text || !input.text.empty();
    }
    return is_early;
}

bool Dialog::keep_for_early(const ModelToolAsked& input) {
    const bool is_early = early_ && early_->request == input.request;
    if (is_early && early_->tools.size() < options_.tools_per_round_max) {
        early_->tools.push_back(input.call);
    }
    return is_early;
}

bool Dialog::keep_for_early(const ModelDone& input) {
    const bool is_early = early_ && early_->request == input.request;
    if (is_early) {
        early_->tokens = input.tokens;
    }
    return is_early;
}

bool Dialog::keep_for_early(const ModelSlow& input) {
    const bool is_early = early_ && early_->request == input.request;
    if (is_early) {
        early_->filler = input.filler;
    }
    return is_early;
}

/// No failed answer of the call: it is asked for again when the turn is over.
bool Dialog::keep_for_early(const ModelBroke& input) {
    const bool is_early = early_ && early_->request == input.request;
    if (is_early) {
        early_.reset();
        outputs_.emplace_back(EarlyAnswerSettled{false});
    }
    return is_early;
}

}  // namespace studio::core
