#include "adapters/deepgram/internal/flux_stream.hpp"

#include <algorithm>
#include <utility>

#include "adapters/deepgram/internal/stream_end.hpp"

namespace studio::adapters {
namespace {

constexpr std::size_t frame_bytes = sizeof(audio::Frame::samples);
/// Deepgram advises messages of 80 ms.
constexpr std::size_t message_frames = 4;
/// After connecting, what waited goes out in larger ones.
constexpr std::size_t message_frames_max = 10;
/// Where nothing was written for so long the session writes nothing; less would put silence between
/// two frames of speech that came late.
constexpr milliseconds pause_min{160};

}  // namespace

FluxStream::FluxStream(runtime::AsioLoop& loop, const DeepgramOptions& options,
                       SpeechListener& listener)
    : loop_(loop),
      options_(options),
      listener_(&listener),
      assembler_({.finish_timeout = options.finalize_timeout}) {}

void FluxStream::open(WebSocketClient& sockets, WebSocketRequest request) {
    socket_ = sockets.open(std::move(request), *this);
}

void FluxStream::write(std::uint32_t utterance, const audio::Frame& frame) {
    if (has_failed_ || listener_ == nullptr) {
        return;
    }
    if (audio_.size() >= options_.queue_frames_max * frame_bytes) {
        loop_.post([weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->fail(ProviderErrorCode::timed_out,
                           "the audio that waits is more than its limit");
            }
        });
        return;
    }
    assembler_.handle_audio(utterance, audio::frame_samples);
    // linear16 is little-endian, as are the machines that we build for.
    audio_.append(reinterpret_cast<const char*>(frame.samples.data()), frame_bytes);
    written_at_ = loop_.now();
    send_next();
}

void FluxStream::finish_utterance(std::uint32_t utterance) {
    if (has_failed_ || listener_ == nullptr) {
        return;
    }
    assembler_.handle_finish(utterance, loop_.now());
    send_next(true);
    watch_deadline();
}

void FluxStream::close() {
    listener_ = nullptr;
    deadline_timer_.reset();
    silence_timer_.reset();
    if (is_open_ && !has_failed_) {
        socket_->send(deepgram::close_stream_message, WebSocketMessage::text);
    }
    socket_.reset();
}

void FluxStream::on_web_socket_open() {
    const auto keeps_alive = shared_from_this();
    is_open_ = true;
    assembler_.handle_open(loop_.now());
    send_next();
    keep_hearing();
    if (listener_ != nullptr) {
        listener_->on_speech(TurnsJudged{});
    }
    watch_deadline();
}

void FluxStream::on_web_socket_message(std::string_view text, WebSocketMessage /*kind*/) {
    const auto keeps_alive = shared_from_this();
    const auto message = deepgram::parse_turn_message(text);
    if (!message) {
        fail(ProviderErrorCode::malformed, "a message is not of the protocol");
    } else if (std::holds_alternative<deepgram::ErrorMessage>(*message)) {
        fail(ProviderErrorCode::unavailable, "the server reports an error");
    } else if (const auto* info = std::get_if<deepgram::TurnInfoMessage>(&*message)) {
        assembler_.handle(*info);
        tell();
    }
}

void FluxStream::on_web_socket_drained() {
    is_writing_ = false;
    send_next();
}

void FluxStream::on_web_socket_end(const WebSocketEnd& end) {
    ProviderError error = error_of(end);
    fail(error.code, std::move(error.message));
}

void FluxStream::send_next(bool all) {
    const std::size_t least = all ? frame_bytes : message_frames * frame_bytes;
    if (!is_open_ || is_writing_ || has_failed_ || audio_.size() < least) {
        return;
    }
    const std::size_t size = std::min(audio_.size(), message_frames_max * frame_bytes);
    in_flight_.assign(audio_, 0, size);
    audio_.erase(0, size);
    is_writing_ = true;
    socket_->send(in_flight_, WebSocketMessage::binary);
}

/// Silence in real time, while nobody speaks.
void FluxStream::keep_hearing() {
    const Instant now = loop_.now();
    if (now - written_at_ >= pause_min && audio_.empty() && !is_writing_) {
        audio_.append(message_frames * frame_bytes, '\0');
        assembler_.handle_silence(message_frames * audio::frame_samples);
        send_next();
    } else if (now - written_at_ >= pause_min) {
        send_next(true);
    }
    silence_timer_ =
        loop_.start_timer(now + message_frames * audio::frame_duration, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->keep_hearing();
            }
        });
}

void FluxStream::tell() {
    while (listener_ != nullptr) {
        const auto output = assembler_.poll();
        if (!output) {
            break;
        }
        tell(*output);
    }
    watch_deadline();
}

void FluxStream::tell(const deepgram::TurnText& output) {
    using Kind = deepgram::TurnText::Kind;
    switch (output.kind) {
        case Kind::started:
            listener_->on_speech(SpeakerStarted{output.utterance});
            break;
        case Kind::partial:
            listener_->on_speech(PartialTranscript{output.utterance, output.text});
            break;
        case Kind::may_be_done:
            listener_->on_speech(
                SpeakerMayBeDone{output.utterance, output.text, output.confidence});
            break;
        case Kind::resumed:
            listener_->on_speech(SpeakerResumed{output.utterance});
            break;
        case Kind::done:
            listener_->on_speech(SpeakerDone{output.utterance, output.text, output.confidence});
            break;
        case Kind::final:
            listener_->on_speech(FinalTranscript{output.utterance, output.text, output.confidence});
            break;
    }
}

void FluxStream::watch_deadline() {
    const Deadline deadline =
        is_open_ && listener_ != nullptr ? assembler_.next_deadline() : std::nullopt;
    if (!deadline) {
        deadline_timer_.reset();
        return;
    }
    deadline_timer_ = loop_.start_timer(*deadline, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->assembler_.handle_time(self->loop_.now());
            self->tell();
        }
    });
}

void FluxStream::fail(ProviderErrorCode code, std::string message) {
    const auto keeps_alive = shared_from_this();
    if (std::exchange(has_failed_, true)) {
        return;
    }
    deadline_timer_.reset();
    silence_timer_.reset();
    audio_ = {};
    SpeechListener* listener = std::exchange(listener_, nullptr);
    if (listener != nullptr) {
        listener->on_speech(SpeechFailed{{code, std::move(message)}});
    }
}

}  // namespace studio::adapters
