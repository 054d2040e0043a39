#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/context/call_context.hpp"
#include "core/tool/tool_run.hpp"
#include "services/conversation/effects/internal/effect_runner.hpp"
#include "services/conversation/seat/internal/seats.hpp"
#include "services/conversation/session/internal/session_link.hpp"
#include "services/conversation/session/session_snapshot.hpp"

namespace studio::services {

/// The tools that run in a call, side by side over one context. It drives their machines; what they
/// ask of the world goes to the EffectRunner, what they say and decide to the dialog. On the call's
/// loop.
class ToolRunner {
public:
    /// Told of a tool that is done: its name, what it was asked and what came of it.
    using Done = std::function<void(const core::DialogToolCall& call, const core::ToolFinished&)>;

    struct Parts {
        SessionLink& link;
        core::CallContext& context;
        EffectRunner& effects;
        Seats& seats;
    };

    explicit ToolRunner(const Parts& parts);

    void on_done(Done done) { done_ = std::move(done); }

    /// Runs a tool of the agent that is spoken to now.
    void run(const core::RunTool& order);
    /// Goes on with a tool that ran elsewhere; false where there is no such tool any more.
    [[nodiscard]] bool resume(const SavedTool& saved);
    [[nodiscard]] std::vector<SavedTool> save() const;
    [[nodiscard]] bool is_idle() const { return runs_.empty(); }
    /// Forgets every run without an output.
    void drop();

private:
    struct Run {
        explicit Run(std::shared_ptr<const core::ToolDefinition> tool) : machine(std::move(tool)) {}

        std::uint32_t number = 0;
        /// Whose tool it is: its part of the context is what the tool sees.
        std::string agent;
        core::DialogToolCall call;
        std::uint32_t request_number = 0;
        std::uint32_t index = 0;
        /// Effects that are over.
        std::uint32_t effects = 0;
        core::ToolRun machine;
        /// `params` is shared in the context, but belongs to each run.
        JsonObject params;
        /// The tool ends the call, and why.
        std::optional<std::string> end_reason;
        /// The tool hands the call over, and to whom.
        std::optional<std::string> hand_off_to;
    };

    Run& add(std::shared_ptr<const core::ToolDefinition> tool, std::string agent,
             core::DialogToolCall call);
    void drive_run(Run& run, const core::ToolInput& input);
    void on(Run& run, const core::HttpNeeded& needed) { begin_effect(run, needed); }
    void on(Run& run, const core::TransferNeeded& needed) { begin_effect(run, needed); }
    void on(Run& run, const core::DigitsNeeded& needed) { begin_effect(run, needed); }
    void on(Run& run, const core::ToolSay& say);
    void on(Run& run, const core::ToolEndCall& end);
    void on(Run& run, const core::ToolHandoff& handoff);
    void on(Run& run, core::ToolFinished finished);
    void decide(Run& run, core::ToolFinished& finished);
    void begin_effect(const Run& run, Effect effect);
    void on_outcome(std::uint32_t number, const core::ToolInput& outcome);
    void note_error(const Run& run, const core::ToolInput& outcome);
    void remove_finished();

    Parts parts_;
    std::vector<std::unique_ptr<Run>> runs_;
    std::uint32_t run_count_ = 0;
    /// The agent that handed over last: of several tools in one answer one announces it.
    std::string announced_by_;
    Done done_;
};

}  // namespace studio::services
