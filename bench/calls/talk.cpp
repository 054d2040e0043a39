#include "talk.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "audio/opus_codec.hpp"
#include "audio/wav.hpp"

namespace studio::bench {
namespace {

constexpr milliseconds late{10};
constexpr milliseconds talkspurt_gap{200};
constexpr milliseconds give_up{8'000};
constexpr std::int64_t nanoseconds_per_tick_times_6 = 125'000;  // 1 s / 48000 = 20833.3 ns.

double to_ms(nanoseconds duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// Signed, so that it is right across the wrap of the timestamp.
nanoseconds rtp_difference(std::uint32_t timestamp, std::uint32_t base) {
    const auto ticks = static_cast<std::int32_t>(timestamp - base);
    return nanoseconds(std::int64_t{ticks} * nanoseconds_per_tick_times_6 / 6);
}

Bytes encode(audio::OpusEncoder& encoder, const audio::Frame& frame) {
    Bytes packet(audio::opus_packet_bytes_max);
    packet.resize(encoder.encode(frame, packet).size());
    return packet;
}

}  // namespace

bool load_speech(const std::string& path, TalkPlan& plan) {
    std::ifstream file(path, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(file), {}};
    const auto recording = audio::parse_wav(bytes);
    if (!recording) {
        return false;
    }
    const auto voice = audio::to_voice(*recording);
    audio::OpusEncoder encoder({});
    plan.silence = encode(encoder, audio::Frame{});
    for (std::size_t start = 0; start + audio::frame_samples <= voice.size();
         start += audio::frame_samples) {
        audio::Frame frame;
        std::copy_n(voice.begin() + static_cast<std::ptrdiff_t>(start), audio::frame_samples,
                    frame.samples.begin());
        plan.speech.push_back(encode(encoder, frame));
    }
    return !plan.speech.empty();
}

JsonObject summarise(const std::vector<TalkFigures>& callers) {
    std::uint64_t connected = 0;
    TalkFigures total;
    std::uint64_t lost = 0;
    JsonArray answers;
    JsonArray greetings;
    for (const TalkFigures& figures : callers) {
        connected += figures.connected ? 1U : 0U;
        lost += figures.lost ? 1U : 0U;
        total.packets_received += figures.packets_received;
        total.packets_late += figures.packets_late;
        total.packets_missing += figures.packets_missing;
        total.unanswered += figures.unanswered;
        for (const double value : figures.mouth_to_ear_ms) {
            answers.push_back(value);
        }
        if (figures.greeting_ms) {
            greetings.push_back(*figures.greeting_ms);
        }
    }
    return {{"calls", callers.size()},
            {"connected", connected},
            {"lost", lost},
            {"packets_received", total.packets_received},
            {"packets_late", total.packets_late},
            {"packets_missing", total.packets_missing},
            {"unanswered", total.unanswered},
            {"mouth_to_ear_ms", answers},
            {"greeting_ms", greetings}};
}

void Talk::connected(Instant now) {
    figures_.connected = true;
    listening_since_ = now;
}

void Talk::hear(const webrtc::AudioReceived& packet, Instant now) {
    if (packet.payload.size() < plan_.audible_bytes_min) {
        return;
    }
    if (!figures_.greeting_ms) {
        figures_.greeting_ms = to_ms(now - started_);
    }
    const bool is_new_talkspurt = !last_heard_ || now - *last_heard_ > talkspurt_gap;
    if (is_new_talkspurt) {
        talkspurt_began_ = now;
        talkspurt_timestamp_ = packet.timestamp;
        talkspurt_origin_ = now;
        last_timestamp_ = packet.timestamp - packet_ticks;
    }
    if (now >= plan_.measure_from) {
        count(packet, now);
    }
    last_timestamp_ = packet.timestamp;
    last_heard_ = now;
    agent_spoke_ = true;
    // What went on from before our last word is no answer to it.
    if (spoken_at_ && talkspurt_began_ >= *spoken_at_) {
        if (now >= plan_.measure_from) {
            figures_.mouth_to_ear_ms.push_back(to_ms(now - *spoken_at_));
        }
        spoken_at_.reset();
    }
}

void Talk::count(const webrtc::AudioReceived& packet, Instant now) {
    const Instant origin = now - rtp_difference(packet.timestamp, talkspurt_timestamp_);
    talkspurt_origin_ = std::min(talkspurt_origin_, origin);
    ++figures_.packets_received;
    figures_.packets_late += origin - talkspurt_origin_ > late ? 1U : 0U;
    const auto step = static_cast<std::int32_t>(packet.timestamp - last_timestamp_);
    if (step > static_cast<std::int32_t>(packet_ticks)) {
        figures_.packets_missing += static_cast<std::uint32_t>(step) / packet_ticks - 1U;
    }
}

const Bytes& Talk::next_packet(Instant now) {
    if (!speech_index_) {
        listen(now);
    }
    if (!speech_index_) {
        return plan_.silence;
    }
    const Bytes& packet = plan_.speech[*speech_index_];
    if (++*speech_index_ == plan_.speech.size()) {
        speech_index_.reset();
        spoken_at_ = listening_since_ = now;
        agent_spoke_ = false;
    }
    return packet;
}

void Talk::listen(Instant now) {
    const Instant quiet_since = std::max(listening_since_, last_heard_.value_or(listening_since_));
    if (agent_spoke_ && now - quiet_since >= plan_.patience) {
        speech_index_ = 0;
        return;
    }
    if (!agent_spoke_ && now - quiet_since >= give_up) {
        figures_.unanswered += spoken_at_ && now >= plan_.measure_from ? 1U : 0U;
        spoken_at_.reset();
        speech_index_ = 0;
    }
}

}  // namespace studio::bench
