#include "protocol/audio_path/inbound_audio.hpp"

namespace studio::audio_path {

audio::VoiceCodec voice_codec(sdp::AudioCodec codec) {
    switch (codec) {
        case sdp::AudioCodec::pcmu:
            return audio::VoiceCodec::pcmu;
        case sdp::AudioCodec::pcma:
            return audio::VoiceCodec::pcma;
        case sdp::AudioCodec::opus:
            break;
    }
    return audio::VoiceCodec::opus;
}

InboundAudio::InboundAudio(sdp::AudioCodec codec, const audio::JitterBufferOptions& options)
    : options_(options),
      receiver_(std::make_unique<audio::VoiceReceiver>(voice_codec(codec), options)),
      codec_(codec),
      other_codec_(codec) {}

void InboundAudio::push(const AudioPacket& packet) {
    if (!follow_codec(packet.codec)) {
        return;
    }
    receiver_->push({.sequence = packet.sequence,
                     .timestamp = packet.timestamp,
                     .payload = packet.payload,
                     .arrival = packet.arrival});
}

audio::VoiceFrame InboundAudio::pop(Instant now) {
    return receiver_->pop(now);
}

std::uint64_t InboundAudio::frames_concealed() const {
    return concealed_before_ + receiver_->frames_concealed();
}

bool InboundAudio::follow_codec(sdp::AudioCodec codec) {
    if (codec == codec_) {
        other_packets_ = 0;
        return true;
    }
    if (codec != other_codec_) {
        other_codec_ = codec;
        other_packets_ = 0;
    }
    if (++other_packets_ < packets_until_change) {
        return false;
    }
    concealed_before_ += receiver_->frames_concealed();
    receiver_ = std::make_unique<audio::VoiceReceiver>(voice_codec(codec), options_);
    codec_ = codec;
    other_packets_ = 0;
    return true;
}

}  // namespace studio::audio_path
