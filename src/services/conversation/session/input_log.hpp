#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "audio/frame.hpp"
#include "base/interface.hpp"
#include "base/time.hpp"
#include "ports/call_media.hpp"
#include "ports/http_client.hpp"
#include "ports/language_model.hpp"
#include "ports/speech_judge.hpp"
#include "ports/speech_to_text.hpp"
#include "ports/text_to_speech.hpp"
#include "ports/turn_judge.hpp"

namespace studio::services {

/// What models have found since the last frame, if anything.
struct Findings {
    /// Of the caller's voice.
    std::optional<SpeechVerdict> speech;
    /// Of whether the caller has finished.
    std::optional<TurnOpinion> turn;
};

/// Is given, with its time and before the session sees it, what a direct call hears from outside;
/// not what only rooms have (effects, telephone, freezing). Fed the same, a session does the same.
/// On the call's loop. Requests of one kind are numbered in the order of the session, from 1.
class InputLog : public Interface {
public:
    virtual void media_event(const MediaEvent& event, Instant now) = 0;
    virtual void media_frame(const InboundFrame& inbound, const Findings& findings,
                             Instant now) = 0;
    virtual void speech(std::uint32_t stream, const SpeechEvent& event, Instant now) = 0;
    virtual void model(std::uint32_t answer, const ModelEvent& event, Instant now) = 0;
    virtual void synthesis(std::uint32_t request, const SynthesisEvent& event, Instant now) = 0;
    virtual void http(std::uint32_t exchange, const Result<HttpResponse, HttpClientError>& outcome,
                      Instant now) = 0;
    /// start(), close() and hang_up() of the session: `what` is the function, `reason` its
    /// argument; and control(), whose argument is core::command_json(). And `tick`: the session's
    /// timer ran.
    virtual void command(const std::string& what, const std::string& reason, Instant now) = 0;
};

}  // namespace studio::services
