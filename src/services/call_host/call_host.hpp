#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>

#include "ports/call_media.hpp"
#include "ports/call_store.hpp"
#include "ports/provider_registry.hpp"
#include "runtime/task_scope.hpp"
#include "services/call_host/call_writer.hpp"
#include "services/call_session/call_session.hpp"
#include "services/platform/call_starter.hpp"

namespace studio::services {

/// The providers of one loop, by name.
struct HostProviders {
    ProviderRegistry<SpeechToText> speech_to_text;
    ProviderRegistry<LanguageModel> language_model;
    ProviderRegistry<TextToSpeech> text_to_speech;
};

/// The calls of one loop: makes their sessions, writes what happens in them to the store, and
/// forgets them at their end. On its loop only.
class CallHost final : public CallObserver {
public:
    using OnEnded = std::function<void(const CallId&)>;
    /// Opens what a call's recording is written to; nullptr for none.
    using OpenRecording = std::function<std::unique_ptr<std::ostream>(const CallId&)>;

    /// What it borrows, all of which outlives it.
    struct Parts {
        runtime::Loop& loop;
        DirectMedia& media;
        CallStore& store;
        HttpClient& http_client;
        const HostProviders& providers;
    };

    /// `on_ended` runs on the loop when a call is over and stored. `open_recording` may be empty;
    /// what it opens is given the call's log for replay (docs/replay.md).
    CallHost(Parts parts, CallSessionOptions options, OnEnded on_ended,
             OpenRecording open_recording = {});
    ~CallHost() override;

    /// Answers the offer and starts the session.
    [[nodiscard]] Result<std::string, StartError> accept(CallOrder order);
    /// Ends a call politely; false where it is not here.
    bool end(const CallId& id, const std::string& reason);
    /// Ends every call: politely, or at once.
    void end_all(const std::string& reason, bool at_once);
    [[nodiscard]] std::size_t count() const { return calls_.size(); }
    /// Gives up what is not written yet and waits for the writes under way. Once, when no call is
    /// left or the time is up; the host may be destroyed afterwards.
    [[nodiscard]] Task<void> close();

    void on_call_status(const core::CallRecord& record) override;
    void on_transcript(const core::CallRecord& record, const core::TranscriptEntry& entry) override;
    void on_call_closing(const core::CallRecord& record, std::function<void()> stored) override;
    void on_call_ended(const core::CallRecord& record) override;

private:
    struct Held;

    [[nodiscard]] Result<CallProviders, std::string> choose(const core::AgentConfig& agent) const;
    void make_session(Held& held, CallPlan plan, CallProviders providers,
                      std::unique_ptr<CallMedia> media);
    [[nodiscard]] CallWriter& writer_of(const CallId& id);
    void forget(const CallId& id);

    Parts parts_;
    CallSessionOptions options_;
    OnEnded on_ended_;
    OpenRecording open_recording_;
    runtime::TaskScope scope_;
    std::map<CallId, std::unique_ptr<Held>> calls_;
};

}  // namespace studio::services
