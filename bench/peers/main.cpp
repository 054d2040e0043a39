/// room_callers: many synthetic callers of LiveKit rooms in one process, for ./dev bench peers.
/// Prints one JSON object.

#include <CLI/CLI.hpp>
#include <iostream>

#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "base/json.hpp"
#include "protocol/jwt/livekit_token.hpp"
#include "room_caller.hpp"

namespace studio::bench {
namespace {

constexpr seconds token_lifetime{3'600};
constexpr milliseconds goodbye{1'000};

struct Options {
    std::string url;
    std::string key;
    std::string secret;
    std::string agent;
    std::string metadata;
    std::string wav;
    unsigned calls = 1;
    double starts_per_second = 20;
    bool burst = false;
    std::size_t audible_bytes = 20;
    unsigned warm_up_s = 5;
    unsigned measure_s = 20;
};

/// The right to enter a new room, to which LiveKit calls the agent of that name.
Secret<std::string> make_token(const Options& options, const std::string& room, WallTime now) {
    jwt::LivekitClaims claims;
    claims.identity = "caller";
    jwt::VideoGrant grant;
    grant.room_join = true;
    grant.room = room;
    claims.video = grant;
    claims.room_config = JsonObject{
        {"agents",
         JsonArray{JsonObject{{"agentName", options.agent}, {"metadata", options.metadata}}}}};
    return jwt::make_livekit_token({options.key, Secret<std::string>(options.secret)}, claims, now,
                                   token_lifetime);
}

void print(const std::vector<std::unique_ptr<RoomCaller>>& callers) {
    std::vector<TalkFigures> figures;
    JsonArray connected;
    JsonArray agent;
    for (const auto& caller : callers) {
        figures.push_back(caller->figures());
        if (caller->times().connected_ms) {
            connected.push_back(*caller->times().connected_ms);
        }
        if (caller->times().agent_ms) {
            agent.push_back(*caller->times().agent_ms);
        }
    }
    JsonObject summary = summarise(figures);
    summary["connected_ms"] = connected;
    summary["agent_ms"] = agent;
    std::cout << serialize_json(summary) << std::endl;
}

int run(const Options& options) {
    runtime::AsioLoop loop({.name = "callers"});
    adapters::BeastWebSocketClient sockets(loop);
    RoomPlan plan{.loop = loop, .sockets = sockets, .url = options.url};
    plan.talk.audible_bytes_min = options.audible_bytes;
    if (!load_speech(options.wav, plan.talk)) {
        std::cerr << "error: --wav must name a WAV file with speech\n";
        return 2;
    }
    SystemEntropy entropy;
    const std::string run_name = entropy.text(8);
    const auto ramp = nanoseconds(
        options.burst ? 0
                      : static_cast<std::int64_t>(1e9 * options.calls / options.starts_per_second));
    std::vector<std::unique_ptr<RoomCaller>> callers;
    for (unsigned index = 0; index < options.calls; ++index) {
        const std::string room = "bench-" + run_name + '-' + std::to_string(index);
        callers.push_back(
            std::make_unique<RoomCaller>(plan, make_token(options, room, loop.wall_now())));
    }
    const Instant start = loop.now();
    plan.talk.measure_from = start + ramp + seconds(options.warm_up_s);
    std::vector<std::unique_ptr<runtime::Timer>> timers;
    for (unsigned index = 0; index < options.calls; ++index) {
        timers.push_back(loop.start_timer(start + ramp * index / options.calls,
                                          [caller = callers[index].get()] { caller->start(); }));
    }
    timers.push_back(loop.start_timer(plan.talk.measure_from, [] {
        std::cout << "measuring\n" << std::flush;
    }));
    const Instant end = plan.talk.measure_from + seconds(options.measure_s);
    timers.push_back(loop.start_timer(end, [&] {
        print(callers);
        for (const auto& caller : callers) {
            caller->stop();
        }
    }));
    timers.push_back(loop.start_timer(end + goodbye, [&] { loop.stop(); }));
    loop.run();
    return 0;
}

}  // namespace
}  // namespace studio::bench

int main(int count, char** values) {
    studio::bench::Options options;
    CLI::App app("Many synthetic callers of LiveKit rooms in one process");
    app.add_option("--url", options.url, "the LiveKit server, ws://")->required();
    app.add_option("--api-key", options.key)->required();
    app.add_option("--api-secret", options.secret)->envname("LIVEKIT_API_SECRET")->required();
    app.add_option("--agent-name", options.agent, "what the worker registered under")->required();
    app.add_option("--metadata", options.metadata, "of the dispatch");
    app.add_option("--wav", options.wav, "what each caller says")->required();
    app.add_option("--calls", options.calls);
    app.add_option("--starts-per-second", options.starts_per_second);
    app.add_flag("--burst", options.burst, "all start at once");
    app.add_option("--audible-bytes", options.audible_bytes,
                   "smaller packets of the agent are silence");
    app.add_option("--warm-up", options.warm_up_s, "seconds before measuring");
    app.add_option("--measure", options.measure_s, "seconds of measuring");
    CLI11_PARSE(app, count, values);
    return studio::bench::run(options);
}
