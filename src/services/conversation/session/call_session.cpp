#include "services/conversation/session/call_session.hpp"

#include <utility>

#include "services/conversation/session/internal/session_body.hpp"

namespace studio::services {

CallSession::CallSession(runtime::Loop& loop, CallPlan plan, CallProviders providers,
                         std::unique_ptr<CallMedia> media, CallObserver& observer,
                         CallSessionOptions options)
    : body_(std::make_unique<Body>(loop, std::move(plan), std::move(providers), std::move(media),
                                   observer, options)) {}

CallSession::~CallSession() = default;

void CallSession::start() {
    body_->start();
}

void CallSession::close(core::EndReason reason) {
    body_->hang_up("close", reason, core::LastWords::farewell);
}

void CallSession::hang_up(core::EndReason reason) {
    body_->hang_up("hang_up", reason, core::LastWords::none);
}

void CallSession::break_off() {
    body_->break_off();
}

Result<bool, std::string> supervise(CallSession& session, const core::CallCommand& command) {
    return session.body_->control(command);
}

PhoneNews& CallSession::phone() {
    return body_->caller();
}

const std::string& CallSession::caller_identity() const {
    return body_->caller().identity();
}

SessionSnapshot CallSession::save() const {
    return body_->save();
}

void CallSession::freeze() {
    body_->freeze();
}

void CallSession::thaw() {
    body_->thaw();
}

bool CallSession::is_between_turns() const {
    return body_->is_between_turns();
}

MediaStats CallSession::media_stats() const {
    return body_->media_stats();
}

const core::CallRecord& CallSession::record() const {
    return body_->record();
}

}  // namespace studio::services
