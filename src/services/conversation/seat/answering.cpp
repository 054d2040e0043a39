#include "services/conversation/seat/internal/answering.hpp"

#include <utility>

#include "base/log.hpp"

namespace studio::services {

namespace {

/// Longer than the provider's own deadline, for providers that do not keep theirs.
constexpr milliseconds grace{1'000};

}  // namespace

void Answering::ask(std::uint32_t request, ModelRequest model_request, ModelPatience patience) {
    cancel();
    request_ = request;
    model_request_ = std::move(model_request);
    patience_ = std::move(patience);
    attempt_ = 0;
    if (!patience_.filler.empty()) {
        filler_at_ = link_.now() + options_.filler_after;
    }
    start();
}

void Answering::start() {
    retry_at_.reset();
    has_begun_ = false;
    ++attempt_;
    answer_number_ = ++link_.counts().answers;
    end_by_ = link_.now() + model_request_.timeout + grace;
    give_up_at_ = earlier(link_.now() + patience_.first_token_timeout, end_by_);
    link_.note_usage(core::UsageStage::llm, provider_, model_request_.model, {.requests = 1});
    answer_ = model_.ask(model_request_, *this);
}

void Answering::begin() {
    if (!std::exchange(has_begun_, true)) {
        give_up_at_ = end_by_;
        filler_at_.reset();
    }
}

void Answering::stop_attempt() {
    answer_.reset();
    retry_at_.reset();
    give_up_at_.reset();
}

void Answering::cancel() {
    stop_attempt();
    filler_at_.reset();
}

void Answering::on_model(const ModelEvent& event) {
    if (options_.input_log != nullptr) {
        options_.input_log->model(answer_number_, event, link_.now());
    }
    link_.enter([this, &event] {
        if (answer_ != nullptr) {
            std::visit([this](const auto& which) { on(which); }, event);
        }
    });
}

void Answering::on(const ModelText& text) {
    if (!text.text.empty()) {
        begin();
    }
    link_.queue().push(core::ModelPiece{request_, text.text});
}

void Answering::on(const ModelToolCall& call) {
    begin();
    link_.queue().push(core::ModelToolAsked{request_, {call.id, call.name, call.arguments}});
}

void Answering::on(const ModelFinished& finished) {
    const std::uint32_t tokens = finished.prompt_tokens + finished.completion_tokens;
    link_.note_usage(
        core::UsageStage::llm, provider_, model_request_.model,
        {.input_tokens = finished.prompt_tokens, .output_tokens = finished.completion_tokens});
    cancel();
    link_.queue().push(core::ModelDone{request_, tokens});
}

void Answering::on(const ModelFailed& failed) {
    // The event may belong to what is destroyed here.
    const ProviderError error = failed.error;
    const ProviderErrorCode code = error.code;
    STUDIO_LOG(warning, "model_failed", {"call_id", link_.record().id}, {"code", name_of(code)},
               {"attempt", attempt_});
    link_.note_error(core::CallStage::llm, provider_, name_of(code));
    stop_attempt();
    // What came stands, so a second try would repeat it.
    const auto delay = has_begun_ ? std::nullopt
                                  : options_.retry.delay_after(
                                        error, attempt_, options_.retry.provider_attempts_max);
    if (delay) {
        retry_at_ = link_.now() + *delay;
    } else {
        filler_at_.reset();
        link_.queue().push(core::ModelBroke{request_});
    }
}

void Answering::tick(Instant now) {
    if (retry_at_ && now >= *retry_at_) {
        start();
    } else if (give_up_at_ && now >= *give_up_at_) {
        on(ModelFailed{{ProviderErrorCode::timed_out,
                        has_begun_ ? "no end of the answer" : "no beginning of the answer"}});
    }
    if (filler_at_ && now >= *filler_at_) {
        filler_at_.reset();
        link_.queue().push(core::ModelSlow{request_, patience_.filler});
    }
}

}  // namespace studio::services
