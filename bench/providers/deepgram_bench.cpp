// What streaming recognition costs on the media loop: n streams that all speak without a pause,
// each utterance two seconds. Against `provider_mocks`, which pays for its own work:
//
//   provider_mocks --deepgram-port 9100 &
//   deepgram_bench ws://127.0.0.1:9100 [streams, 100] [seconds, 10]

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/deepgram/deepgram_speech_to_text.hpp"
#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "runtime/asio_loop.hpp"

namespace {

using namespace studio;

constexpr std::uint32_t utterance_frames = 100;

struct Speaker final : SpeechListener {
    void on_speech(const SpeechEvent& event) override {
        partials += std::holds_alternative<PartialTranscript>(event) ? 1 : 0;
        finals += std::holds_alternative<FinalTranscript>(event) ? 1 : 0;
        failures += std::holds_alternative<SpeechFailed>(event) ? 1 : 0;
    }
    void speak(const audio::Frame& frame) {
        stream->write(utterance, frame);
        if (++frames == utterance_frames) {
            stream->finish_utterance(utterance++);
            frames = 0;
        }
    }

    std::unique_ptr<SpeechStream> stream;
    std::uint32_t utterance = 1;
    std::uint32_t frames = 0;
    int partials = 0;
    int finals = 0;
    int failures = 0;
};

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto in_seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fputs("usage: deepgram_bench ws://host:port [streams] [seconds]\n", stderr);
        return 2;
    }
    const int streams = count > 2 ? std::atoi(arguments[2]) : 100;
    const int duration_s = count > 3 ? std::atoi(arguments[3]) : 10;
    runtime::AsioLoop loop;
    adapters::DeepgramOptions options;
    options.base_url = arguments[1];
    adapters::BeastWebSocketClient sockets(loop);
    adapters::DeepgramSpeechToText provider(loop, sockets, options);
    std::vector<std::unique_ptr<Speaker>> speakers;
    for (int index = 0; index < streams; ++index) {
        speakers.push_back(std::make_unique<Speaker>());
        speakers.back()->stream = provider.open({}, *speakers.back());
    }
    audio::Frame frame;
    for (std::size_t index = 0; index < frame.samples.size(); ++index) {
        frame.samples[index] = index % 32 < 16 ? 3'000 : -3'000;
    }
    std::unique_ptr<runtime::Timer> timer;
    Instant next = loop.now();
    int ticks = 0;
    const double before = cpu_seconds();
    const std::function<void()> tick = [&] {
        for (const auto& speaker : speakers) {
            speaker->speak(frame);
        }
        if (++ticks == duration_s * 50) {
            loop.stop();
            return;
        }
        next += audio::frame_duration;
        timer = loop.start_timer(next, tick);
    };
    timer = loop.start_timer(next, tick);
    loop.run();
    const double used = cpu_seconds() - before;
    int partials = 0;
    int finals = 0;
    int failures = 0;
    for (const auto& speaker : speakers) {
        partials += speaker->partials;
        finals += speaker->finals;
        failures += speaker->failures;
    }
    std::printf(
        "%d streams, %d s of speech each: %.3f CPU seconds, %.3f %% of a core per stream, "
        "%d partials, %d finals, %d failures\n",
        streams, duration_s, used, 100.0 * used / duration_s / streams, partials, finals, failures);
    return failures == 0 ? 0 : 1;
}
