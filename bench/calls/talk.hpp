#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "protocol/webrtc/peer_output.hpp"

namespace studio::bench {

/// What all callers of a run share. The packets are encoded once, so that a caller costs little
/// more than its encryption.
struct TalkPlan {
    /// One utterance as 20 ms Opus packets, and a packet of silence for the time between.
    std::vector<Bytes> speech;
    Bytes silence;
    /// Packets below this are the silence of an agent that sends all the time: Opus codes digital
    /// silence and discontinuous transmission in a few bytes, the mocks' voice in far more.
    std::size_t audible_bytes_min = 20;
    /// The agent has finished when nothing audible of it came for so long.
    milliseconds patience{800};
    /// Only what happens from then on counts.
    Instant measure_from{};
};

/// Fills the plan's packets from a WAV file; false where the file cannot be read.
[[nodiscard]] bool load_speech(const std::string& path, TalkPlan& plan);

/// What one caller measured from outside.
struct TalkFigures {
    bool connected = false;
    bool lost = false;
    /// Audible packets.
    std::uint64_t packets_received = 0;
    /// Packets that came more than 10 ms after the time that their RTP timestamp says, counted from
    /// the earliest of their talkspurt.
    std::uint64_t packets_late = 0;
    /// 20 ms that never came, or came silent, amid an answer: lost, or a voice that was not ready.
    std::uint64_t packets_missing = 0;
    /// Last speech sample sent to first packet of the answer, in milliseconds.
    std::vector<double> mouth_to_ear_ms;
    /// Start to the first packet of the greeting, in milliseconds.
    std::optional<double> greeting_ms;
    /// Lines that got no answer within eight seconds.
    std::uint64_t unanswered = 0;
};

/// Members of a JSON object that sum up many callers.
[[nodiscard]] JsonObject summarise(const std::vector<TalkFigures>& callers);

/// A caller's talk, in turns until it is stopped: listens, says its utterance, waits for the
/// answer. It sends a packet every 20 ms, as a browser does. One owner.
///
///   listening --agent was quiet for `patience`, or 8 s without a word--> speaking
///       ^----------------------------- utterance said ----------------------+
class Talk {
public:
    /// `plan` outlives it.
    explicit Talk(const TalkPlan& plan) : plan_(plan) {}

    void start(Instant now) { started_ = now; }
    void connected(Instant now);
    void fail() { figures_.lost = true; }
    void hear(const webrtc::AudioReceived& packet, Instant now);
    /// What to send now; called every 20 ms from connected() on.
    [[nodiscard]] const Bytes& next_packet(Instant now);
    [[nodiscard]] const TalkFigures& figures() const { return figures_; }

private:
    void listen(Instant now);
    void count(const webrtc::AudioReceived& packet, Instant now);

    const TalkPlan& plan_;
    TalkFigures figures_;
    Instant started_{};
    std::optional<std::size_t> speech_index_;
    std::optional<Instant> spoken_at_;
    std::optional<Instant> last_heard_;
    Instant listening_since_{};
    bool agent_spoke_ = false;
    Instant talkspurt_began_{};
    std::uint32_t talkspurt_timestamp_ = 0;
    std::uint32_t last_timestamp_ = 0;
    Instant talkspurt_origin_{};
};

/// Of both directions.
inline constexpr milliseconds packet_duration{20};
/// RTP ticks of Opus (RFC 7587) in 20 ms.
inline constexpr std::uint32_t packet_ticks = 960;

}  // namespace studio::bench
