#include "protocol/livekit/call_people.hpp"

#include <algorithm>
#include <utility>

namespace studio::livekit {
namespace {

bool will_return(DisconnectReason reason) {
    return reason == DisconnectReason::duplicate_identity || reason == DisconnectReason::migration;
}

const Track* voice_of(const Participant& participant) {
    const auto microphone = std::ranges::find_if(participant.tracks, &Track::is_microphone);
    return microphone == participant.tracks.end() ? nullptr : &*microphone;
}

}  // namespace

bool CallPeople::is_given(const std::string& identity) const {
    return !options_.caller_identity.empty() && identity == options_.caller_identity;
}

bool CallPeople::is_somebody(const Participant& participant) const {
    if (is_given(participant.identity)) {
        return true;
    }
    if (options_.hears_agents) {
        return options_.caller_identity.empty() && participant.kind == ParticipantKind::agent;
    }
    return participant.kind != ParticipantKind::agent &&
           participant.kind != ParticipantKind::egress &&
           participant.kind != ParticipantKind::ingress;
}

bool CallPeople::has_voice(const Participant& participant) const {
    return options_.hears_agents || is_given(participant.identity) ||
           participant.kind == ParticipantKind::sip || voice_of(participant) != nullptr;
}

const CallPeople::Person* CallPeople::find(const std::string& identity) const {
    const auto found = people_.find(identity);
    return found == people_.end() ? nullptr : &found->second;
}

void CallPeople::handle_room(const std::vector<Participant>& people, Instant now) {
    for (auto& [identity, person] : people_) {
        person.heard_track.clear();
        if (!person.gone_at) {
            person.gone_at = now + options_.returns_within;
        }
    }
    for (const Participant& participant : people) {
        if (is_somebody(participant) && !participant.is_gone) {
            come(participant);
        }
    }
    std::erase_if(people_, [](const auto& entry) {
        return !entry.second.takes_part && entry.second.gone_at.has_value();
    });
    if (const Person* caller = find(caller_); caller != nullptr && !caller->gone_at) {
        outputs_.push_back(CallerNoted{caller->last});
    }
    choose_caller();
    if (caller_.empty() && options_.may_lack_caller && !people_.empty()) {
        // What is left of a call of people who wrote.
        people_.begin()->second.takes_part = true;
        choose_caller();
    }
    hear_all();
}

void CallPeople::handle_change(const Participant& participant, Instant now) {
    if (!is_somebody(participant)) {
        return;
    }
    if (participant.is_gone) {
        leave(participant, now);
        return;
    }
    come(participant);
    const bool was_caller = participant.identity == caller_;
    choose_caller();
    hear_all();
    if (was_caller) {
        outputs_.push_back(CallerNoted{participant});
    }
}

void CallPeople::come(const Participant& participant) {
    const auto known = people_.find(participant.identity);
    if (known == people_.end() && people_.size() >= options_.known_max && !has_voice(participant)) {
        return;
    }
    Person& person = known == people_.end() ? people_[participant.identity] : known->second;
    if (person.last.sid != participant.sid) {
        person.heard_track.clear();
    }
    person.last = participant;
    person.gone_at.reset();
    if (has_voice(participant)) {
        person.takes_part = true;
    }
}

void CallPeople::leave(const Participant& participant, Instant now) {
    const auto found = people_.find(participant.identity);
    // Else it is an old connection of somebody who is there again by a new one.
    if (found == people_.end() || found->second.last.sid != participant.sid) {
        return;
    }
    Person& person = found->second;
    if (person.takes_part && !options_.hears_agents && will_return(participant.reason)) {
        person.heard_track.clear();
        person.gone_at = now + options_.returns_within;
        hear_all();
        return;
    }
    forget(participant.identity, participant.reason);
}

void CallPeople::forget(const std::string& identity, DisconnectReason reason) {
    const bool took_part = people_[identity].takes_part;
    people_.erase(identity);
    if (!took_part) {
        return;
    }
    if (caller_ == identity) {
        caller_.clear();
    }
    if (options_.hears_agents) {
        choose_caller();
        hear_all();
        return;
    }
    const bool is_anybody_left =
        std::ranges::any_of(people_, [](const auto& entry) { return entry.second.takes_part; });
    if (has_begun_ && !is_anybody_left) {
        outputs_.push_back(EverybodyLeft{reason});
        return;
    }
    // Once it has begun, the others go on without.
    options_.may_lack_caller = options_.may_lack_caller || has_begun_;
    choose_caller();
    hear_all();
}

void CallPeople::choose_caller() {
    if (!caller_.empty()) {
        return;
    }
    const auto may_be = [this](const auto& entry) {
        return entry.second.takes_part && !entry.second.gone_at &&
               (options_.caller_identity.empty() || options_.may_lack_caller ||
                is_given(entry.first));
    };
    auto chosen = people_.find(options_.caller_identity);
    if (chosen == people_.end() || !may_be(*chosen)) {
        chosen = people_.end();
        for (auto entry = people_.begin(); entry != people_.end(); ++entry) {
            const bool is_first = chosen == people_.end() ||
                                  entry->second.last.joined_at < chosen->second.last.joined_at;
            chosen = may_be(*entry) && is_first ? entry : chosen;
        }
    }
    if (chosen != people_.end()) {
        caller_ = chosen->first;
        has_begun_ = true;
        outputs_.push_back(CallerNoted{chosen->second.last});
    }
}

void CallPeople::hear_all() {
    if (const auto caller = people_.find(caller_); caller != people_.end()) {
        hear(caller->second);
    }
    for (auto& [identity, person] : people_) {
        if (identity != caller_) {
            hear(person);
        }
    }
}

void CallPeople::hear(Person& person) {
    const auto is_heard = [&person](const Track& track) { return track.sid == person.heard_track; };
    if (!person.takes_part || person.gone_at) {
        return;
    }
    if (!person.heard_track.empty() && std::ranges::any_of(person.last.tracks, is_heard)) {
        return;
    }
    person.heard_track.clear();
    const Track* voice = voice_of(person.last);
    const auto heard = static_cast<std::size_t>(std::ranges::count_if(
        people_, [](const auto& entry) { return !entry.second.heard_track.empty(); }));
    // One place is the caller's.
    const bool is_caller = person.last.identity == caller_;
    const bool has_place =
        is_caller || heard + (caller_track().empty() ? 1 : 0) < options_.heard_max;
    if (voice != nullptr && has_place) {
        person.heard_track = voice->sid;
        outputs_.push_back(VoiceWanted{person.last.sid, voice->sid});
    }
}

bool CallPeople::handle_text(const std::string& identity) {
    const auto found = people_.find(identity);
    if (found == people_.end()) {
        return false;
    }
    found->second.takes_part = true;
    choose_caller();
    return true;
}

void CallPeople::handle_timeout(Instant now) {
    std::vector<std::string> gone;
    for (const auto& [identity, person] : people_) {
        if (person.gone_at && now >= *person.gone_at) {
            gone.push_back(identity);
        }
    }
    for (const std::string& identity : gone) {
        forget(identity, DisconnectReason::unknown);
    }
}

std::optional<CallPeopleOutput> CallPeople::poll_output() {
    if (outputs_.empty()) {
        return std::nullopt;
    }
    CallPeopleOutput output = std::move(outputs_.front());
    outputs_.pop_front();
    return output;
}

Deadline CallPeople::next_deadline() const {
    Deadline next;
    for (const auto& [identity, person] : people_) {
        next = earlier(next, person.gone_at);
    }
    return next;
}

const std::string& CallPeople::caller_identity() const {
    return caller_.empty() ? options_.caller_identity : caller_;
}

const std::string& CallPeople::caller_track() const {
    static const std::string none;
    const Person* caller = find(caller_);
    return caller == nullptr ? none : caller->heard_track;
}

bool CallPeople::is_caller_muted() const {
    const Person* caller = find(caller_);
    return caller == nullptr ||
           std::ranges::none_of(caller->last.tracks, [caller](const Track& track) {
               return track.sid == caller->heard_track && !track.is_muted;
           });
}

bool CallPeople::is_everybody_away() const {
    return has_begun_ && !options_.hears_agents && !people_.empty() &&
           std::ranges::none_of(people_, [](const auto& entry) {
               return entry.second.takes_part && !entry.second.gone_at;
           });
}

const std::string& CallPeople::only_sid() const {
    static const std::string none;
    const std::string* found = &none;
    for (const auto& [identity, person] : people_) {
        if (person.takes_part) {
            if (found != &none || person.gone_at) {
                return none;
            }
            found = &person.last.sid;
        }
    }
    return *found;
}

std::vector<VoiceWanted> CallPeople::voices() const {
    std::vector<VoiceWanted> wanted;
    for (const auto& [identity, person] : people_) {
        if (!person.heard_track.empty()) {
            wanted.push_back({person.last.sid, person.heard_track});
        }
    }
    return wanted;
}

}  // namespace studio::livekit
