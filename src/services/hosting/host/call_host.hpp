#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "ports/call_control.hpp"
#include "ports/call_journal.hpp"
#include "ports/call_media.hpp"
#include "ports/call_store.hpp"
#include "ports/live_bus.hpp"
#include "ports/media_room.hpp"
#include "ports/provider_registry.hpp"
#include "services/calls/direct/call_starter.hpp"
#include "services/conversation/session/call_session.hpp"
#include "services/hosting/host/call_writer.hpp"
#include "services/hosting/host/room_order.hpp"
#include "services/hosting/phone/phone_dialer.hpp"

namespace studio::services {

struct HeldCall;
struct HostContext;
class RoomHost;

/// The providers of one loop, by name.
struct HostProviders {
    ProviderRegistry<SpeechToText> speech_to_text;
    ProviderRegistry<LanguageModel> language_model;
    ProviderRegistry<TextToSpeech> text_to_speech;
    /// Voices of this machine, the better ones first: an agent whose own voice fails goes on with
    /// the first of them that speaks its languages.
    std::vector<TextToSpeech*> spare_voices{};
};

/// The calls of one loop, direct ones and those in rooms: makes their sessions, writes what happens
/// in them to the store and to the journal, and forgets them at their end. What is special to rooms
/// is RoomHost's. On its loop only. A bug that shows while a call is taken on or handed over ends
/// that call alone.
///
///   join --> joining --> held --end--> stored --> gone (CallEnd::stored)
///               |          |  ^
///               |          |  +-- thaw -- frozen <-- hand_over
///               +----------+---- stale, replaced ---> gone (CallEnd::abandoned), silently
class CallHost final : public CallObserver {
public:
    using OnEnded = std::function<void(const CallId&, CallEnd)>;
    /// Opens what a call's recording is written to; nullptr for none.
    using OpenRecording = std::function<std::unique_ptr<std::ostream>(const CallId&)>;

    /// What it borrows, all of which outlives it.
    struct Parts {
        runtime::Loop& loop;
        CallStore& store;
        HttpClient& http_client;
        const HostProviders& providers;
        /// nullptr where no caller connects directly.
        DirectMedia* media = nullptr;
        /// nullptr where no call takes place in a room.
        MediaRooms* rooms = nullptr;
        /// nullptr where no other worker could carry a call on.
        CallJournal* journal = nullptr;
        /// nullptr where no telephone can be called or handed over.
        PhoneDialer* phones = nullptr;
        /// Is told what happens in calls; nullptr where nobody watches.
        LiveSink* live = nullptr;
    };

    /// `on_ended` runs on the loop when a call is gone from here. `open_recording` may be empty;
    /// what it opens is given the call's log for replay (docs/replay.md).
    CallHost(Parts parts, CallSessionOptions options, OnEnded on_ended,
             OpenRecording open_recording = {});
    ~CallHost() override;

    /// Answers the offer and starts the session.
    [[nodiscard]] Result<std::string, StartError> accept(DirectOrder order);
    /// Enters the call's room and starts its session, or carries it on. True from there on:
    /// `on_ended` follows. After an error nothing of it is left here. A call whose snapshot says
    /// that it was just ending is not joined: its end is written.
    [[nodiscard]] Task<Result<bool, JoinError>> join(RoomOrder order);
    /// Stops a call without a word, a goodbye or a write: it is another worker's.
    void abandon(const CallId& id);
    /// Waits for a moment between turns, at most `patience`, freezes the call there and keeps it in
    /// the journal. True: another worker may take it, and it stays frozen until it is replaced or
    /// thawed. False: it goes on here, or is gone.
    [[nodiscard]] Task<bool> hand_over(CallId id, milliseconds patience);
    /// Nobody came: the call goes on here.
    void thaw(const CallId& id);
    /// 20 ms ticks of the calls that are here that ran late, and those that were heard as gaps.
    struct LateFrames {
        std::uint64_t late = 0;
        std::uint64_t gapped = 0;
    };
    [[nodiscard]] LateFrames frames_late() const;
    /// Ends a call politely; false where it is not here. No exception may reach whoever asked, who
    /// is of another loop.
    bool end(const CallId& id, core::EndReason reason) noexcept;
    /// What somebody who watches a call wants in it. As end(), no exception gets out.
    [[nodiscard]] ControlResult control(const TenantId& tenant, const CallId& id,
                                        const core::CallCommand& command) noexcept;
    /// Ends every call: politely, or at once.
    void end_all(core::EndReason reason, bool at_once);
    [[nodiscard]] std::size_t count() const;
    /// Gives up what is not written yet and waits for the writes under way. Once, when no call is
    /// left or the time is up; the host may be destroyed afterwards.
    [[nodiscard]] Task<void> close();

private:
    void on_call_status(const core::CallRecord& record) override;
    void on_transcript(const core::CallRecord& record, const core::TranscriptEntry& entry) override;
    void on_call_event(const core::CallRecord& record, std::string_view type,
                       const JsonObject& event) override;
    void on_call_closing(const core::CallRecord& record, std::function<void()> stored) override;
    void on_call_ended(const core::CallRecord& record) override;

    [[nodiscard]] Result<std::string, StartError> take_on(DirectOrder order);
    /// A bug showed in what the host did about a call: ends its session, which is told as every
    /// end; without one nothing of the call is left, and false.
    [[nodiscard]] bool break_off(const CallId& id);
    [[nodiscard]] Result<CallProviders, std::string> choose(
        const std::vector<core::AgentPlan>& agents) const;
    /// The order is that of a call in a room; nullptr for a direct one.
    [[nodiscard]] HeldCall& add(const CallId& id, const RoomOrder* order);
    /// Its row was ended by somebody else: the session stops without a word, an end or an event.
    void leave_ended(const CallId& id);

    Parts parts_;
    std::unique_ptr<HostContext> context_;
    std::unique_ptr<RoomHost> rooms_;
};

}  // namespace studio::services
