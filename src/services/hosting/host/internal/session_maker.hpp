#pragma once

#include <memory>
#include <utility>

#include "services/conversation/session/call_session.hpp"
#include "services/hosting/host/call_host.hpp"
#include "services/hosting/host/internal/held_call.hpp"

namespace studio::services {

/// Makes the session of a call that a host holds, with its recording where there is one. On the
/// host's loop.
class SessionMaker {
public:
    /// Loop and observer outlive the sessions; `open_recording` may be empty.
    SessionMaker(runtime::Loop& loop, CallObserver& observer, CallSessionOptions options,
                 CallHost::OpenRecording open_recording)
        : loop_(loop),
          observer_(observer),
          options_(options),
          open_recording_(std::move(open_recording)) {}

    /// Of `held`, which has its journal's keeper and its phone by now. Not started.
    void make(HeldCall& held, CallPlan plan, CallProviders providers,
              std::unique_ptr<CallMedia> media);

private:
    runtime::Loop& loop_;
    CallObserver& observer_;
    CallSessionOptions options_;
    CallHost::OpenRecording open_recording_;
};

}  // namespace studio::services
