#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "audio/frame.hpp"
#include "base/ring_buffer.hpp"
#include "ports/speech_to_text.hpp"
#include "services/conversation/seat/internal/utterance_buffer.hpp"
#include "services/conversation/session/internal/session_link.hpp"
#include "services/conversation/session/session_options.hpp"

namespace studio::services {

/// The recogniser's side of a session: pre-roll, the stream, and bearing with one that breaks,
/// stays away or is deaf (ListeningOptions): it is opened again, and what was said meanwhile is
/// sent again.
///
///   open ──failed, or deaf──▶ away ──back-off──▶ open, everything without a transcript sent again
///                              │
///                              └──nobody bears it any longer──▶ the call ends with a farewell
class Listening final : public SpeechListener {
public:
    /// `provider` is the recogniser's name in what is told of its failures.
    Listening(SessionLink& link, SpeechToText& speech_to_text, std::string provider,
              SpeechToTextOptions stream_options, const CallSessionOptions& options);

    /// Opens the stream; once, perhaps before anybody is heard by it.
    void open();
    /// What it hears counts from now on. Until then nobody minds a stream that breaks.
    void attend();
    void close();
    /// Every frame that is heard; goes to the stream while `is_speaking`.
    void frame(const audio::Frame& frame, bool is_speaking, std::uint32_t utterance);
    /// Gives the stream what was heard just before.
    void begin_utterance(std::uint32_t utterance);
    void finish_utterance(std::uint32_t utterance);

    void on_speech(const SpeechEvent& event) override;
    [[nodiscard]] Deadline next_deadline() const;
    void tick(Instant now);
    /// The stream judges itself whether the caller has finished.
    [[nodiscard]] bool judges_turns() const { return judges_turns_; }
    /// What is kept to be sent again.
    [[nodiscard]] std::size_t buffered_bytes() const { return buffer_.bytes(); }

private:
    void on(const PartialTranscript& partial);
    void on(const FinalTranscript& final);
    void on(const SpeechFailed& failed);
    void on(const TurnsJudged& judged);
    void on(const SpeakerStarted& started);
    void on(const SpeakerMayBeDone& may_be_done);
    void on(const SpeakerResumed& resumed);
    void on(const SpeakerDone& done);

    void write(std::uint32_t utterance, const audio::Frame& frame);
    void send_again();
    /// Tells what the recogniser was given since.
    void note_usage(std::uint64_t utterances);
    /// An event of this utterance came: the recogniser is there and hears.
    void recover(std::uint32_t utterance);
    void fail(ProviderErrorCode code);
    void give_up(const char* why);
    void forget_unanswered(Instant now);
    [[nodiscard]] bool awaits_first_event(const UtteranceBuffer::Utterance& utterance) const;
    [[nodiscard]] Deadline deaf_at() const;
    [[nodiscard]] Deadline settled_at() const;
    [[nodiscard]] Deadline give_up_at() const;
    [[nodiscard]] Deadline forget_at() const;

    /// 300 ms, and the frames until speech is noticed.
    static constexpr std::size_t pre_roll_frames_max = 25;

    SessionLink& link_;
    SpeechToText& speech_to_text_;
    std::string provider_;
    SpeechToTextOptions stream_options_;
    const CallSessionOptions& options_;
    std::unique_ptr<SpeechStream> stream_;
    RingBuffer<audio::Frame, pre_roll_frames_max> pre_roll_;
    UtteranceBuffer buffer_;
    /// In the log of inputs.
    std::uint32_t stream_number_ = 0;
    std::uint32_t begun_ = 0;
    bool judges_turns_ = false;
    /// The last utterance of which SpeakerDone told everything; none: 0.
    std::uint32_t done_ = 0;
    /// Frames of the pre-roll that no stream was given yet.
    std::size_t unwritten_ = 0;
    /// That nobody was told of yet.
    std::int64_t frames_given_ = 0;
    /// Failures in a row.
    int failures_ = 0;
    /// Utterances in a row that were given up without an event.
    int unanswered_ = 0;
    bool is_deaf_ = false;
    Instant opened_at_{};
    Deadline reopen_at_;
    /// The first of the failures, and the first speech that nobody understood since.
    Deadline away_since_;
    Deadline unheard_since_;
    bool attends_ = false;
};

}  // namespace studio::services
