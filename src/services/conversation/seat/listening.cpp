#include "services/conversation/seat/internal/listening.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace studio::services {

Listening::Listening(SessionLink& link, SpeechToText& speech_to_text, std::string provider,
                     SpeechToTextOptions stream_options, const CallSessionOptions& options)
    : link_(link),
      speech_to_text_(speech_to_text),
      provider_(std::move(provider)),
      stream_options_(std::move(stream_options)),
      options_(options),
      buffer_(static_cast<std::size_t>(options.listening.buffer_max / audio::frame_duration)) {}

void Listening::open() {
    reopen_at_.reset();
    stream_number_ = ++link_.counts().streams;
    opened_at_ = link_.now();
    stream_ = speech_to_text_.open(stream_options_, *this);
    send_again();
}

void Listening::attend() {
    attends_ = true;
    if (away_since_) {
        // From now on somebody bears it.
        away_since_ = link_.now();
    }
    if (judges_turns_) {
        link_.queue().push(core::JudgeFound{});
    }
    if (stream_ == nullptr && !reopen_at_) {
        open();
    }
}

void Listening::close() {
    note_usage(0);
    stream_.reset();
    reopen_at_.reset();
    away_since_.reset();
    unheard_since_.reset();
    buffer_.clear();
}

void Listening::frame(const audio::Frame& frame, bool is_speaking, std::uint32_t utterance) {
    pre_roll_.push_dropping_oldest(frame);
    ++unwritten_;
    if (is_speaking && begun_ == utterance) {
        write(utterance, frame);
        unwritten_ = 0;
    }
}

void Listening::write(std::uint32_t utterance, const audio::Frame& frame) {
    buffer_.add(utterance, frame);
    if (stream_ != nullptr) {
        stream_->write(utterance, frame);
        ++frames_given_;
    }
}

void Listening::note_usage(std::uint64_t utterances) {
    const auto given = static_cast<std::uint64_t>(
        to_milliseconds(audio::frame_duration * std::exchange(frames_given_, 0)));
    if (given + utterances > 0) {
        link_.note_usage(core::UsageStage::stt, provider_, stream_options_.model,
                         {.requests = utterances, .audio_ms = given});
    }
}

void Listening::begin_utterance(std::uint32_t utterance) {
    begun_ = utterance;
    buffer_.begin(utterance);
    if (away_since_ && !unheard_since_) {
        unheard_since_ = link_.now();
    }
    // Speech is noticed after three frames; those are wanted besides the pre-roll.
    const auto wanted = static_cast<std::size_t>(options_.pre_roll / audio::frame_duration) + 3;
    std::size_t count = std::min(wanted, pre_roll_.size());
    if (judges_turns_) {
        // To it the call is one stream: it would hear what it was given already twice.
        count = std::min(count, unwritten_);
    }
    for (std::size_t index = pre_roll_.size() - count; index < pre_roll_.size(); ++index) {
        write(utterance, pre_roll_[index]);
    }
    unwritten_ = 0;
}

void Listening::finish_utterance(std::uint32_t utterance) {
    buffer_.finish(utterance, link_.now());
    note_usage(1);
    if (done_ == utterance) {
        buffer_.drop_through(utterance);
    }
    if (stream_ != nullptr) {
        stream_->finish_utterance(utterance);
    }
}

void Listening::send_again() {
    for (UtteranceBuffer::Utterance& utterance : buffer_.utterances()) {
        for (const audio::Frame& frame : utterance.frames) {
            stream_->write(utterance.number, frame);
            ++frames_given_;
        }
        if (utterance.finished_at) {
            utterance.asked_at = link_.now();
            stream_->finish_utterance(utterance.number);
        }
    }
}

void Listening::on_speech(const SpeechEvent& event) {
    if (options_.input_log != nullptr) {
        options_.input_log->speech(stream_number_, event, link_.now());
    }
    link_.enter([this, &event] { std::visit([this](const auto& which) { on(which); }, event); });
}

void Listening::on(const PartialTranscript& partial) {
    recover(partial.utterance);
    done_ = 0;  // There is more.
    link_.queue().push(core::PartialHeard{partial.utterance, partial.text});
}

void Listening::on(const FinalTranscript& final) {
    recover(final.utterance);
    buffer_.drop_through(final.utterance);
    link_.queue().push(core::FinalHeard{final.utterance, final.text});
}

void Listening::on(const TurnsJudged&) {
    judges_turns_ = true;
    if (attends_) {
        link_.queue().push(core::JudgeFound{});
    }
}

void Listening::on(const SpeakerStarted& started) {
    recover(started.utterance);
    link_.queue().push(core::StartHeard{started.utterance});
}

void Listening::on(const SpeakerMayBeDone& may_be_done) {
    recover(may_be_done.utterance);
    link_.queue().push(core::EarlyEndHeard{may_be_done.utterance, may_be_done.text});
}

void Listening::on(const SpeakerResumed& resumed) {
    recover(resumed.utterance);
    link_.queue().push(core::ResumeHeard{resumed.utterance});
}

void Listening::on(const SpeakerDone& done) {
    recover(done.utterance);
    // Kept while it is open: more may be said in it.
    buffer_.drop_through(done.utterance);
    done_ = done.utterance;
    link_.queue().push(core::EndHeard{done.utterance, done.text});
}

void Listening::on(const SpeechFailed& failed) {
    // The event may belong to what is destroyed here.
    fail(failed.error.code);
}

void Listening::recover(std::uint32_t utterance) {
    if (away_since_) {
        STUDIO_LOG(info, "recogniser_back", {"call_id", link_.record().id}, {"failures", failures_},
                   {"away_ms", to_milliseconds(link_.now() - *away_since_)});
    }
    buffer_.note_heard(utterance);
    failures_ = 0;
    unanswered_ = 0;
    away_since_.reset();
    unheard_since_.reset();
}

void Listening::fail(ProviderErrorCode code) {
    const Instant now = link_.now();
    const auto& waiting = buffer_.utterances();
    is_deaf_ = code == ProviderErrorCode::timed_out &&
               std::any_of(waiting.begin(), waiting.end(),
                           [this](const auto& utterance) { return awaits_first_event(utterance); });
    stream_.reset();
    judges_turns_ = false;
    done_ = 0;
    ++failures_;
    STUDIO_LOG(warning, "recogniser_failed", {"call_id", link_.record().id},
               {"code", name_of(code)}, {"attempt", failures_}, {"deaf", is_deaf_});
    link_.note_error(core::CallStage::stt, provider_, name_of(code));
    away_since_ = away_since_ ? away_since_ : Deadline(now);
    if (!buffer_.empty() && !unheard_since_) {
        unheard_since_ = now;
    }
    if (attends_) {
        link_.queue().push(core::RecogniserAway{});
    }
    if (!is_transient(code)) {
        give_up(name_of(code));
        return;
    }
    reopen_at_ = now + options_.listening.delay_after(code, failures_);
}

void Listening::give_up(const char* why) {
    STUDIO_LOG(error, "recogniser_given_up", {"call_id", link_.record().id}, {"why", why},
               {"failures", failures_});
    close();
    if (!attends_) {
        return;  // attend() tries again.
    }
    link_.queue().push(core::RecogniserLost{});
    link_.queue().push(
        core::HangUp{core::EndReason::speech_recognition_failed, core::LastWords::farewell});
}

bool Listening::awaits_first_event(const UtteranceBuffer::Utterance& utterance) const {
    return stream_ != nullptr && utterance.finished_at && !utterance.is_heard;
}

Deadline Listening::deaf_at() const {
    for (const UtteranceBuffer::Utterance& utterance : buffer_.utterances()) {
        if (awaits_first_event(utterance)) {
            return utterance.asked_at + options_.listening.deaf_after;
        }
    }
    return std::nullopt;
}

Deadline Listening::settled_at() const {
    const bool may_settle = stream_ != nullptr && away_since_ && buffer_.empty();
    return may_settle ? Deadline(opened_at_ + options_.listening.settled_after) : std::nullopt;
}

Deadline Listening::give_up_at() const {
    if (!away_since_) {
        return std::nullopt;
    }
    Deadline deadline = *away_since_ + options_.listening.silent_outage_max;
    // One that is there but answers nothing may have had nothing to answer: those are counted.
    if (unheard_since_ && !is_deaf_) {
        deadline = earlier(deadline, *unheard_since_ + options_.listening.speaking_outage_max);
    }
    return deadline;
}

Deadline Listening::forget_at() const {
    const auto& utterances = buffer_.utterances();
    if (utterances.empty() || !utterances.front().finished_at) {
        return std::nullopt;
    }
    return *utterances.front().finished_at + options_.listening.transcript_timeout;
}

Deadline Listening::next_deadline() const {
    const Deadline ends = earlier(give_up_at(), settled_at());
    return earlier(earlier(reopen_at_, ends), earlier(deaf_at(), forget_at()));
}

void Listening::forget_unanswered(Instant now) {
    for (Deadline due = forget_at(); due && now >= *due; due = forget_at()) {
        unanswered_ += is_deaf_ && !buffer_.utterances().front().is_heard ? 1 : 0;
        buffer_.utterances().pop_front();
    }
}

void Listening::tick(Instant now) {
    forget_unanswered(now);
    const Deadline ends = give_up_at();
    if ((ends && now >= *ends) || unanswered_ >= options_.listening.deaf_utterances_max) {
        unanswered_ = 0;
        give_up(ends && now >= *ends ? "away" : "deaf");
        return;
    }
    if (const Deadline deaf = deaf_at(); deaf && now >= *deaf) {
        fail(ProviderErrorCode::timed_out);
    }
    if (const Deadline settled = settled_at(); settled && now >= *settled) {
        failures_ = 0;
        away_since_.reset();
        unheard_since_.reset();
    }
    if (reopen_at_ && now >= *reopen_at_) {
        open();
    }
}

}  // namespace studio::services
