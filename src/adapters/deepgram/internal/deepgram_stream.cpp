#include "adapters/deepgram/internal/deepgram_stream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "adapters/deepgram/internal/stream_end.hpp"

namespace studio::adapters {
namespace {

constexpr std::size_t frame_bytes = sizeof(audio::Frame::samples);
/// After connecting, what waited goes out in messages of at most 200 ms, as Deepgram advises.
constexpr std::size_t message_frames_max = 10;

}  // namespace

DeepgramStream::DeepgramStream(runtime::AsioLoop& loop, const DeepgramOptions& options,
                               SpeechListener& listener)
    : loop_(loop),
      options_(options),
      listener_(&listener),
      assembler_({.finalize_timeout = options.finalize_timeout}) {}

void DeepgramStream::open(WebSocketClient& sockets, WebSocketRequest request) {
    socket_ = sockets.open(std::move(request), *this);
}

void DeepgramStream::write(std::uint32_t utterance, const audio::Frame& frame) {
    if (has_failed_ || listener_ == nullptr) {
        return;
    }
    if (audio_.size() >= options_.queue_frames_max * frame_bytes) {
        fail_soon(ProviderErrorCode::timed_out, "the audio that waits is more than its limit");
        return;
    }
    assembler_.handle_audio(utterance, audio::frame_samples);
    // linear16 is little-endian, as are the machines that we build for.
    audio_.append(reinterpret_cast<const char*>(frame.samples.data()), frame_bytes);
    if (audio_.size() >= options_.batch_frames * frame_bytes) {
        send_next();
    }
}

void DeepgramStream::finish_utterance(std::uint32_t utterance) {
    if (has_failed_ || listener_ == nullptr) {
        return;
    }
    assembler_.handle_finish(utterance, loop_.now());
    finalize_offsets_.push_back(audio_.size());
    send_next();
    // Whatever is complete already is told from the timer, never from inside this call.
    watch_deadline();
}

void DeepgramStream::close() {
    listener_ = nullptr;
    deadline_timer_.reset();
    keep_alive_timer_.reset();
    if (is_open_ && !has_failed_) {
        send_control(deepgram::close_stream_message);
    }
    socket_.reset();
}

void DeepgramStream::on_web_socket_open() {
    is_open_ = true;
    last_sent_at_ = loop_.now();
    assembler_.handle_open(loop_.now());
    keep_alive();
    send_next();
    watch_deadline();
}

void DeepgramStream::on_web_socket_message(std::string_view text, WebSocketMessage /*kind*/) {
    const auto keeps_alive = shared_from_this();
    const auto message = deepgram::parse_message(text);
    if (!message) {
        fail(ProviderErrorCode::malformed, "a message is not of the protocol");
        return;
    }
    if (std::holds_alternative<deepgram::ErrorMessage>(*message)) {
        fail(ProviderErrorCode::unavailable, "the server reports an error");
        return;
    }
    if (const auto* results = std::get_if<deepgram::ResultsMessage>(&*message)) {
        assembler_.handle(*results);
        tell();
    }
}

void DeepgramStream::on_web_socket_drained() {
    is_writing_ = false;
    send_next();
}

void DeepgramStream::on_web_socket_end(const WebSocketEnd& end) {
    ProviderError error = error_of(end);
    fail(error.code, std::move(error.message));
}

void DeepgramStream::send_next() {
    if (!is_open_ || is_writing_ || has_failed_) {
        return;
    }
    const bool has_finalize = !finalize_offsets_.empty();
    if (has_finalize && finalize_offsets_.front() == 0) {
        finalize_offsets_.pop_front();
        send_control(deepgram::finalize_message);
        return;
    }
    const std::size_t due = has_finalize ? finalize_offsets_.front() : audio_.size();
    if (due == 0 || (!has_finalize && due < options_.batch_frames * frame_bytes)) {
        return;
    }
    const std::size_t size = std::min(due, message_frames_max * frame_bytes);
    in_flight_.assign(audio_, 0, size);
    audio_.erase(0, size);
    for (std::size_t& offset : finalize_offsets_) {
        offset -= size;
    }
    is_writing_ = true;
    last_sent_at_ = loop_.now();
    socket_->send(in_flight_, WebSocketMessage::binary);
}

void DeepgramStream::send_control(std::string_view message) {
    is_writing_ = true;
    last_sent_at_ = loop_.now();
    socket_->send(message, WebSocketMessage::text);
}

void DeepgramStream::tell() {
    while (listener_ != nullptr) {
        const auto output = assembler_.poll();
        if (!output) {
            break;
        }
        if (const auto* partial = std::get_if<deepgram::PartialText>(&*output)) {
            listener_->on_speech(PartialTranscript{partial->utterance, partial->text});
        } else {
            const auto& whole = std::get<deepgram::FinalText>(*output);
            if (whole.is_unheard) {
                fail(ProviderErrorCode::timed_out, "the server is connected and says nothing");
                return;
            }
            listener_->on_speech(FinalTranscript{whole.utterance, whole.text, whole.confidence});
        }
    }
    watch_deadline();
}

void DeepgramStream::watch_deadline() {
    if (listener_ == nullptr) {
        return;
    }
    // Outputs that wait already are told at once, but from the loop. Before there is a connection
    // the time to connect is the limit.
    Deadline deadline = is_open_ ? assembler_.next_deadline() : std::nullopt;
    if (assembler_.has_output()) {
        deadline = loop_.now();
    }
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

void DeepgramStream::keep_alive() {
    const Instant due = last_sent_at_ + options_.keep_alive_interval;
    if (due <= loop_.now() && !is_writing_) {
        send_control(deepgram::keep_alive_message);
    }
    keep_alive_timer_ = loop_.start_timer(std::max(due, loop_.now() + milliseconds(100)),
                                          [weak = weak_from_this()] {
                                              if (const auto self = weak.lock()) {
                                                  self->keep_alive();
                                              }
                                          });
}

void DeepgramStream::fail(ProviderErrorCode code, std::string message) {
    const auto keeps_alive = shared_from_this();
    if (std::exchange(has_failed_, true)) {
        return;
    }
    deadline_timer_.reset();
    keep_alive_timer_.reset();
    audio_ = {};
    finalize_offsets_.clear();
    SpeechListener* listener = std::exchange(listener_, nullptr);
    if (listener != nullptr) {
        listener->on_speech(SpeechFailed{{code, std::move(message)}});
    }
}

void DeepgramStream::fail_soon(ProviderErrorCode code, std::string message) {
    loop_.post([weak = weak_from_this(), code, message = std::move(message)] {
        if (const auto self = weak.lock()) {
            self->fail(code, message);
        }
    });
}

}  // namespace studio::adapters
