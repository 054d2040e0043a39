#include "protocol/ice/agent.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace studio::ice {

Credentials make_credentials(Entropy& entropy) {
    return {entropy.text(8), entropy.text(24)};
}

Agent::Agent(AgentOptions options, Entropy& entropy)
    : options_(std::move(options)),
      entropy_(entropy),
      controlling_(options_.mode == Mode::full && options_.controlling),
      tie_breaker_(entropy.u64()) {
    scratch_.reserve(datagram_bytes_max);
    pairs_.all().reserve(PairList::pairs_max);
}

void Agent::set_remote(Credentials remote, Instant now) {
    if (remote_) {
        return;
    }
    username_ = remote.ufrag + ':' + options_.local.ufrag;
    remote_ = std::move(remote);
    next_check_at_ = now;
}

void Agent::add_candidate(const Candidate& candidate, Instant now) {
    if (options_.mode == Mode::lite || lost_ || !may_send_to(candidate.address)) {
        return;
    }
    if (!pairs_.find(candidate.address) &&
        pairs_.add(candidate.address, candidate.priority) != nullptr) {
        next_check_at_ = std::max(next_check_at_, now);
    }
}

void Agent::handle_datagram(const net::Address& source, ByteView datagram, Instant now) {
    if (lost_) {
        return;
    }
    const auto message = stun::parse_message(datagram);
    if (!message || message->method != stun::binding_method || !source.is_unicast()) {
        ++refused_;
        return;
    }
    switch (message->message_class) {
        case stun::MessageClass::request:
            on_request(source, *message, now);
            break;
        case stun::MessageClass::indication:
            break;  // A keepalive (RFC 8445, section 11).
        case stun::MessageClass::success:
        case stun::MessageClass::error:
            on_response(source, *message, now);
            break;
    }
}

void Agent::on_request(const net::Address& source, const stun::Message& request, Instant now) {
    // No answer to strangers who do not even know our name fragment: the source may be forged, and
    // we are nobody's reflector (RFC 8489, section 9.1.3 would send 400).
    const std::string& ufrag = options_.local.ufrag;
    if (!request.username || !request.username->starts_with(ufrag) ||
        request.username->substr(ufrag.size(), 1) != ":") {
        ++refused_;
        return;
    }
    if (!stun::is_authentic(request, options_.local.password)) {
        ++refused_;
        refuse(source, request, stun::error_unauthenticated, "Unauthenticated");
        return;
    }
    if (request.unknown_count > 0) {
        refuse(source, request, stun::error_unknown_attribute, "Unknown Attribute");
        return;
    }
    if (!settle_role(request)) {
        refuse(source, request, stun::error_role_conflict, "Role Conflict");
        return;
    }
    const std::uint32_t priority = request.priority.value_or(1);
    Pair* pair = pairs_.add(source, priority);
    if (pair == nullptr) {
        ++refused_;
        return;
    }
    answer(source, request);
    note_learned(*pair);
    if (options_.mode == Mode::lite) {
        if (selected_ == source || !selected_) {
            consent_at_ = now;
        }
        if (!selected_) {
            select(*pair, now);
        }
    } else if (pair->state != PairState::succeeded && !nominated_) {
        pair->triggered = true;  // RFC 8445, section 7.3.1.4.
        next_check_at_ = std::max(next_check_at_, now);
    }
    if (controlling_ && !nominated_ && !nominate_at_ && pairs_.best_succeeded() != nullptr) {
        nominate_at_ = now;  // We have just become the one that nominates.
    }
    if (request.use_candidate && !controlling_) {
        on_nomination_request(*pair, priority, now);
    }
}

void Agent::on_nomination_request(Pair& pair, std::uint32_t priority, Instant now) {
    if (options_.mode == Mode::full && pair.state != PairState::succeeded) {
        pair.nominated_by_peer = true;
        return;
    }
    // A peer that nominates several pairs means the best one (RFC 8445, section 8.1.1), and one
    // that changes its mind repeats the new one only: then the old one is not renewed for a while.
    constexpr seconds renewal{5};
    const bool renews = selected_ == pair.remote;
    if (renews || !nominated_ || priority >= selected_priority_ || now - selected_at_ > renewal) {
        nominated_ = true;
        consent_at_ = now;
        selected_priority_ = priority;
        select(pair, now);
    }
}

bool Agent::settle_role(const stun::Message& request) {
    // RFC 8445, section 7.3.1.1. A lite agent cannot control: the peer has to give way.
    if (controlling_ && request.controlling) {
        if (tie_breaker_ >= *request.controlling) {
            return false;
        }
        controlling_ = false;
        nominate_at_.reset();
    } else if (!controlling_ && request.controlled) {
        if (options_.mode == Mode::lite || tie_breaker_ < *request.controlled) {
            return false;
        }
        controlling_ = true;
    }
    return true;
}

void Agent::on_response(const net::Address& source, const stun::Message& response, Instant now) {
    if (!remote_ || !stun::is_authentic(response, remote_->password)) {
        ++refused_;
        return;
    }
    if (on_consent_response(source, response, now)) {
        return;
    }
    Pair* pair = pairs_.find_transaction(response.transaction);
    if (pair == nullptr) {
        return;  // An answer to a check that was repeated, or too late.
    }
    pair->has_transaction = false;
    if (source != pair->remote) {
        pair->state = PairState::failed;  // RFC 8445, section 7.2.5.2.1: not symmetric.
    } else if (response.message_class == stun::MessageClass::success && response.mapped_address) {
        // A mapped address other than our own would be a peer-reflexive candidate; its base is our
        // one socket all the same, so the pair to send on does not change.
        round_trip_ = duration_cast<microseconds>(now - pair->sent_at);
        note_learned(*pair);
        on_check_answered(*pair, now);
    } else if (response.error_code == stun::error_role_conflict) {
        // RFC 8445, section 7.2.5.1: only away from the role that the check was sent in, which a
        // check of the peer's may have changed meanwhile.
        controlling_ = !pair->sent_as_controlling;
        pair->nominating = false;
        pair->triggered = true;
    } else {
        pair->state = PairState::failed;
    }
}

bool Agent::on_consent_response(const net::Address& source, const stun::Message& response,
                                Instant now) {
    const auto check = std::ranges::find_if(consent_checks_, [&](const ConsentCheck& sent) {
        return sent.open && sent.transaction == response.transaction;
    });
    if (check == consent_checks_.end()) {
        return false;
    }
    check->open = false;
    if (response.message_class == stun::MessageClass::success && source == selected_) {
        consent_at_ = now;
        round_trip_ = duration_cast<microseconds>(now - check->sent_at);
    }
    return true;
}

void Agent::on_check_answered(Pair& pair, Instant now) {
    pair.state = PairState::succeeded;
    const bool chosen = pair.nominating || (!controlling_ && pair.nominated_by_peer);
    if (chosen && !nominated_) {
        nominated_ = true;
        consent_at_ = now;
        select(pair, now);
    } else if (controlling_ && !nominated_ && !nominate_at_) {
        nominate_at_ = pairs_.better_may_come(pair) ? now + options_.nomination_delay : now;
    }
    pair.nominating = false;
}

void Agent::note_learned(Pair& pair) {
    if (!pair.learned) {
        pair.learned = true;
        static_cast<void>(events_.try_push(Learned{pair.remote}));
    }
}

void Agent::select(const Pair& pair, Instant now) {
    selected_at_ = now;
    if (selected_ == pair.remote) {
        return;
    }
    selected_ = pair.remote;
    next_consent_check_at_ = now + options_.consent_interval;
    static_cast<void>(events_.push_dropping_oldest(Selected{pair.remote}));
}

void Agent::handle_timeout(Instant now) {
    if (lost_) {
        return;
    }
    if (options_.mode == Mode::full && remote_) {
        retry_checks(now);
        check_next(now);
        nominate(now);
    }
    keep_consent(now);
}

void Agent::retry_checks(Instant now) {
    for (Pair& pair : pairs_.all()) {
        if (!pair.has_transaction || now < pair.retry_at) {
            continue;
        }
        if (pair.attempts >= options_.attempts_max || (nominated_ && !pair.nominating)) {
            pair.has_transaction = false;
            pair.nominating = false;
            pair.state = PairState::failed;
            if (controlling_ && !nominated_) {
                nominate_at_ = now;  // Whatever else succeeded.
            }
            continue;
        }
        const auto doubled = options_.retry_first * (1U << std::min<unsigned>(pair.attempts, 8));
        pair.retry_at = now + std::min(doubled, options_.retry_max);
        ++pair.attempts;
        send_request(pair.remote, pair.transaction, pair.nominating);
    }
}

void Agent::check_next(Instant now) {
    if (nominated_ || now < next_check_at_) {
        return;
    }
    if (Pair* pair = pairs_.next_to_check()) {
        next_check_at_ = now + options_.pace;
        if (pair->state != PairState::succeeded) {
            pair->state = PairState::in_progress;
        }
        send_check(*pair, now);
    }
}

void Agent::nominate(Instant now) {
    if (!controlling_ || nominated_ || !nominate_at_ || now < *nominate_at_) {
        return;
    }
    nominate_at_.reset();
    if (std::ranges::any_of(pairs_.all(), [](const Pair& pair) { return pair.nominating; })) {
        return;
    }
    if (Pair* pair = pairs_.best_succeeded()) {
        pair->nominating = true;
        send_check(*pair, now);
    }
}

void Agent::keep_consent(Instant now) {
    if (!selected_) {
        return;
    }
    if (now - consent_at_ >= options_.consent_timeout) {
        lost_ = true;
        static_cast<void>(events_.push_dropping_oldest(Lost{}));
        return;
    }
    if (options_.mode == Mode::lite || now < next_consent_check_at_) {
        return;
    }
    ConsentCheck& check = consent_checks_.at(next_consent_slot_);
    next_consent_slot_ = (next_consent_slot_ + 1) % consent_checks_.size();
    check = {make_transaction(), now, true};
    // 0.8 to 1.2 of the interval, so that many calls do not check in step.
    const auto spread = options_.consent_interval * (800 + entropy_.u32() % 401) / 1000;
    next_consent_check_at_ = now + spread;
    // Repeating USE-CANDIDATE is harmless and helps a lite peer that missed the first one.
    send_request(*selected_, check.transaction, controlling_);
}

void Agent::send_check(Pair& pair, Instant now) {
    pair.triggered = false;
    pair.has_transaction = true;
    pair.transaction = make_transaction();
    pair.sent_as_controlling = controlling_;
    pair.sent_at = now;
    pair.attempts = 1;
    pair.retry_at = now + options_.retry_first;
    send_request(pair.remote, pair.transaction, pair.nominating);
}

void Agent::send_request(const net::Address& remote, const stun::TransactionId& transaction,
                         bool use_candidate) {
    stun::MessageWriter writer(scratch_, stun::MessageClass::request, transaction);
    writer.username(username_);
    writer.priority(candidate_priority(CandidateType::peer_reflexive, 65535));
    if (controlling_) {
        writer.controlling(tie_breaker_);
        if (use_candidate) {
            writer.use_candidate();
        }
    } else {
        writer.controlled(tie_breaker_);
    }
    writer.finish(remote_->password);
    enqueue(remote);
}

void Agent::answer(const net::Address& source, const stun::Message& request) {
    stun::MessageWriter writer(scratch_, stun::MessageClass::success, request.transaction);
    writer.xor_mapped_address(source);
    writer.finish(options_.local.password);
    enqueue(source);
}

void Agent::refuse(const net::Address& source, const stun::Message& request, std::uint16_t code,
                   std::string_view reason) {
    stun::MessageWriter writer(scratch_, stun::MessageClass::error, request.transaction);
    writer.error_code(code, reason);
    if (code == stun::error_unknown_attribute) {
        writer.unknown_attributes(request);
    }
    if (code == stun::error_unauthenticated) {
        writer.finish_unauthenticated();
    } else {
        writer.finish(options_.local.password);
    }
    enqueue(source);
}

void Agent::enqueue(const net::Address& destination) {
    Outgoing outgoing;
    STUDIO_CHECK(scratch_.size() <= outgoing.bytes.size(), "no message of ours is longer");
    outgoing.destination = destination;
    outgoing.size = scratch_.size();
    std::ranges::copy(scratch_, outgoing.bytes.begin());
    // A full queue means that nobody drains it; a lost check is repeated.
    static_cast<void>(outgoing_.try_push(outgoing));
}

std::optional<Datagram> Agent::poll_datagram() {
    current_ = outgoing_.pop();
    if (!current_) {
        return std::nullopt;
    }
    return Datagram{current_->destination, ByteView(current_->bytes).first(current_->size)};
}

std::optional<Event> Agent::poll_event() {
    return events_.pop();
}

Deadline Agent::next_deadline() const {
    if (lost_) {
        return std::nullopt;
    }
    Deadline next;
    if (options_.mode == Mode::full && remote_) {
        if (!nominated_ && pairs_.anything_to_check()) {
            next = next_check_at_;
        }
        for (const Pair& pair : pairs_.all()) {
            if (pair.has_transaction) {
                next = earlier(next, pair.retry_at);
            }
        }
        next = earlier(next, nominate_at_);
    }
    if (selected_) {
        next = earlier(next, consent_at_ + options_.consent_timeout);
        if (options_.mode == Mode::full) {
            next = earlier(next, next_consent_check_at_);
        }
    }
    return next;
}

bool Agent::is_learned(const net::Address& remote) const {
    const Pair* pair = pairs_.find(remote);
    return pair != nullptr && pair->learned;
}

stun::TransactionId Agent::make_transaction() {
    stun::TransactionId id{};
    entropy_.fill(id);
    return id;
}

bool Agent::may_send_to(const net::Address& remote) const {
    return remote.is_unicast() && (remote.is_v4() ? options_.has_v4 : options_.has_v6);
}

}  // namespace studio::ice
