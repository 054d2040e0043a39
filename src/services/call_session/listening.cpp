#include "services/call_session/internal/listening.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace studio::services {

Listening::Listening(SessionLink& link, SpeechToText& speech_to_text,
                     SpeechToTextOptions stream_options, const CallSessionOptions& options)
    : link_(link),
      speech_to_text_(speech_to_text),
      stream_options_(std::move(stream_options)),
      options_(options) {}

void Listening::open() {
    reopen_at_.reset();
    ++attempts_;
    ++stream_number_;
    stream_ = speech_to_text_.open(stream_options_, *this);
}

void Listening::close() {
    stream_.reset();
    reopen_at_.reset();
}

void Listening::frame(const audio::Frame& frame, bool is_speaking, std::uint32_t utterance) {
    pre_roll_.push_dropping_oldest(frame);
    if (is_speaking && stream_ != nullptr && begun_ == utterance) {
        stream_->write(utterance, frame);
    }
}

void Listening::begin_utterance(std::uint32_t utterance) {
    begun_ = utterance;
    // Speech is noticed after three frames; those are wanted besides the pre-roll.
    const auto wanted = static_cast<std::size_t>(options_.pre_roll / audio::frame_duration) + 3;
    const std::size_t count = std::min(wanted, pre_roll_.size());
    for (std::size_t index = pre_roll_.size() - count; index < pre_roll_.size(); ++index) {
        if (stream_ != nullptr) {
            stream_->write(utterance, pre_roll_[index]);
        }
    }
}

void Listening::finish_utterance(std::uint32_t utterance) {
    if (stream_ != nullptr) {
        stream_->finish_utterance(utterance);
    }
}

void Listening::on_speech(const SpeechEvent& event) {
    if (options_.input_log != nullptr) {
        options_.input_log->speech(stream_number_, event, link_.now());
    }
    link_.catch_up();
    std::visit([this](const auto& which) { on(which); }, event);
    link_.settle();
}

void Listening::on(const PartialTranscript& partial) {
    attempts_ = 0;
    link_.queue().push(core::PartialHeard{partial.utterance, partial.text});
}

void Listening::on(const FinalTranscript& final) {
    attempts_ = 0;
    link_.queue().push(core::FinalHeard{final.utterance, final.text});
}

void Listening::on(const SpeechFailed& failed) {
    // The event may belong to what is destroyed here.
    const ProviderErrorCode code = failed.error.code;
    stream_.reset();
    STUDIO_LOG(warning, "recogniser_failed", {"call_id", link_.record().id},
               {"code", name_of(code)}, {"attempt", attempts_});
    link_.queue().push(core::RecogniserLost{});
    const auto delay = options_.retry.delay_after(code, std::max(attempts_, 1),
                                                  options_.retry.recogniser_attempts_max);
    if (delay) {
        reopen_at_ = link_.now() + *delay;
        return;
    }
    link_.queue().push(
        core::HangUp{core::EndReason::speech_recognition_failed, core::LastWords::farewell});
}

void Listening::tick(Instant now) {
    if (reopen_at_ && now >= *reopen_at_) {
        open();
    }
}

}  // namespace studio::services
