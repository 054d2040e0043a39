#pragma once

#include <memory>
#include <string>

#include "base/live_count.hpp"
#include "base/result.hpp"
#include "core/call/call_command.hpp"
#include "core/call/call_record.hpp"
#include "core/call/end_reason.hpp"
#include "ports/call_media.hpp"
#include "runtime/loop.hpp"
#include "services/conversation/session/call_observer.hpp"
#include "services/conversation/session/call_plan.hpp"
#include "services/conversation/session/phone_news.hpp"
#include "services/conversation/session/session_options.hpp"
#include "services/conversation/session/session_snapshot.hpp"

namespace studio::services {

/// One call on one loop, from the accepted media to its end. It wires the machines of the domain
/// (Call, Turn, Dialog, Playout) to the ports and decides nothing itself. Made, used and destroyed
/// on its loop. Destroying it early cancels everything without an event. A bug that shows in it
/// (STUDIO_BUG, or an exception of a library) ends this call alone, as internal_error.
///
///   media --frame--> CallerVoice ---> Turn --utterance--> SpeechToText --text--> Turn
///                                      |                                          |
///                                 duck, interrupt                             turn ended
///                                      v                                          v
///   media <--frame-- Playout <--- TextToSpeech <--sentences-- Dialog <---> LanguageModel, tools
class CallSession final : LiveCount<CallSession> {
public:
    using LiveCount<CallSession>::live;

    CallSession(runtime::Loop& loop, CallPlan plan, CallProviders providers,
                std::unique_ptr<CallMedia> media, CallObserver& observer,
                CallSessionOptions options = {});
    CallSession(const CallSession&) = delete;
    CallSession& operator=(const CallSession&) = delete;
    ~CallSession();

    /// Begins; once.
    void start();
    /// Ends the call politely: the farewell is said, media closed, on_call_ended follows. Harmless
    /// when it is ending already.
    void close(core::EndReason reason);
    /// Ends the call without another word.
    void hang_up(core::EndReason reason);

    /// A bug showed in what is done about the call: it ends soon, without another word, as
    /// internal_error.
    void break_off();

    /// Is told what becomes of a phone that is called. As long as the session.
    [[nodiscard]] PhoneNews& phone();
    /// Whom we hear in the room; empty before they came.
    [[nodiscard]] const std::string& caller_identity() const;

    /// The call as it stands, for another worker. Not from inside a function that the session
    /// calls.
    [[nodiscard]] SessionSnapshot save() const;
    /// From now on what is being said goes on, and nothing else happens: no input changes the call
    /// and nobody is told anything. What comes meanwhile is kept for thaw(), except the caller's
    /// voice.
    void freeze();
    void thaw();
    /// Nobody is speaking and nothing is under way: the moment at which a call changes its worker
    /// unnoticed.
    [[nodiscard]] bool is_between_turns() const;
    [[nodiscard]] MediaStats media_stats() const;

    [[nodiscard]] const core::CallRecord& record() const;

private:
    friend Result<bool, std::string> supervise(CallSession& session,
                                               const core::CallCommand& command);

    class Body;
    std::unique_ptr<Body> body_;
};

/// Does in a call what somebody who watches it wants; what follows of it comes later. The error is
/// a sentence for them. Not from inside a function that the session calls.
[[nodiscard]] Result<bool, std::string> supervise(CallSession& session,
                                                  const core::CallCommand& command);

}  // namespace studio::services
