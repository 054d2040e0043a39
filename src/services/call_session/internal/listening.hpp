#pragma once

#include <cstdint>
#include <memory>

#include "audio/frame.hpp"
#include "base/ring_buffer.hpp"
#include "services/call_session/internal/session_link.hpp"

namespace studio::services {

/// The recogniser's side of a session: pre-roll, the stream, opening it again when it breaks.
class Listening final : public SpeechListener {
public:
    Listening(SessionLink& link, SpeechToText& speech_to_text, SpeechToTextOptions stream_options,
              const CallSessionOptions& options);

    void open();
    void close();
    /// Every frame that is heard; goes to the stream while `is_speaking`.
    void frame(const audio::Frame& frame, bool is_speaking, std::uint32_t utterance);
    /// Gives the stream what was heard just before.
    void begin_utterance(std::uint32_t utterance);
    void finish_utterance(std::uint32_t utterance);

    void on_speech(const SpeechEvent& event) override;
    [[nodiscard]] Deadline next_deadline() const { return reopen_at_; }
    void tick(Instant now);

private:
    void on(const PartialTranscript& partial);
    void on(const FinalTranscript& final);
    void on(const SpeechFailed& failed);

    /// 300 ms, and the frames until speech is noticed.
    static constexpr std::size_t pre_roll_frames_max = 25;

    SessionLink& link_;
    SpeechToText& speech_to_text_;
    SpeechToTextOptions stream_options_;
    const CallSessionOptions& options_;
    std::unique_ptr<SpeechStream> stream_;
    RingBuffer<audio::Frame, pre_roll_frames_max> pre_roll_;
    std::uint32_t stream_number_ = 0;
    std::uint32_t begun_ = 0;
    int attempts_ = 0;
    Deadline reopen_at_;
};

}  // namespace studio::services
