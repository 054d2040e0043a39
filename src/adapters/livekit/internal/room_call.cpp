#include "adapters/livekit/internal/room_call.hpp"

#include <algorithm>
#include <utility>

#include "adapters/livekit/internal/room_words.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::adapters {
namespace {

// The server upgrades only after a media node has answered, which it tries for up to 15 s.
constexpr milliseconds handshake_timeout{15'000};
// It sends a ping every 10 s.
constexpr milliseconds idle_timeout{30'000};
// The server's own limit.
constexpr std::size_t signal_bytes_max = 2U << 20U;
// Events that came before listen(), or that one turn brings.
constexpr std::size_t events_max = 256;

}  // namespace

RoomCall::RoomCall(RoomCallOptions options)
    : options_(std::move(options)), signal_(options_.signal) {}

RoomCall::~RoomCall() = default;

void RoomCall::start(OnJoined on_joined) {
    on_joined_ = std::move(on_joined);
    if (!open_leg()) {
        is_over_ = true;
        joined(fail(RoomError::full));
        return;
    }
    signal_.join(next_leg_->session().peer().offer_sdp(), next_leg_->track_id(),
                 options_.loop.now());
    drive();
}

bool RoomCall::open_leg() {
    auto leg = RoomLeg::open({.loop = options_.loop,
                              .entropy = options_.entropy,
                              .webrtc = options_.livekit.webrtc,
                              .identity = options_.identity,
                              .owner = *this,
                              .is_phone = options_.signal.voice_is_pcmu,
                              .tick_offset = options_.tick_offset});
    if (!leg) {
        return false;
    }
    next_leg_ = std::move(*leg);
    return true;
}

void RoomCall::drive() {
    if (std::exchange(is_driving_, true)) {
        return;
    }
    const auto self = shared_from_this();
    while (const auto output = signal_.poll_output()) {
        std::visit([this](const auto& which) { on(which); }, *output);
    }
    is_driving_ = false;
    arm_timer();
}

void RoomCall::arm_timer() {
    const Deadline deadline = signal_.next_deadline();
    if (!deadline || is_over_) {
        signal_timer_.reset();
    } else if (signal_timer_) {
        signal_timer_->restart(*deadline);
    } else {
        signal_timer_ = options_.loop.start_timer(*deadline, [this] {
            const auto self = shared_from_this();
            signal_.handle_timeout(options_.loop.now());
            drive();
        });
    }
}

void RoomCall::on(const livekit::SignalConnect& output) {
    WebSocketRequest request;
    request.url = options_.livekit.url + output.target;
    request.authorization = Secret<std::string>("Bearer " + signal_.token().reveal());
    request.connect_timeout = handshake_timeout;
    request.idle_timeout = idle_timeout;
    request.message_bytes_max = signal_bytes_max;
    socket_ = options_.sockets.open(std::move(request), *this);
}

void RoomCall::on(const livekit::SignalDisconnect& /*output*/) {
    socket_.reset();
}

void RoomCall::on(const livekit::SignalSend& output) {
    if (socket_) {
        socket_->send(output.bytes, WebSocketMessage::binary);
    }
}

void RoomCall::on(const livekit::SignalAnswer& output) {
    RoomLeg* const leg = signalled_leg();
    if (leg == nullptr) {
        return;
    }
    const auto handled = leg->session().peer().handle_answer(output.sdp, options_.loop.now());
    leg->session().drive();
    if (!handled) {
        STUDIO_LOG(warning, "room_answer_refused", {"call_id", options_.call_id},
                   {"connected", is_connected_});
    }
    if (on_joined_) {
        joined(handled ? Result<void, RoomError>() : fail(RoomError::malformed));
    }
}

void RoomCall::on(const livekit::SignalCandidate& output) {
    if (RoomLeg* const leg = signalled_leg()) {
        leg->session().peer().add_remote_candidate(output.line, options_.loop.now());
        leg->session().drive();
    }
}

void RoomCall::on(const livekit::SignalOfferWanted& output) {
    if (RoomLeg* const leg = signalled_leg()) {
        signal_.offer(leg->session().peer().renegotiate(
                          {.more_audio = output.more_audio, .restart_ice = output.restart_ice}),
                      options_.loop.now());
    }
}

void RoomCall::on(const livekit::SignalRejoin& /*output*/) {
    if (options_.may_return && !options_.may_return()) {
        signal_.handle_end(0, options_.loop.now());
        return;
    }
    metrics().counter("studio_room_rejoins_total", "Rooms that were entered anew.").add();
    retire(std::move(next_leg_));
    if (open_leg()) {
        signal_.join(next_leg_->session().peer().offer_sdp(), next_leg_->track_id(),
                     options_.loop.now());
    } else {
        signal_.handle_end(0, options_.loop.now());
    }
}

void RoomCall::on(const livekit::SignalCheckRoom& /*output*/) {
    options_.check_room([weak = weak_from_this()](std::optional<bool> is_there) {
        if (const auto self = weak.lock()) {
            self->signal_.room_checked(is_there, self->options_.loop.now());
            self->drive();
        }
    });
}

void RoomCall::on(const livekit::SignalCallerAway& output) {
    raise(MediaEvent(MediaCallerAway{output.is_away}));
}

void RoomCall::on(const livekit::SignalSubscribed& /*output*/) {
    raise(MediaEvent(MediaSubscribed{true}));
}

void RoomCall::on(const livekit::SignalCaller& output) {
    raise(participant_of(output));
}

void RoomCall::on(const livekit::SignalEnded& output) {
    is_over_ = true;
    signal_timer_.reset();
    retire(std::move(next_leg_));
    retire(std::move(leg_));
    if (on_joined_) {
        joined(fail(room_error_of(output.reason)));
    } else {
        raise(MediaEvent(
            MediaClosed{is_connected_ || output.reason != livekit::SignalEndReason::unavailable
                            ? close_reason_of(output.reason, options_.signal.people.hears_agents)
                            : MediaCloseReason::never_connected}));
    }
}

void RoomCall::joined(Result<void, RoomError> result) {
    if (const auto done = std::exchange(on_joined_, nullptr)) {
        done(result);
    }
}

void RoomCall::on_web_socket_message(std::string_view bytes, WebSocketMessage kind) {
    const auto self = shared_from_this();
    if (kind == WebSocketMessage::binary) {
        signal_.handle_message(bytes_of(bytes), options_.loop.now());
        drive();
    }
}

void RoomCall::on_web_socket_end(const WebSocketEnd& end) {
    const auto self = shared_from_this();
    if (is_connected_) {
        STUDIO_LOG(info, "room_signalling_cut", {"call_id", options_.call_id},
                   {"http_status", end.http_status}, {"close_code", end.close_code});
    }
    signal_.handle_end(end.http_status, options_.loop.now());
    drive();
}

void RoomCall::on_leg_event(RoomLeg& leg, const MediaEvent& event) {
    const auto self = shared_from_this();
    if (std::holds_alternative<MediaConnected>(event)) {
        if (&leg == next_leg_.get()) {
            promote();
        }
    } else if (const auto* closed = std::get_if<MediaClosed>(&event)) {
        if (is_connected_) {
            signal_.media_lost(options_.loop.now());
            drive();
        } else {
            give_up(closed->reason);
        }
    } else if (const auto* digit = std::get_if<MediaDigit>(&event)) {
        raise(MediaEvent(*digit));
    } else if (const auto* away = std::get_if<MediaCallerAway>(&event);
               away != nullptr && &leg == leg_.get()) {
        // It is the server that is away, and the caller behind it.
        is_leg_away_ = away->is_away;
        raise(MediaEvent(*away));
    }
}

/// The room was entered, but its media never came.
void RoomCall::give_up(MediaCloseReason reason) {
    is_over_ = true;
    signal_.leave();
    // Its own end is not the reason.
    while (const auto output = signal_.poll_output()) {
        if (const auto* send = std::get_if<livekit::SignalSend>(&*output)) {
            on(*send);
        }
    }
    socket_.reset();
    signal_timer_.reset();
    retire(std::move(next_leg_));
    if (on_joined_) {
        joined(fail(RoomError::unavailable));
    } else {
        raise(MediaEvent(MediaClosed{reason}));
    }
}

void RoomCall::promote() {
    retire(std::exchange(leg_, std::move(next_leg_)));
    signal_.media_connected();
    if (std::exchange(is_leg_away_, false)) {
        raise(MediaEvent(MediaCallerAway{false}));
    }
    // Each leg publishes a track of its own, which has to be subscribed to again.
    if (!signal_.is_subscribed()) {
        raise(MediaEvent(MediaSubscribed{false}));
    }
    if (!std::exchange(is_connected_, true)) {
        raise(MediaEvent(MediaConnected{}));
    }
    drive();
}

void RoomCall::retire(std::unique_ptr<RoomLeg> leg) {
    if (!leg) {
        return;
    }
    const MediaStats stats = leg->session().stats();
    past_.packets_received += stats.packets_received;
    past_.packets_lost += stats.packets_lost;
    past_.packets_sent += stats.packets_sent;
    past_.frames_concealed += stats.frames_concealed;
    past_.frames_late += stats.frames_late;
    past_.frames_gapped += stats.frames_gapped;
    past_.jitter = stats.jitter;
    past_.round_trip = stats.round_trip;
}

bool RoomCall::on_leg_frame(RoomLeg& leg, const InboundFrame& inbound, audio::Frame& outbound,
                            Instant now) {
    // The first frame may come before its MediaConnected is told.
    if (listener_ == nullptr || &leg != leg_.get() || !events_.empty()) {
        return false;
    }
    const auto self = shared_from_this();
    return listener_->on_media_frame(inbound, outbound, now);
}

void RoomCall::on_leg_packet(RoomLeg& /*leg*/, ByteView bytes) {
    const auto packet = livekit::parse_data_packet(bytes);
    if (!packet || is_over_) {
        return;
    }
    if (const auto* digit = std::get_if<livekit::DigitPacket>(&packet->content)) {
        raise(MediaEvent(MediaDigit{digit->digit}));
    } else if (const auto* message = std::get_if<livekit::UserMessage>(&packet->content)) {
        if (message->topic == events_topic) {
            raise(MediaEvent(MediaMessage{message->payload}));
        }
    } else if (const auto* chat = std::get_if<livekit::ChatPacket>(&packet->content)) {
        on_chat(packet->sender_identity, chat->text);
    } else if (const auto text = texts_.handle(*packet)) {
        if (text->topic == livekit::chat_topic) {
            on_chat(text->sender_identity, text->text);
        } else if (on_text_) {
            on_text_(*text);
        }
    }
}

/// Whoever writes takes part, also without a microphone; other agents are not answered.
void RoomCall::on_chat(const std::string& sender, const std::string& text) {
    if (signal_.handle_text(sender)) {
        drive();
        raise(MediaEvent(MediaText{text}));
    }
}

void RoomCall::listen(CallMediaListener& listener) {
    listener_ = &listener;
    arm_events();
}

void RoomCall::close_unjoined() {
    raise(MediaEvent(MediaClosed{MediaCloseReason::never_connected}));
}

void RoomCall::send_packet(const std::string& packet) {
    if (leg_ && !packet.empty()) {
        leg_->session().send_binary(livekit::reliable_channel, bytes_of(packet));
    }
}

void RoomCall::send_message(std::string_view text) {
    send_packet(packets_.make_user_message(events_topic, text));
}

void RoomCall::send_digit(char digit) {
    send_packet(packets_.make_digit(digit));
}

void RoomCall::show_transcript(const MediaTranscript& transcript) {
    const std::string stream_id = options_.entropy.text(16);
    const auto packets = packets_.make_transcript(
        {.stream_id = stream_id,
         .segment_id = transcript.segment_id,
         .speaker_identity =
             transcript.is_agent ? signal_.own_identity() : signal_.caller_identity(),
         .track_sid = transcript.is_agent ? signal_.own_track() : signal_.caller_track(),
         .text = transcript.text,
         .is_final = transcript.is_final,
         .now = options_.loop.wall_now()});
    for (const std::string& packet : packets) {
        send_packet(packet);
    }
}

void RoomCall::show_agent_state(MediaAgentState state) {
    signal_.set_attribute(std::string(livekit::agent_state_attribute), std::string(text_of(state)));
    drive();
}

void RoomCall::close() {
    signal_.leave();
    drive();
}

void RoomCall::detach() {
    const auto self = shared_from_this();
    listener_ = nullptr;
    on_joined_ = nullptr;
    on_text_ = nullptr;
    event_timer_.reset();
    signal_.leave();
    drive();
}

void RoomCall::raise(Event event) {
    const auto* media = std::get_if<MediaEvent>(&event);
    // The end is never left out.
    if (events_.size() >= events_max &&
        (media == nullptr || !std::holds_alternative<MediaClosed>(*media))) {
        return;
    }
    events_.push_back(std::move(event));
    arm_events();
}

void RoomCall::arm_events() {
    if (listener_ != nullptr && !events_.empty()) {
        event_timer_ = options_.loop.start_timer(options_.loop.now(), [this] { deliver_events(); });
    }
}

void RoomCall::deliver_events() {
    const auto self = shared_from_this();
    while (listener_ != nullptr && !events_.empty()) {
        const Event event = std::move(events_.front());
        events_.pop_front();
        if (const auto* participant = std::get_if<MediaParticipant>(&event)) {
            listener_->on_media_participant(*participant);
            continue;
        }
        const auto& media = std::get<MediaEvent>(event);
        CallMediaListener& listener = *listener_;
        if (std::holds_alternative<MediaClosed>(media)) {
            listener_ = nullptr;
        }
        listener.on_media_event(media);
    }
}

MediaStats RoomCall::stats() const {
    if (!leg_) {
        return past_;
    }
    MediaStats stats = leg_->session().stats();
    stats.packets_received += past_.packets_received;
    stats.packets_lost += past_.packets_lost;
    stats.packets_sent += past_.packets_sent;
    stats.frames_concealed += past_.frames_concealed;
    stats.frames_late += past_.frames_late;
    stats.frames_gapped += past_.frames_gapped;
    return stats;
}

}  // namespace studio::adapters
