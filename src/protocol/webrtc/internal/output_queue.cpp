#include "protocol/webrtc/internal/output_queue.hpp"

namespace studio::webrtc {

void OutputQueue::transmit(const net::Address& destination, ByteView bytes) {
    push(Transmit{destination, {}}, {}, bytes);
}

void OutputQueue::audio(const AudioReceived& audio, ByteView payload) {
    push(audio, {}, payload);
}

void OutputQueue::message(std::string_view label, ByteView data, bool is_text) {
    push(MessageReceived{{}, {}, is_text}, label, data);
}

void OutputQueue::channel_opened(std::string_view label) {
    push(ChannelOpened{}, label, {});
}

void OutputQueue::digit(char digit) {
    push(DigitReceived{digit}, {}, {});
}

void OutputQueue::event(const PeerOutput& output) {
    entries_.push_back({output, 0, 0, 0});
}

void OutputQueue::push(const PeerOutput& output, std::string_view label, ByteView bytes) {
    if (entries_.size() >= outputs_max || bytes_.size() + label.size() + bytes.size() > bytes_max) {
        ++dropped_;
        return;
    }
    entries_.push_back({output, bytes_.size(), label.size(), bytes.size()});
    const ByteView label_bytes = bytes_of(label);
    bytes_.insert(bytes_.end(), label_bytes.begin(), label_bytes.end());
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

std::optional<PeerOutput> OutputQueue::poll() {
    if (next_ == entries_.size()) {
        entries_.clear();
        bytes_.clear();
        next_ = 0;
        return std::nullopt;
    }
    const Entry& entry = entries_[next_++];
    PeerOutput output = entry.output;
    const ByteView all(bytes_);
    const std::string_view label = text_of(all.subspan(entry.offset, entry.label_size));
    const ByteView bytes = all.subspan(entry.offset + entry.label_size, entry.size);
    if (auto* transmit = std::get_if<Transmit>(&output)) {
        transmit->bytes = bytes;
    } else if (auto* audio = std::get_if<AudioReceived>(&output)) {
        audio->payload = bytes;
    } else if (auto* message = std::get_if<MessageReceived>(&output)) {
        message->label = label;
        message->data = bytes;
    } else if (auto* opened = std::get_if<ChannelOpened>(&output)) {
        opened->label = label;
    }
    return output;
}

}  // namespace studio::webrtc
