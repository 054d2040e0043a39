// What the audio code costs for each 20 ms of one call:
//   nice taskset -c 0 build/release/bench/audio/audio_bench
// The voice is synthetic (gliding harmonics, syllables, noise), so that nothing needs to be read.

#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "audio/opus_codec.hpp"
#include "audio/resampler.hpp"
#include "audio/voice_detector.hpp"
#include "audio/voice_receiver.hpp"

namespace {

using namespace studio;
using namespace studio::audio;

std::vector<Frame> make_voice(std::size_t count) {
    std::mt19937 random(1);
    std::normal_distribution<double> noise(0.0, 60.0);
    std::vector<Frame> frames(count);
    double phase = 0.0;
    for (std::size_t index = 0; index < count * frame_samples; ++index) {
        const double time = static_cast<double>(index) / sample_rate_hz;
        const double pitch = 160.0 + 40.0 * std::sin(2 * std::numbers::pi * 0.7 * time);
        phase += 2 * std::numbers::pi * pitch / sample_rate_hz;
        double sum = 0.0;
        for (int harmonic = 1; harmonic <= 24; ++harmonic) {
            sum += std::sin(harmonic * phase) / harmonic;
        }
        const double syllable = std::max(0.0, std::sin(2 * std::numbers::pi * 3.5 * time) + 0.6);
        frames[index / frame_samples].samples[index % frame_samples] =
            static_cast<std::int16_t>(3'000.0 * syllable * sum + noise(random));
    }
    return frames;
}

const std::vector<Frame>& voice() {
    static const std::vector<Frame> frames = make_voice(500);
    return frames;
}

std::vector<Bytes> encode_voice() {
    OpusEncoder encoder(OpusEncoderOptions{});
    std::array<std::uint8_t, opus_packet_bytes_max> bytes{};
    std::vector<Bytes> packets;
    for (const Frame& frame : voice()) {
        const ByteView packet = encoder.encode(frame, bytes);
        packets.emplace_back(packet.begin(), packet.end());
    }
    return packets;
}

void opus_encode_frame(benchmark::State& state) {
    OpusEncoder encoder({.complexity = static_cast<int>(state.range(0))});
    std::array<std::uint8_t, opus_packet_bytes_max> bytes{};
    std::size_t number = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(encoder.encode(voice()[number++ % voice().size()], bytes));
    }
}
BENCHMARK(opus_encode_frame)->DenseRange(0, 10)->Unit(benchmark::kMicrosecond);

void opus_decode_frame(benchmark::State& state) {
    const std::vector<Bytes> packets = encode_voice();
    OpusDecoder decoder;
    std::array<std::int16_t, opus_packet_samples_max> samples{};
    std::size_t number = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(decoder.decode(packets[number++ % packets.size()], samples));
    }
}
BENCHMARK(opus_decode_frame)->Unit(benchmark::kMicrosecond);

/// Jitter buffer, decoding and framing together.
void receive_frame(benchmark::State& state) {
    const std::vector<Bytes> packets = encode_voice();
    VoiceReceiver receiver(VoiceCodec::opus);
    std::uint32_t number = 0;
    for (auto _ : state) {
        const Instant now(milliseconds(20) * number);
        receiver.push({.sequence = static_cast<std::uint16_t>(number),
                       .timestamp = number * 960U,
                       .payload = packets[number % packets.size()],
                       .arrival = now});
        benchmark::DoNotOptimize(receiver.pop(now));
        ++number;
    }
}
BENCHMARK(receive_frame)->Unit(benchmark::kMicrosecond);

void detect_voice_frame(benchmark::State& state) {
    VoiceDetector detector;
    std::size_t number = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(detector.process(voice()[number++ % voice().size()]));
    }
}
BENCHMARK(detect_voice_frame)->Unit(benchmark::kMicrosecond);

void resample_frame(benchmark::State& state) {
    Resampler resampler(
        {.source_rate_hz = sample_rate_hz, .target_rate_hz = static_cast<int>(state.range(0))});
    std::vector<std::int16_t> target(resampler.target_samples_max(frame_samples));
    std::size_t number = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            resampler.process(voice()[number++ % voice().size()].samples, target));
    }
}
BENCHMARK(resample_frame)->Arg(8'000)->Arg(24'000)->Arg(48'000)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
