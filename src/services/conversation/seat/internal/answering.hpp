#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "ports/language_model.hpp"
#include "services/conversation/session/internal/session_link.hpp"
#include "services/conversation/session/session_options.hpp"

namespace studio::services {

/// How long a caller is left waiting for a model that says nothing.
struct ModelPatience {
    /// For the first word or tool call of one attempt. What a server sends to keep the connection
    /// open does not count.
    milliseconds first_token_timeout{10'000};
    /// Said after CallSessionOptions::filler_after; empty for nothing.
    std::string filler;
};

/// The language model's side of a session: one answer at a time, asked for again where nothing of
/// it has come.
///
///   ask --> waits for the first token --token--> waits for the end --> done, or broken
///            | filler_after: ModelSlow, once
///            +-- failed, or first_token_timeout: asked again after a while, else broken
class Answering final : public ModelListener {
public:
    /// `provider` is the model's name in what is told of its failures.
    Answering(SessionLink& link, LanguageModel& model, std::string provider,
              const CallSessionOptions& options)
        : link_(link), model_(model), provider_(std::move(provider)), options_(options) {}

    void ask(std::uint32_t request, ModelRequest model_request, ModelPatience patience);
    void cancel();

    void on_model(const ModelEvent& event) override;
    [[nodiscard]] Deadline next_deadline() const {
        return earlier(filler_at_, earlier(retry_at_, give_up_at_));
    }
    void tick(Instant now);

private:
    void on(const ModelText& text);
    void on(const ModelToolCall& call);
    void on(const ModelFinished& finished);
    void on(const ModelFailed& failed);
    void start();
    /// The first of the answer has come.
    void begin();
    void stop_attempt();

    SessionLink& link_;
    LanguageModel& model_;
    std::string provider_;
    const CallSessionOptions& options_;
    std::unique_ptr<ModelAnswer> answer_;
    ModelRequest model_request_;
    ModelPatience patience_;
    std::uint32_t request_ = 0;
    /// In the log of inputs.
    std::uint32_t answer_number_ = 0;
    int attempt_ = 0;
    bool has_begun_ = false;
    Deadline retry_at_;
    /// Until the answer begins its first token's, then the end's.
    Deadline give_up_at_;
    /// When the whole answer of this attempt must have come.
    Instant end_by_{};
    Deadline filler_at_;
};

}  // namespace studio::services
