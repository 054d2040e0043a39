#include "apps/call/caller.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include "adapters/livekit/livekit_caller.hpp"
#include "audio/wav.hpp"

namespace studio::apps {
namespace {

const char* describe(MediaCloseReason reason) {
    switch (reason) {
        case MediaCloseReason::local:
            return "the caller hung up";
        case MediaCloseReason::remote:
            return "the agent hung up";
        case MediaCloseReason::connection_lost:
            return "the connection was lost";
        case MediaCloseReason::never_connected:
            return "no media connection came about";
        case MediaCloseReason::failed:
            return "the media connection failed";
        case MediaCloseReason::caller_lost:
        case MediaCloseReason::caller_removed:
        case MediaCloseReason::room_closed:
            return "the agent is gone";
        case MediaCloseReason::dismissed:
            return "the caller was sent away";
        case MediaCloseReason::replaced:
            return "another caller took this one's place";
    }
    return "unknown";
}

bool is_orderly(MediaCloseReason reason) {
    return reason == MediaCloseReason::local || reason == MediaCloseReason::remote;
}

/// The answer without its candidates, for a call through a relay.
std::string strip_candidates(std::string_view sdp) {
    std::string result;
    while (!sdp.empty()) {
        const std::size_t end = sdp.find('\n');
        const std::string_view line =
            sdp.substr(0, end == std::string_view::npos ? sdp.size() : end + 1);
        if (!line.starts_with("a=candidate:")) {
            result += line;
        }
        sdp.remove_prefix(line.size());
    }
    return result;
}

/// A host candidate (RFC 8839, section 5.1) for the relay, which `via` names.
std::string make_candidate(const RelayAddress& via) {
    return "candidate:1 1 udp 2130706431 " + via.ip + ' ' + std::to_string(via.port) + " typ host";
}

}  // namespace

Caller::Caller(const CallOptions& options, Parts parts, OnFinished on_finished)
    : options_(options),
      parts_(parts),
      on_finished_(std::move(on_finished)),
      client_(parts.http, options) {}

Caller::~Caller() = default;

void Caller::start() {
    timeout_ = parts_.loop.start_timer(parts_.loop.now() + options_.timeout,
                                       [this] { finish("the call took longer than --timeout"); });
    if (options_.recordings.empty()) {
        speaker_ = std::make_unique<LineSpeaker>(
            parts_.voice, options_.lines,
            [this](Result<std::vector<CallerScript::Line>, std::string> lines) {
                on_lines(std::move(lines));
            });
        speaker_->start();
        return;
    }
    std::vector<CallerScript::Line> lines;
    for (const std::string& name : options_.recordings) {
        auto line = load_line(name);
        if (!line) {
            finish(line.error());
            return;
        }
        lines.push_back(std::move(*line));
    }
    on_lines(std::move(lines));
}

void Caller::on_lines(Result<std::vector<CallerScript::Line>, std::string> lines) {
    if (!lines) {
        finish(lines.error());
        return;
    }
    script_.emplace(std::move(*lines));
    if (!options_.room_url.empty()) {
        parts_.view.show_room(options_.room_url);
        enter_room(options_.room_url, options_.room_token);
        return;
    }
    client_.create([this](Result<MadeCall, std::string> call) { on_created(std::move(call)); });
}

void Caller::on_created(Result<MadeCall, std::string> call) {
    if (!call) {
        finish(call.error());
        return;
    }
    call_id_ = std::move(call->id);
    parts_.view.show_start(call_id_,
                           options_.workflow.empty() ? options_.agent : options_.workflow);
    if (call->room_url.empty()) {
        offer();
    } else {
        enter_room(call->room_url, call->room_token);
    }
}

void Caller::enter_room(const std::string& url, const Secret<std::string>& token) {
    adapters::LivekitCallerOptions options;
    options.livekit.url = url;
    options.token = token;
    auto room = std::make_unique<adapters::LivekitCaller>(
        options, adapters::LivekitCaller::Parts{parts_.loop, parts_.sockets, parts_.entropy},
        webrtc::make_identity());
    room->set_on_text([this](const livekit::ReceivedText& text) { parts_.view.show_text(text); });
    connection_ = std::move(room);
    connection_->start(*this);
}

void Caller::offer() {
    auto connection =
        adapters::WebrtcCaller::open(parts_.loop, {}, webrtc::make_identity(), parts_.entropy);
    if (!connection) {
        finish("no UDP socket can be opened on this machine");
        return;
    }
    offered_ = std::move(*connection);
    client_.offer(call_id_, offered_->offer_sdp(),
                  [this](const Result<std::string, std::string>& answer) { on_answer(answer); });
}

void Caller::on_answer(const Result<std::string, std::string>& answer_sdp) {
    if (!answer_sdp) {
        finish(answer_sdp.error());
        return;
    }
    const bool direct = options_.via.empty();
    if (!offered_->handle_answer(direct ? *answer_sdp : strip_candidates(*answer_sdp))) {
        finish("the server's SDP answer is of no use");
        return;
    }
    if (!direct) {
        offered_->add_remote_candidate(make_candidate(*parse_relay(options_.via)));
    }
    connection_ = std::move(offered_);
    connection_->start(*this);
}

void Caller::on_media_event(const MediaEvent& event) {
    if (std::holds_alternative<MediaConnected>(event)) {
        connected_ = true;
    } else if (const auto* message = std::get_if<MediaMessage>(&event)) {
        parts_.view.show_event(message->text);
    } else if (const auto* closed = std::get_if<MediaClosed>(&event)) {
        const char* reason = describe(closed->reason);
        parts_.view.show_end(call_id_, reason, script_->answers(), script_->lines_done());
        on_closed(closed->reason, reason);
    }
}

void Caller::on_closed(MediaCloseReason reason, const char* description) {
    if (!connected_ || !is_orderly(reason)) {
        finish(description);
    } else if (reason == MediaCloseReason::local && !call_id_.empty()) {
        // Silence from a server that died sounds like that of one that has nothing to say.
        client_.check(call_id_,
                      [this](std::optional<std::string> trouble) { finish(std::move(trouble)); });
    } else {
        finish(std::nullopt);
    }
}

bool Caller::on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) {
    const audio::Frame* said =
        script_->exchange(inbound.frame, now, connection_->stats().buffer_delay);
    if (said != nullptr) {
        outbound = *said;
    }
    if (!options_.record.empty()) {
        for (std::size_t index = 0; index < audio::frame_samples; ++index) {
            recorded_.push_back(inbound.frame.samples.at(index));
            recorded_.push_back(said == nullptr ? std::int16_t{0} : said->samples.at(index));
        }
    }
    show_progress();
    if (script_->done()) {
        connection_->close();
    }
    return said != nullptr;
}

audio::Recording Caller::recording() const {
    return {.rate_hz = audio::sample_rate_hz, .channels = 2, .samples = recorded_};
}

Result<CallerScript::Line, std::string> Caller::load_line(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    if (!file) {
        return fail("cannot read " + name);
    }
    const Bytes bytes{std::istreambuf_iterator<char>(file), {}};
    const auto recording = audio::parse_wav(bytes);
    if (!recording) {
        return fail(name + ": " + audio::describe(recording.error()));
    }
    return make_line(audio::to_voice(*recording));
}

void Caller::show_progress() {
    const auto spoken = script_->line_spoken();
    if (spoken && *spoken == lines_shown_) {
        parts_.view.show_line(options_.recordings.empty() ? options_.lines[*spoken]
                                                          : options_.recordings[*spoken]);
        ++lines_shown_;
    }
    for (; answers_shown_ < script_->answers().size(); ++answers_shown_) {
        parts_.view.show_answer(script_->answers()[answers_shown_]);
    }
}

void Caller::finish(std::optional<std::string> trouble) {
    if (const auto on_finished = std::exchange(on_finished_, nullptr)) {
        on_finished(std::move(trouble));
    }
}

}  // namespace studio::apps
