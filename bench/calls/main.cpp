/// bench_callers: many synthetic callers in one process, for ./dev bench calls. Prints one JSON
/// object.

#include <CLI/CLI.hpp>
#include <iostream>

#include "adapters/curl/curl_http_client.hpp"
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

int run(const Options& options) {
    runtime::AsioLoop loop({.name = "callers"});
    adapters::CurlHttpClient http(loop);
    BenchPlan plan;
    plan.server = options.server;
    plan.api_key = options.key;
    plan.agent = options.agent;
    plan.identity = webrtc::make_identity();
    if (!load_speech(options.wav, plan.talk)) {
        std::cerr << "error: --wav must name a WAV file with speech\n";
        return 2;
    }
    std::vector<std::unique_ptr<BenchCaller>> callers;
    std::vector<std::unique_ptr<runtime::Timer>> timers;
    const Instant start = loop.now();
    const auto ramp =
        nanoseconds(static_cast<std::int64_t>(1e9 * options.calls / options.starts_per_second));
    plan.talk.measure_from = start + ramp + seconds(options.warm_up_s);
    const Instant end = plan.talk.measure_from + seconds(options.measure_s);
    for (unsigned index = 0; index < options.calls; ++index) {
        callers.push_back(std::make_unique<BenchCaller>(loop, http, plan));
        timers.push_back(loop.start_timer(start + ramp * index / options.calls,
                                          [caller = callers.back().get()] { caller->start(); }));
    }
    timers.push_back(loop.start_timer(plan.talk.measure_from, [] {
        std::cout << "measuring\n" << std::flush;
    }));
    timers.push_back(loop.start_timer(end, [&] {
        std::vector<TalkFigures> figures;
        for (const auto& caller : callers) {
            figures.push_back(caller->figures());
        }
        std::cout << serialize_json(summarise(figures)) << std::endl;
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
