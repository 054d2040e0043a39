/// bench_callers: many synthetic callers in one process, for ./dev bench calls. Prints one JSON
/// object.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

#include "adapters/curl/curl_http_client.hpp"
#include "audio/opus_codec.hpp"
#include "audio/wav.hpp"
#include "base/json.hpp"
#include "bench_caller.hpp"

namespace studio::bench {
namespace {

struct Options {
    std::string server;
    std::string key;
    std::string agent;
    std::string wav;
    unsigned calls = 1;
    double starts_per_second = 20;
    unsigned warm_up_s = 5;
    unsigned measure_s = 20;
};

Bytes encode(audio::OpusEncoder& encoder, const audio::Frame& frame) {
    Bytes packet(audio::opus_packet_bytes_max);
    packet.resize(encoder.encode(frame, packet).size());
    return packet;
}

/// Fills the plan's packets from a WAV file; false where the file cannot be read.
bool load_speech(const std::string& path, BenchPlan& plan) {
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

JsonObject summarise(const std::vector<std::unique_ptr<BenchCaller>>& callers) {
    std::uint64_t connected = 0;
    std::uint64_t lost = 0;
    std::uint64_t packets = 0;
    std::uint64_t late = 0;
    std::uint64_t unanswered = 0;
    JsonArray answers;
    JsonArray greetings;
    for (const auto& caller : callers) {
        const BenchFigures& figures = caller->figures();
        connected += figures.connected ? 1U : 0U;
        lost += figures.lost ? 1U : 0U;
        packets += figures.packets_received;
        late += figures.packets_late;
        unanswered += figures.unanswered;
        for (const double value : figures.mouth_to_ear_ms) {
            answers.push_back(value);
        }
        if (figures.greeting_ms) {
            greetings.push_back(*figures.greeting_ms);
        }
    }
    return {{"calls", callers.size()},     {"connected", connected},  {"lost", lost},
            {"packets_received", packets}, {"packets_late", late},    {"unanswered", unanswered},
            {"mouth_to_ear_ms", answers},  {"greeting_ms", greetings}};
}

int run(const Options& options) {
    runtime::AsioLoop loop({.name = "callers"});
    adapters::CurlHttpClient http(loop);
    BenchPlan plan;
    plan.server = options.server;
    plan.api_key = options.key;
    plan.agent = options.agent;
    plan.identity = webrtc::make_identity();
    if (!load_speech(options.wav, plan)) {
        std::cerr << "error: --wav must name a WAV file with speech\n";
        return 2;
    }
    std::vector<std::unique_ptr<BenchCaller>> callers;
    std::vector<std::unique_ptr<runtime::Timer>> timers;
    const Instant start = loop.now();
    const auto ramp =
        nanoseconds(static_cast<std::int64_t>(1e9 * options.calls / options.starts_per_second));
    plan.measure_from = start + ramp + seconds(options.warm_up_s);
    const Instant end = plan.measure_from + seconds(options.measure_s);
    for (unsigned index = 0; index < options.calls; ++index) {
        callers.push_back(std::make_unique<BenchCaller>(loop, http, plan));
        timers.push_back(loop.start_timer(start + ramp * index / options.calls,
                                          [caller = callers.back().get()] { caller->start(); }));
    }
    timers.push_back(loop.start_timer(plan.measure_from, [] {
        std::cout << "measuring\n" << std::flush;
    }));
    timers.push_back(loop.start_timer(end, [&] {
        std::cout << serialize_json(summarise(callers)) << std::endl;
        for (const auto& caller : callers) {
            caller->stop();
        }
        loop.stop();
    }));
    loop.run();
    return 0;
}

}  // namespace
}  // namespace studio::bench

int main(int count, char** values) {
    studio::bench::Options options;
    CLI::App app("Many synthetic callers in one process");
    app.add_option("--server", options.server)->required();
    app.add_option("--key", options.key)->required();
    app.add_option("--agent", options.agent)->required();
    app.add_option("--wav", options.wav, "what each caller says")->required();
    app.add_option("--calls", options.calls);
    app.add_option("--starts-per-second", options.starts_per_second);
    app.add_option("--warm-up", options.warm_up_s, "seconds before measuring");
    app.add_option("--measure", options.measure_s, "seconds of measuring");
    CLI11_PARSE(app, count, values);
    return studio::bench::run(options);
}
