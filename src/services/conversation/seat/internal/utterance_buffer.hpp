#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "audio/frame.hpp"
#include "base/time.hpp"

namespace studio::services {

/// The audio of the utterances that have no transcript yet, to be sent again to another stream.
/// Takes memory only while there are some, in pieces that double, and never more than its bound: of
/// what is too much the oldest is dropped. One owner.
class UtteranceBuffer {
public:
    struct Utterance {
        std::uint32_t number = 0;
        std::vector<audio::Frame> frames;
        /// When the caller fell silent; nothing while they speak.
        Deadline finished_at;
        /// When the present stream was told of that.
        Instant asked_at{};
        /// Whether any event came of it.
        bool is_heard = false;
    };

    explicit UtteranceBuffer(std::size_t frames_max) : frames_max_(frames_max) {}

    void begin(std::uint32_t utterance);
    /// Of an utterance that has begun; others are ignored.
    void add(std::uint32_t utterance, const audio::Frame& frame);
    void finish(std::uint32_t utterance, Instant now);
    /// An event came of it.
    void note_heard(std::uint32_t utterance);
    /// It has its transcript, and with it all before it.
    void drop_through(std::uint32_t utterance);
    void clear() { utterances_.clear(); }

    [[nodiscard]] bool empty() const { return utterances_.empty(); }
    [[nodiscard]] std::deque<Utterance>& utterances() { return utterances_; }
    [[nodiscard]] const std::deque<Utterance>& utterances() const { return utterances_; }
    [[nodiscard]] std::size_t bytes() const;

private:
    [[nodiscard]] Utterance* find(std::uint32_t utterance);
    void make_room();

    std::size_t frames_max_;
    std::deque<Utterance> utterances_;
};

}  // namespace studio::services
