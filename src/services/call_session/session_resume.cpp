#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "services/call_session/internal/session_body.hpp"

namespace studio::services {

namespace {

/// A snapshot that waited longer says nothing about how long ago the caller spoke.
constexpr milliseconds gap_max{600'000};

void note_heard(core::Dialog::Saved& dialog, const core::Playout::SavedSentence& playing) {
    for (core::DialogHistory::Entry& entry : dialog.history.entries) {
        for (core::DialogHistory::Sentence& sentence : entry.sentences) {
            if (sentence.id != playing.sentence ||
                sentence.hearing != core::DialogHistory::Hearing::waiting) {
                continue;
            }
            sentence.heard = playing.heard;
            if (playing.heard == sentence.text) {
                sentence.hearing = core::DialogHistory::Hearing::heard;
            }
        }
    }
}

}  // namespace

core::Call CallSession::Body::make_call(const core::CallOptions& options, const CallPlan& plan,
                                        WallTime now) {
    if (!plan.snapshot) {
        return core::Call(options);
    }
    core::Call::Saved saved = plan.snapshot->call;
    const milliseconds gap = std::clamp(now - plan.snapshot->saved_at, milliseconds(0), gap_max);
    saved.duration_left = std::max(milliseconds(1), saved.duration_left - gap);
    return core::Call(options, saved);
}

SessionSnapshot CallSession::Body::save() const {
    SessionSnapshot snapshot;
    snapshot.call_id = plan_.record.id;
    snapshot.agent_name = reporter_.record().agent_name;
    snapshot.saved_at = loop_.wall_now();
    snapshot.call = call_.save(now());
    snapshot.turn = turn_.save(now());
    snapshot.dialog = dialog_.save();
    for (const core::Playout::SavedSentence& playing : playout_.save()) {
        note_heard(snapshot.dialog, playing);
    }
    snapshot.tools = tools_.save();
    snapshot.context = context_.save();
    snapshot.report = reporter_.save();
    return snapshot;
}

/// Before media flows: what the machines do not hold themselves.
void CallSession::Body::restore() {
    const SessionSnapshot& snapshot = *plan_.snapshot;
    if (!snapshot.context.is_null()) {
        const auto loaded = context_.load(snapshot.context);
        if (!loaded) {
            STUDIO_LOG(error, "context_not_restored", {"call_id", plan_.record.id});
        }
    }
    context_.set_agent(plan_.record.agent_name);
    context_.set_now(loop_.wall_now());
    reporter_.restore(snapshot.report);
}

/// In place of the greeting.
void CallSession::Body::carry_on() {
    const SessionSnapshot snapshot = std::move(*plan_.snapshot);
    plan_.snapshot.reset();
    turn_waits_ = true;
    const std::string bridge =
        snapshot.handed_over ? std::string() : render(plan_.agent.session.bridge);
    queue_.push(core::CarryOn{bridge});
    std::vector<std::string> lost = snapshot.dialog.running;
    for (const SavedTool& tool : snapshot.tools) {
        if (tools_.resume(tool)) {
            std::erase(lost, tool.call.id);
        }
    }
    for (const std::string& id : lost) {
        // The tool is gone or another by now.
        queue_.push(core::ToolDone{
            id,
            R"({"ok":false,"error":"the tool was interrupted; its outcome is not known"})",
            false,
            {}});
    }
    checkpoint_due_ = true;
}

void CallSession::Body::freeze() {
    is_frozen_ = true;
    media_->expect_replacement(true);
}

void CallSession::Body::thaw() {
    if (!std::exchange(is_frozen_, false)) {
        return;
    }
    media_->expect_replacement(false);
    catch_up();
    settle();
}

bool CallSession::Body::is_between_turns() const {
    return call_.phase() == core::Call::Phase::active && is_quiet() && !turn_.is_caller_pending() &&
           tools_.is_idle();
}

}  // namespace studio::services
