#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/webrtc/webrtc_caller.hpp"
#include "apps/call/call_client.hpp"
#include "apps/call/call_view.hpp"
#include "apps/call/caller_script.hpp"
#include "apps/call/spoken_line.hpp"
#include "audio/wav.hpp"
#include "ports/web_socket.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::apps {

/// A person on a line of our own: makes the call over REST, connects to the server or enters the
/// call's room, follows its script and shows what happens. One loop.
///
///   start --> lines are spoken into memory --> POST /calls --> offer, answer --> talk --> finished
///                                |                  '-----------> room ----------^
///                                '--room is given------------------^
class Caller final : public CallMediaListener {
public:
    /// What it borrows; all outlive it.
    struct Parts {
        runtime::AsioLoop& loop;
        Entropy& entropy;
        HttpClient& http;
        WebSocketClient& sockets;
        TextToSpeech& voice;
        CallView& view;
    };

    /// `on_finished` runs once, with nothing after an orderly call, else with one line for people.
    using OnFinished = std::function<void(std::optional<std::string> trouble)>;

    Caller(const CallOptions& options, Parts parts, OnFinished on_finished);
    ~Caller() override;

    void start();
    void on_media_event(const MediaEvent& event) override;
    bool on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) override;

    /// The call so far, left heard and right said; empty unless it is to be recorded.
    [[nodiscard]] audio::Recording recording() const;

private:
    void on_lines(Result<std::vector<CallerScript::Line>, std::string> lines);
    void on_created(Result<MadeCall, std::string> call);
    void enter_room(const std::string& url, const Secret<std::string>& token);
    void offer();
    void on_closed(MediaCloseReason reason, const char* description);
    void on_answer(const Result<std::string, std::string>& answer_sdp);
    [[nodiscard]] static Result<CallerScript::Line, std::string> load_line(const std::string& name);
    void show_progress();
    void finish(std::optional<std::string> trouble);

    const CallOptions& options_;
    Parts parts_;
    OnFinished on_finished_;
    CallClient client_;
    std::unique_ptr<LineSpeaker> speaker_;
    /// Until the server has answered; then it is the connection.
    std::unique_ptr<adapters::WebrtcCaller> offered_;
    std::unique_ptr<CallMedia> connection_;
    std::unique_ptr<runtime::Timer> timeout_;
    std::optional<CallerScript> script_;
    std::string call_id_;
    bool connected_ = false;
    std::size_t lines_shown_ = 0;
    std::size_t answers_shown_ = 0;
    std::vector<std::int16_t> recorded_;
};

}  // namespace studio::apps
