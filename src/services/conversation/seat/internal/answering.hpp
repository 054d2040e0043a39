#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/language_model.hpp"
#include "services/conversation/session/internal/session_link.hpp"
#include "services/conversation/session/session_options.hpp"

namespace studio::services {

/// The language model's side of a session: one answer at a time, asked for again where nothing of
/// it has come.
class Answering final : public ModelListener {
public:
    /// `provider` is the model's name in what is told of its failures.
    Answering(SessionLink& link, LanguageModel& model, std::string provider,
              const CallSessionOptions& options)
        : link_(link), model_(model), provider_(std::move(provider)), options_(options) {}

    void ask(std::uint32_t request, ModelRequest model_request);
    void cancel();

    void on_model(const ModelEvent& event) override;
    [[nodiscard]] Deadline next_deadline() const { return earlier(retry_at_, give_up_at_); }
    void tick(Instant now);

private:
    void on(const ModelText& text);
    void on(const ModelToolCall& call);
    void on(const ModelFinished& finished);
    void on(const ModelFailed& failed);
    void start();

    SessionLink& link_;
    LanguageModel& model_;
    std::string provider_;
    const CallSessionOptions& options_;
    std::unique_ptr<ModelAnswer> answer_;
    ModelRequest model_request_;
    std::uint32_t request_ = 0;
    /// In the log of inputs.
    std::uint32_t answer_number_ = 0;
    int attempt_ = 0;
    bool has_begun_ = false;
    Deadline retry_at_;
    Deadline give_up_at_;
};

}  // namespace studio::services
