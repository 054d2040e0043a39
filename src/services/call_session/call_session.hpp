#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/live_count.hpp"
#include "base/time.hpp"
#include "core/agent/agent_config.hpp"
#include "core/call/call_record.hpp"
#include "core/call/end_reason.hpp"
#include "core/tool/tool_definition.hpp"
#include "ports/call_media.hpp"
#include "ports/http_client.hpp"
#include "ports/language_model.hpp"
#include "ports/speech_to_text.hpp"
#include "ports/text_to_speech.hpp"
#include "ports/time_zones.hpp"
#include "runtime/loop.hpp"
#include "services/call_session/call_keeper.hpp"
#include "services/call_session/call_phone.hpp"
#include "services/call_session/input_log.hpp"
#include "services/call_session/listening_options.hpp"
#include "services/call_session/retry_policy.hpp"
#include "services/call_session/session_snapshot.hpp"

namespace studio::services {

/// What one call is about: everything that does not change during it.
struct CallPlan {
    core::CallRecord record;
    core::AgentConfig agent;
    /// In the order in which the model sees them.
    std::vector<core::ToolDefinition> tools;
    /// `{{tenant.*}}` in templates.
    JsonObject tenant;
    /// The call was held elsewhere and goes on from here: no greeting, one word of apology.
    std::optional<SessionSnapshot> snapshot{};
    /// The call begins when its caller is there, of whom the media tells: in a room.
    bool awaits_caller = false;
    /// Why the call is not held: the farewell is all that is said, and it ends with this reason.
    std::optional<core::EndReason> refusal{};
};

/// The providers of one call, chosen by the agent's names. All outlive the session.
struct CallProviders {
    SpeechToText& speech_to_text;
    LanguageModel& language_model;
    TextToSpeech& text_to_speech;
    HttpClient& http_client;
    /// Speaks what the agent's own voice cannot, so that the caller hears a sentence; may be
    /// absent.
    TextToSpeech* spare_voice = nullptr;
};

/// Told what happens in a call; whoever stores or shows it implements this. On the call's loop. It
/// outlives the session.
class CallObserver : public Interface {
public:
    /// The record changed: status or times. Not called for the final status.
    virtual void on_call_status(const core::CallRecord& record) = 0;
    /// One more entry; in order, each once.
    virtual void on_transcript(const core::CallRecord& record,
                               const core::TranscriptEntry& entry) = 0;
    /// The call is over and nothing more is said. `record` is final: store it, then call `stored`,
    /// on the loop, also from inside. The call's end waits for it, but not for ever.
    virtual void on_call_closing(const core::CallRecord& record, std::function<void()> stored) = 0;
    /// The end, exactly once, as the last thing that the session does: it may be destroyed from
    /// inside `on_call_ended` only by posting to the loop.
    virtual void on_call_ended(const core::CallRecord& record) = 0;
};

struct CallSessionOptions {
    RetryPolicy retry;
    ListeningOptions listening;
    /// Consecutive failed answers, or sentences that could not be spoken, after which the call ends
    /// as failed: one apology is heard, a second would be a loop.
    int failures_max = 3;
    /// Audio from before the speech was noticed that the recogniser gets.
    milliseconds pre_roll{300};
    /// From the start until media flows.
    milliseconds join_timeout{30'000};
    /// From then until the caller is there: who enters a room by themselves, a phone that is called
    /// (which rings for less), and the caller of a call that changed its worker.
    milliseconds caller_timeout{60'000};
    milliseconds phone_timeout{120'000};
    milliseconds return_timeout{10'000};
    /// For the last words and for the last writes, each.
    milliseconds last_words_timeout{10'000};
    milliseconds writes_timeout{5'000};
    /// How long one language model answer and the first audio of one sentence may take.
    milliseconds model_timeout{15'000};
    milliseconds synthesis_timeout{8'000};
    /// Writes down every input with its time, for replay; nullptr for none. Outlives the session.
    InputLog* input_log = nullptr;
    /// Keeps what another worker needs; nullptr for none. Outlives the session.
    CallKeeper* keeper = nullptr;
    /// For `{{now}}`; nullptr for UTC only. Outlives the session.
    TimeZones* time_zones = nullptr;
    /// Of a call by telephone; nullptr for others. Outlives the session.
    CallPhone* phone = nullptr;
};

/// One call on one loop, from the accepted media to its end. It wires the machines of the domain
/// (Call, Turn, Dialog, Playout) to the ports and decides nothing itself. Made, used and destroyed
/// on its loop. Destroying it early cancels everything without an event.
///
///   media --frame--> VoiceDetector -> Turn --utterance--> SpeechToText --text--> Turn
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

    // A phone that is called, as whoever calls it learns.
    /// `dialing` or `ringing`.
    void phone_rings(core::CallStatus stage);
    void phone_answered();
    void phone_not_reached(core::EndReason reason);
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
    [[nodiscard]] bool is_ended() const;
    /// The whole session with its machines and buffers, as far as it is inside the object; for
    /// capacity planning.
    [[nodiscard]] static std::size_t object_bytes();

private:
    class Body;
    std::unique_ptr<Body> body_;
};

}  // namespace studio::services
