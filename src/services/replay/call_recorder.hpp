#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "ports/call_media.hpp"
#include "runtime/loop.hpp"
#include "services/conversation/session/call_session.hpp"
#include "services/replay/plan_json.hpp"

namespace studio::services {

struct CallRecorderOptions {
    /// The log ends with a `cut` line where it would grow beyond this: an hour of speech in both
    /// directions is about 300 MiB.
    std::size_t bytes_max = 512U << 20U;
};

/// Writes one call down as a call log (call_log.hpp): every input of its session with its time, and
/// every output, so that a replay can be compared. It stands between the session and what the
/// session uses:
///
///   session <-- inputs (InputLog) ---+
///      |                             v
///      +--> taps: media, providers, observer --> recorder --> stream
///
/// One per call, on the call's loop. It outlives the session. The log holds prompts, tools with
/// their headers, and all that was said: it is as private as the call.
class CallRecorder final : public InputLog {
public:
    /// Writes the header; `spare_voices` as RecordedPlan has it. `stream` is flushed at the end of
    /// the call; a stream that fails is not noticed by the call.
    CallRecorder(std::unique_ptr<std::ostream> stream, runtime::Loop& loop, const CallPlan& plan,
                 const CallSessionOptions& session_options, std::vector<bool> spare_voices,
                 CallRecorderOptions options = {});
    ~CallRecorder() override;

    /// What the session is given in place of its own. Each at most once; they live as long as the
    /// recorder, and what they wrap must too.
    [[nodiscard]] CallProviders tap(const CallProviders& providers);
    [[nodiscard]] CallObserver& tap(CallObserver& observer);
    [[nodiscard]] std::unique_ptr<CallMedia> tap(std::unique_ptr<CallMedia> media);

    void media_event(const MediaEvent& event, Instant now) override;
    void media_frame(const InboundFrame& inbound, const Findings& findings, Instant now) override;
    void speech(std::uint32_t stream, const SpeechEvent& event, Instant now) override;
    void model(std::uint32_t answer, const ModelEvent& event, Instant now) override;
    void synthesis(std::uint32_t request, const SynthesisEvent& event, Instant now) override;
    void http(std::uint32_t exchange, const Result<HttpResponse, HttpClientError>& outcome,
              Instant now) override;
    void command(const std::string& what, const std::string& reason, Instant now) override;

    /// One more line, of the loop's present; for the taps.
    void write(const char* kind, const Json& data);
    void flush() { stream_->flush(); }

private:
    struct Taps;

    void write_at(const char* kind, const Json& data, Instant now);

    std::unique_ptr<std::ostream> stream_;
    runtime::Loop& loop_;
    CallRecorderOptions options_;
    Instant started_;
    WallTime wall_started_;
    milliseconds wall_offset_{0};
    std::size_t bytes_ = 0;
    bool is_cut_ = false;
    std::unique_ptr<Taps> taps_;
};

}  // namespace studio::services
