#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/context/call_context.hpp"
#include "core/tool/tool_run.hpp"
#include "services/call_session/internal/session_link.hpp"

namespace studio::services {

/// The tools' side of a session: runs of tools side by side over one context, with their requests.
class ToolRunner {
public:
    /// Told of a tool that is done: its name, what it was asked and what came of it.
    using Done = std::function<void(const core::DialogToolCall& call, const core::ToolFinished&)>;

    ToolRunner(SessionLink& link, HttpClient& http_client, core::CallContext& context,
               const CallSessionOptions& options);

    void add(core::ToolDefinition tool);
    [[nodiscard]] std::vector<ModelTool> model_tools() const;
    void on_done(Done done) { done_ = std::move(done); }

    void run(const core::RunTool& order);
    /// Goes on with a tool that ran elsewhere; false where there is no such tool any more.
    [[nodiscard]] bool resume(const SavedTool& saved);
    [[nodiscard]] std::vector<SavedTool> save() const;
    /// Whether a tool goes on as soon as nothing is being said: on_silence().
    [[nodiscard]] bool awaits_silence() const;
    void on_silence();
    [[nodiscard]] bool is_idle() const { return runs_.empty(); }
    /// Forgets every run without an output.
    void drop();

    [[nodiscard]] Deadline next_deadline() const;
    void tick(Instant now);

private:
    struct Run {
        explicit Run(std::shared_ptr<const core::ToolDefinition> tool) : machine(std::move(tool)) {}

        std::uint32_t number = 0;
        core::DialogToolCall call;
        std::uint32_t request_number = 0;
        std::uint32_t index = 0;
        /// Effects that are over.
        std::uint32_t effects = 0;
        /// The effect under way, where it is fenced.
        std::string effect;
        core::ToolRun machine;
        /// `params` is shared in the context, but belongs to each run.
        JsonObject params;
        std::string end_reason;
        HttpRequest request;
        int attempts_left = 0;
        int attempt = 0;
        std::uint32_t exchange_number = 0;
        std::unique_ptr<HttpExchange> exchange;
        Deadline retry_at;
        /// What the telephone is to do: one of the two.
        std::string transfer_to;
        std::string digits;
        bool awaits_silence = false;
        /// The next of `digits`, and when it is pressed.
        std::size_t digit = 0;
        Deadline digit_at;
    };

    void drive_run(Run& run, const core::ToolInput& input);
    void on(Run& run, const core::HttpNeeded& needed);
    void on(Run& run, const core::TransferNeeded& needed);
    void on(Run& run, const core::DigitsNeeded& needed);
    void on(Run& run, const core::ToolSay& say);
    void on(Run& run, const core::ToolEndCall& end);
    void on(Run& run, const core::ToolHandoff& handoff);
    void on(Run& run, const core::ToolFinished& finished);
    [[nodiscard]] Run* find(std::uint32_t number);
    /// The effect that the run is at.
    [[nodiscard]] static std::string effect_name(const Run& run);
    void name_request(const Run& run, HttpRequest& request) const;
    void begin_effect(Run& run);
    void perform(Run& run);
    void press_next(Run& run);
    void on_phone_done(std::uint32_t number, const std::string& error);
    void finish_phone(Run& run, const std::string& error);
    void on_verdict(std::uint32_t number, const EffectVerdict& verdict);
    void send(Run& run);
    void on_response(std::uint32_t number, std::uint32_t exchange_number,
                     const Result<HttpResponse, HttpClientError>& outcome);
    void remove_finished();

    SessionLink& link_;
    HttpClient& http_client_;
    core::CallContext& context_;
    const CallSessionOptions& options_;
    std::vector<std::shared_ptr<const core::ToolDefinition>> tools_;
    std::vector<std::unique_ptr<Run>> runs_;
    /// Expires with this, for verdicts that come later.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::uint32_t run_count_ = 0;
    std::uint32_t exchange_count_ = 0;
    Done done_;
};

}  // namespace studio::services
