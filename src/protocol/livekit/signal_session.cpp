#include "protocol/livekit/signal_session.hpp"

#include <algorithm>
#include <utility>

#include "protocol/livekit/internal/signal_end.hpp"

namespace studio::livekit {
namespace {

// A peer connection that ends says so before the signalling tells why; the reason decides.
constexpr milliseconds reason_grace{500};
constexpr milliseconds retry_first{100};
constexpr milliseconds retry_max{2'000};

SignalEndReason reason_of(int http_status) {
    switch (http_status) {
        case 401:
        case 403:
            return SignalEndReason::unauthorized;
        case 404:
            return SignalEndReason::no_room;
        case 400:
            return SignalEndReason::malformed;
        default:
            return SignalEndReason::unavailable;
    }
}

}  // namespace

SignalSession::SignalSession(SignalOptions options)
    : options_(std::move(options)),
      token_(options_.token),
      people_(options_.people),
      attributes_(options_.attributes) {}

void SignalSession::join(std::string_view offer_sdp, std::string_view track_id, Instant now) {
    if (state_ == State::over) {
        return;
    }
    state_ = State::joining;
    must_rejoin_ = false;
    is_answered_ = false;
    is_subscribed_ = false;
    offer_id_ = 1;
    offer_is_open_ = true;
    next_offer_.reset();
    attempt_ends_at_ = now + options_.join_timeout;
    outputs_.push_back(SignalConnect{make_join_target({.offer_sdp = offer_sdp,
                                                       .offer_id = offer_id_,
                                                       .track_id = track_id,
                                                       .is_pcmu = options_.voice_is_pcmu,
                                                       .attributes = attributes_})});
}

void SignalSession::offer(std::string_view sdp, Instant /*now*/) {
    if (state_ == State::joined) {
        outputs_.push_back(SignalSend{make_offer(sdp, ++offer_id_)});
    }
}

void SignalSession::handle_message(ByteView bytes, Instant now) {
    heard_at_ = now;
    const auto message = parse_signal(bytes);
    if (!message) {
        return;
    }
    if (state_ == State::waiting || state_ == State::asking) {
        // The media's end came first: this is why.
        if (const auto* reason = std::get_if<LeaveReceived>(&*message)) {
            on_late_leave(*reason, now);
        }
    } else if (state_ != State::idle && state_ != State::over) {
        std::visit([this, now](const auto& which) { on(which, now); }, *message);
    }
}

void SignalSession::on_late_leave(const LeaveReceived& message, Instant now) {
    const bool is_final = message.reason == DisconnectReason::duplicate_identity ||
                          message.action == LeaveAction::disconnect;
    if (is_final) {
        on(message, now);
    }
    // Else we are on our way back already.
}

void SignalSession::on(const Joined& message, Instant now) {
    state_ = State::joined;
    was_joined_ = true;
    retry_at_.reset();
    room_gone_at_.reset();
    own_sid_ = message.self.sid;
    own_identity_ = message.self.identity;
    ping_interval_ = message.ping_interval;
    ping_timeout_ = message.ping_timeout;
    ping_at_ = now + ping_interval_;
    people_.handle_room(message.others, now);
    drive_people();
}

void SignalSession::on(const Resumed& /*message*/, Instant now) {
    state_ = State::joined;
    attempts_ = 0;
    room_gone_at_.reset();
    attempt_ends_at_.reset();
    retry_at_.reset();
    ping_at_ = now + ping_interval_;
    offer_is_open_ = false;
    next_offer_.reset();
    for (const VoiceWanted& voice : people_.voices()) {
        outputs_.push_back(
            SignalSend{make_subscription(voice.participant_sid, voice.track_sid, true)});
    }
    if (!attributes_.empty()) {
        outputs_.push_back(SignalSend{make_attributes(attributes_)});
    }
    ask_offer(0, true);
}

void SignalSession::on(const Answered& message, Instant /*now*/) {
    if (message.id != 0 && message.id != offer_id_) {
        return;  // To an offer before a resume.
    }
    offer_is_open_ = false;
    is_answered_ = true;
    attempts_ = 0;
    attempt_ends_at_.reset();
    outputs_.push_back(SignalAnswer{message.sdp});
    if (const auto next = std::exchange(next_offer_, std::nullopt)) {
        ask_offer(next->more_audio, next->restart_ice);
    }
}

void SignalSession::on(const CandidateFound& message, Instant /*now*/) {
    outputs_.push_back(SignalCandidate{message.line});
}

void SignalSession::on(const ParticipantsChanged& message, Instant now) {
    for (const Participant& participant : message.participants) {
        if (participant.identity != own_identity_) {
            people_.handle_change(participant, now);
        }
    }
    drive_people();
}

void SignalSession::on(const TrackPublished& message, Instant /*now*/) {
    own_track_ = message.sid;
}

/// We publish one track: it is this one, also where the answer that names it is not here yet.
void SignalSession::on(const TrackSubscribed& /*message*/, Instant /*now*/) {
    if (!std::exchange(is_subscribed_, true)) {
        outputs_.push_back(SignalSubscribed{});
    }
}

void SignalSession::on(const TokenRefreshed& message, Instant /*now*/) {
    token_ = message.token;
}

void SignalSession::on(const PongReceived& /*message*/, Instant now) {
    round_trip_ = duration_cast<milliseconds>(now - pinged_at_);
}

void SignalSession::on(const SectionsNeeded& message, Instant /*now*/) {
    ask_offer(std::min(message.audio, 8U), false);
}

void SignalSession::on(const LeaveReceived& message, Instant now) {
    if (message.reason == DisconnectReason::duplicate_identity) {
        end(SignalEndReason::replaced);
    } else if (message.action == LeaveAction::disconnect) {
        end(was_joined_ ? end_of_us(message.reason, is_away_) : SignalEndReason::unavailable);
    } else {
        must_rejoin_ = must_rejoin_ || message.action == LeaveAction::reconnect;
        outputs_.push_back(SignalDisconnect{});
        wait(now);
    }
}

void SignalSession::on(const QualityChanged& message, Instant now) {
    const std::string& sid = people_.only_sid();
    for (const QualityChanged::One& one : message.participants) {
        if (sid.empty() || one.sid != sid) {
            continue;
        }
        if (!one.is_lost) {
            quality_counts_until_.reset();
            is_quality_believed_ = true;
            nothing_arrives_ = false;
        } else if (is_quality_believed_ && !is_away_) {
            quality_counts_until_ = now + options_.quality_believed_for;
            nothing_arrives_ = true;
        }
    }
    update_away();
}

void SignalSession::on(const OtherMessage& /*message*/, Instant /*now*/) {}

bool SignalSession::handle_text(const std::string& identity) {
    const bool is_somebody = identity != own_identity_ && people_.handle_text(identity);
    drive_people();
    return is_somebody;
}

void SignalSession::drive_people() {
    while (const auto output = people_.poll_output()) {
        if (state_ == State::over) {
            continue;
        }
        if (const auto* voice = std::get_if<VoiceWanted>(&*output)) {
            outputs_.push_back(
                SignalSend{make_subscription(voice->participant_sid, voice->track_sid, true)});
        } else if (const auto* caller = std::get_if<CallerNoted>(&*output)) {
            outputs_.push_back(SignalCaller{caller->participant, people_.is_caller_muted()});
        } else {
            end(end_of_caller(std::get<EverybodyLeft>(*output).reason));
        }
    }
    update_away();
}

/// Away are all of them at once: as long as somebody hears what is said, it is said.
void SignalSession::update_away() {
    const bool is_gone = people_.is_everybody_away();
    if (is_gone) {
        nothing_arrives_ = false;
        quality_counts_until_.reset();
    }
    const bool is_away = is_gone || nothing_arrives_;
    if (state_ != State::over && std::exchange(is_away_, is_away) != is_away) {
        outputs_.push_back(SignalCallerAway{is_away});
    }
}

void SignalSession::ask_offer(std::uint32_t more_audio, bool restart_ice) {
    if (offer_is_open_) {
        // One at a time; what comes meanwhile is asked for together.
        SignalOfferWanted next = next_offer_.value_or(SignalOfferWanted{});
        next.more_audio = std::min(next.more_audio + more_audio, 8U);
        next.restart_ice = next.restart_ice || restart_ice;
        next_offer_ = next;
        return;
    }
    offer_is_open_ = true;
    outputs_.push_back(SignalOfferWanted{more_audio, restart_ice});
}

void SignalSession::handle_end(int http_status, Instant now) {
    if (state_ == State::over || state_ == State::waiting || state_ == State::asking) {
        return;
    }
    if (!was_joined_) {
        end(reason_of(http_status));
        return;
    }
    if (http_status == 401 || http_status == 404) {
        // The participant or its room is not there any more.
        must_rejoin_ = true;
    }
    wait(now);
}

/// The connection is gone: tries again, at once the first time.
void SignalSession::wait(Instant now) {
    if (expects_replacement_) {
        end(SignalEndReason::replaced);
        return;
    }
    state_ = State::waiting;
    attempt_ends_at_.reset();
    ping_at_.reset();
    if (!media_lives_ && !lost_at_) {
        lost_at_ = now + options_.lost_after;
    }
    const milliseconds delay = std::min(retry_first * (1 << std::min(attempts_, 8)), retry_max);
    retry_at_ = now + (attempts_ == 0 ? milliseconds(0) : delay);
    ++attempts_;
}

void SignalSession::reconnect(Instant now) {
    retry_at_.reset();
    if (!options_.asks_room) {
        go_back(now);
        return;
    }
    state_ = State::asking;
    attempt_ends_at_ = now + options_.join_timeout;
    outputs_.push_back(SignalCheckRoom{});
}

void SignalSession::room_checked(std::optional<bool> is_there, Instant now) {
    if (state_ != State::asking) {
        return;
    }
    attempt_ends_at_.reset();
    if (is_there && *is_there) {
        room_gone_at_.reset();
        go_back(now);
        return;
    }
    if (is_there && !room_gone_at_) {
        room_gone_at_ = now + options_.room_returns_within;
    }
    wait(now);
}

void SignalSession::go_back(Instant now) {
    if (must_rejoin_ || !media_lives_) {
        rejoin();
        return;
    }
    state_ = State::resuming;
    attempt_ends_at_ = now + options_.join_timeout;
    outputs_.push_back(SignalConnect{make_resume_target(own_sid_)});
}

void SignalSession::rejoin() {
    state_ = State::joining;
    outputs_.push_back(SignalRejoin{});
}

void SignalSession::media_connected() {
    media_lives_ = true;
    lost_at_.reset();
}

void SignalSession::media_lost(Instant now) {
    media_lives_ = false;
    must_rejoin_ = true;
    if (state_ == State::over) {
        return;
    }
    if (!lost_at_) {
        lost_at_ = now + options_.lost_after;
    }
    if (state_ != State::waiting && state_ != State::asking) {
        wait(now);
        if (retry_at_) {
            retry_at_ = std::max(*retry_at_, now + reason_grace);
        }
    }
}

void SignalSession::handle_timeout(Instant now) {
    if (state_ == State::over) {
        return;
    }
    if ((lost_at_ && now >= *lost_at_)) {
        end(SignalEndReason::connection_lost);
        return;
    }
    people_.handle_timeout(now);
    drive_people();
    if (state_ == State::over) {
        return;
    }
    if (room_gone_at_ && now >= *room_gone_at_) {
        end(SignalEndReason::room_closed);
        return;
    }
    if (quality_counts_until_ && now >= *quality_counts_until_) {
        quality_counts_until_.reset();
        is_quality_believed_ = false;
        nothing_arrives_ = false;
        update_away();
    }
    if (attempt_ends_at_ && now >= *attempt_ends_at_) {
        if (state_ == State::asking) {
            room_checked(std::nullopt, now);
            return;
        }
        if (!was_joined_ || !is_answered_) {
            end(SignalEndReason::unavailable);
            return;
        }
        outputs_.push_back(SignalDisconnect{});
        wait(now);
    }
    if (retry_at_ && now >= *retry_at_) {
        if (state_ == State::waiting) {
            outputs_.push_back(SignalDisconnect{});
            reconnect(now);
        }
    }
    if (state_ == State::joined && ping_at_ && now >= *ping_at_) {
        if (now - heard_at_ > ping_interval_ + ping_timeout_) {
            outputs_.push_back(SignalDisconnect{});
            wait(now);
            return;
        }
        ping_at_ = now + ping_interval_;
        pinged_at_ = now;
        outputs_.push_back(
            SignalSend{make_ping(to_milliseconds(now.time_since_epoch()), round_trip_)});
    }
}

void SignalSession::set_attribute(const std::string& name, std::string value) {
    std::string& present = attributes_[name];
    if (present == value) {
        return;
    }
    present = std::move(value);
    if (state_ == State::joined) {
        outputs_.push_back(SignalSend{make_attributes({{name, present}})});
    }
}

void SignalSession::leave() {
    if (state_ == State::joined) {
        outputs_.push_back(SignalSend{make_leave()});
    }
    if (state_ != State::over) {
        end(SignalEndReason::local);
    }
}

void SignalSession::end(SignalEndReason reason) {
    const bool is_our_wish =
        reason == SignalEndReason::remote || reason == SignalEndReason::caller_lost ||
        reason == SignalEndReason::caller_removed || reason == SignalEndReason::room_closed;
    if (is_our_wish && state_ == State::joined) {
        outputs_.push_back(SignalSend{make_leave()});
    }
    state_ = State::over;
    outputs_.push_back(SignalDisconnect{});
    outputs_.push_back(SignalEnded{reason});
}

std::optional<SignalOutput> SignalSession::poll_output() {
    if (outputs_.empty()) {
        return std::nullopt;
    }
    SignalOutput output = std::move(outputs_.front());
    outputs_.pop_front();
    return output;
}

Deadline SignalSession::next_deadline() const {
    if (state_ == State::over) {
        return std::nullopt;
    }
    Deadline next = earlier(attempt_ends_at_, retry_at_);
    next = earlier(next, earlier(lost_at_, people_.next_deadline()));
    next = earlier(next, earlier(room_gone_at_, quality_counts_until_));
    return earlier(next, ping_at_);
}

}  // namespace studio::livekit
