#pragma once

#include <utility>

#include "runtime/task_scope.hpp"
#include "services/hosting/host/call_host.hpp"
#include "services/hosting/host/internal/held_calls.hpp"
#include "services/hosting/host/internal/phone_side.hpp"
#include "services/hosting/host/internal/session_maker.hpp"
#include "services/live/call_teller.hpp"

namespace studio::services {

/// What the parts of a host share. The host's own; on its loop.
struct HostContext {
    /// `with_parts` outlives it, too.
    HostContext(const CallHost::Parts& with_parts, CallObserver& with_observer,
                CallSessionOptions options, CallHost::OnEnded on_ended,
                CallHost::OpenRecording open_recording)
        : parts(with_parts),
          observer(with_observer),
          scope(parts.loop),
          sessions(parts.loop, observer, options, std::move(open_recording)),
          calls(parts.loop, std::move(on_ended)),
          teller(parts.loop, parts.live),
          phone(parts.loop, scope, calls, parts.phones) {}

    const CallHost::Parts& parts;
    /// The host, of every call.
    CallObserver& observer;
    runtime::TaskScope scope;
    SessionMaker sessions;
    HeldCalls calls;
    CallTeller teller;
    PhoneSide phone;
};

}  // namespace studio::services
