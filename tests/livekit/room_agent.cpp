// The agent's side of a room as a program, for clients of others
// (tests/livekit/client_test.py, browser_test.py): speaks a tone of 700 Hz for 2 s in every 5 s,
// and tells on standard output, as one JSON object a line, what it hears of 400 Hz and which keys
// were pressed. Each key is answered by the same key, a transcript and the state `thinking`.
//
//     room_agent ROOM TOKEN        with STUDIO_TEST_LIVEKIT_URL
#include <cmath>
#include <cstdio>
#include <memory>
#include <numbers>
#include <optional>
#include <string>

#include "adapters/livekit/livekit_rooms.hpp"
#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "runtime/task_scope.hpp"
#include "support/servers/servers.hpp"

namespace studio::adapters {
namespace {

class Agent final : public CallMediaListener {
public:
    explicit Agent(runtime::AsioLoop& loop) : loop_(loop) {}

    void hold(std::unique_ptr<CallMedia> media) {
        media_ = std::move(media);
        media_->start(*this);
    }

    void on_media_event(const MediaEvent& event) override {
        if (std::holds_alternative<MediaConnected>(event)) {
            media_->room()->show_agent_state(MediaAgentState::listening);
            tell({{"event", "connected"}});
        } else if (const auto* digit = std::get_if<MediaDigit>(&event)) {
            tell({{"event", "digit"}, {"digit", std::string(1, digit->digit)}});
            media_->room()->send_digit(digit->digit);
            media_->room()->show_transcript({.segment_id = "SG_1",
                                             .is_agent = true,
                                             .text = std::string("You pressed ") + digit->digit});
            media_->room()->show_agent_state(MediaAgentState::thinking);
        } else if (const auto* closed = std::get_if<MediaClosed>(&event)) {
            tell({{"event", "closed"}, {"reason", static_cast<int>(closed->reason)}});
            loop_.stop();
        }
    }

    void on_media_participant(const MediaParticipant& participant) override {
        tell({{"event", "participant"},
              {"identity", participant.identity},
              {"is_phone", participant.phone.has_value()}});
    }

    bool on_media_frame(const InboundFrame& inbound, audio::Frame& outbound,
                        Instant /*now*/) override {
        if (inbound.origin == FrameOrigin::received && is_tone(inbound.frame) &&
            ++tone_frames_ == 25) {
            tell({{"event", "heard"}});
        }
        if (++frames_ % 250 > 100) {
            return false;
        }
        for (std::int16_t& sample : outbound.samples) {
            phase_ += 2.0 * std::numbers::pi * 700.0 / audio::sample_rate_hz;
            sample = static_cast<std::int16_t>(9'000.0 * std::sin(phase_));
        }
        return true;
    }

    static void tell(const JsonObject& line) {
        std::puts(serialize_json(line).c_str());
        std::fflush(stdout);
    }

private:
    /// Whether most of the frame's power lies at 400 Hz (Goertzel).
    static bool is_tone(const audio::Frame& frame) {
        double real = 0.0;
        double imaginary = 0.0;
        double power = 1.0;
        for (std::size_t index = 0; index < frame.samples.size(); ++index) {
            const double angle =
                2.0 * std::numbers::pi * 400.0 * static_cast<double>(index) / audio::sample_rate_hz;
            const double sample = frame.samples[index];
            real += sample * std::cos(angle);
            imaginary += sample * std::sin(angle);
            power += sample * sample;
        }
        const auto count = static_cast<double>(frame.samples.size());
        return 2.0 * (real * real + imaginary * imaginary) / (count * power) > 0.8;
    }

    runtime::AsioLoop& loop_;
    std::unique_ptr<CallMedia> media_;
    int tone_frames_ = 0;
    int frames_ = 0;
    double phase_ = 0.0;
};

Task<> enter(LivekitRooms& rooms, RoomJoin request, Agent& agent, runtime::AsioLoop& loop) {
    auto joined = co_await rooms.join(std::move(request));
    if (joined) {
        agent.hold(std::move(*joined));
    } else {
        Agent::tell({{"event", "refused"}, {"error", static_cast<int>(joined.error())}});
        loop.stop();
    }
}

}  // namespace
}  // namespace studio::adapters

int main(int count, char** arguments) {
    using namespace studio;
    if (count != 3) {
        std::fputs("usage: room_agent ROOM TOKEN\n", stderr);
        return 2;
    }
    runtime::AsioLoop loop({.name = "agent"});
    SystemEntropy entropy;
    adapters::BeastWebSocketClient sockets(loop);
    adapters::LivekitOptions options;
    options.url = testing::server_address("STUDIO_TEST_LIVEKIT_URL");
    options.webrtc.bind_address = "127.0.0.1";
    adapters::LivekitRooms rooms(options, {loop, sockets, entropy}, webrtc::make_identity(),
                                 [](const RoomJoin& join) { return join.token; });
    RoomJoin request;
    request.room_name = arguments[1];
    request.token = Secret<std::string>(arguments[2]);
    adapters::Agent agent(loop);
    runtime::TaskScope scope(loop);
    scope.spawn(adapters::enter(rooms, request, agent, loop));
    loop.run();
    return 0;
}
