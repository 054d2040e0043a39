#include <algorithm>

#include "services/conversation/seat/internal/utterance_buffer.hpp"

namespace studio::services {

namespace {

/// Dropped at a time: moving the rest costs more than a frame.
constexpr std::size_t drop_frames = 50;

}  // namespace

UtteranceBuffer::Utterance* UtteranceBuffer::find(std::uint32_t utterance) {
    const auto found = std::find_if(
        utterances_.begin(), utterances_.end(),
        [utterance](const Utterance& candidate) { return candidate.number == utterance; });
    return found == utterances_.end() ? nullptr : &*found;
}

void UtteranceBuffer::begin(std::uint32_t utterance) {
    if (find(utterance) == nullptr) {
        utterances_.emplace_back().number = utterance;
    }
}

void UtteranceBuffer::add(std::uint32_t utterance, const audio::Frame& frame) {
    if (Utterance* target = find(utterance)) {
        make_room();
        target->frames.push_back(frame);
    }
}

void UtteranceBuffer::make_room() {
    std::size_t count = 0;
    for (const Utterance& utterance : utterances_) {
        count += utterance.frames.size();
    }
    if (count < frames_max_) {
        return;
    }
    for (Utterance& utterance : utterances_) {
        if (!utterance.frames.empty()) {
            const std::size_t dropped = std::min(drop_frames, utterance.frames.size());
            utterance.frames.erase(utterance.frames.begin(),
                                   utterance.frames.begin() + static_cast<std::ptrdiff_t>(dropped));
            return;
        }
    }
}

void UtteranceBuffer::finish(std::uint32_t utterance, Instant now) {
    if (Utterance* target = find(utterance)) {
        target->finished_at = now;
        target->asked_at = now;
    }
}

void UtteranceBuffer::note_heard(std::uint32_t utterance) {
    if (Utterance* target = find(utterance)) {
        target->is_heard = true;
    }
}

void UtteranceBuffer::drop_through(std::uint32_t utterance) {
    while (!utterances_.empty() && utterances_.front().number <= utterance &&
           utterances_.front().finished_at) {
        utterances_.pop_front();
    }
}

std::size_t UtteranceBuffer::bytes() const {
    std::size_t bytes = 0;
    for (const Utterance& utterance : utterances_) {
        bytes += utterance.frames.capacity() * sizeof(audio::Frame);
    }
    return bytes;
}

}  // namespace studio::services
