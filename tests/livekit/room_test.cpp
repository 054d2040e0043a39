// Our agent and our caller in rooms of a real LiveKit server: audio and keys both ways,
// transcripts, every way in which a call ends, and signalling that is cut in the middle of a call.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "adapters/livekit/livekit_caller.hpp"
#include "adapters/livekit/livekit_rooms.hpp"
#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "livekit/tcp_relay.hpp"
#include "protocol/jwt/livekit_token.hpp"
#include "runtime/task_scope.hpp"
#include "support/servers/servers.hpp"

namespace studio::adapters {
namespace {

/// Speaks a tone and listens for another: the power at a frequency by the Goertzel algorithm.
class Party final : public CallMediaListener {
public:
    Party(double speaks_hz, double hears_hz) : speaks_hz_(speaks_hz), hears_hz_(hears_hz) {}

    void on_media_event(const MediaEvent& event) override {
        EXPECT_FALSE(closed_) << "nothing comes after MediaClosed";
        if (std::holds_alternative<MediaConnected>(event)) {
            EXPECT_FALSE(connected_) << "once";
            connected_ = true;
        } else if (const auto* message = std::get_if<MediaMessage>(&event)) {
            messages_.push_back(message->text);
        } else if (const auto* digit = std::get_if<MediaDigit>(&event)) {
            digits_ += digit->digit;
        } else if (const auto* closed = std::get_if<MediaClosed>(&event)) {
            closed_ = closed->reason;
        }
    }

    void on_media_participant(const MediaParticipant& participant) override {
        participant_ = participant;
    }

    bool on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) override {
        EXPECT_TRUE(connected_);
        EXPECT_FALSE(closed_) << "no frame comes after MediaClosed";
        if (frame_at_) {
            gap_max_ = std::max(gap_max_, now - *frame_at_);
        }
        frame_at_ = now;
        if (inbound.origin == FrameOrigin::received && share(inbound.frame) > 0.8) {
            ++tone_frames_;
        }
        for (std::int16_t& sample : outbound.samples) {
            phase_ += 2.0 * std::numbers::pi * speaks_hz_ / audio::sample_rate_hz;
            sample = static_cast<std::int16_t>(9'000.0 * std::sin(phase_));
        }
        return true;
    }

    bool connected_ = false;
    std::vector<std::string> messages_;
    std::string digits_;
    std::optional<MediaParticipant> participant_;
    std::optional<MediaCloseReason> closed_;
    int tone_frames_ = 0;
    std::optional<Instant> frame_at_;
    nanoseconds gap_max_{0};

private:
    /// How much of the frame's power lies at the expected tone, 0..1.
    [[nodiscard]] double share(const audio::Frame& frame) const {
        double real = 0.0;
        double imaginary = 0.0;
        double power = 1.0;
        for (std::size_t index = 0; index < frame.samples.size(); ++index) {
            const double angle = 2.0 * std::numbers::pi * hears_hz_ * static_cast<double>(index) /
                                 audio::sample_rate_hz;
            const double sample = frame.samples[index];
            real += sample * std::cos(angle);
            imaginary += sample * std::sin(angle);
            power += sample * sample;
        }
        const auto count = static_cast<double>(frame.samples.size());
        return 2.0 * (real * real + imaginary * imaginary) / (count * power);
    }

    double speaks_hz_;
    double hears_hz_;
    double phase_ = 0.0;
};

using Joined = Result<std::unique_ptr<CallMedia>, RoomError>;

class Rooms : public ::testing::Test {
protected:
    Rooms() : url_(testing_url()), room_(entropy_.text(12)) {}

    static std::string testing_url() {
        return studio::testing::server_address("STUDIO_TEST_LIVEKIT_URL");
    }

    Secret<std::string> token(const std::string& identity, const std::string& kind) {
        jwt::LivekitClaims claims;
        claims.identity = identity;
        claims.kind = kind;
        claims.video = jwt::VideoGrant{.room_join = true,
                                       .room = room_,
                                       .can_publish = true,
                                       .can_subscribe = true,
                                       .can_publish_data = true,
                                       .can_update_own_metadata = true,
                                       .agent = kind == "agent"};
        return jwt::make_livekit_token(
            {studio::testing::server_address("STUDIO_TEST_LIVEKIT_KEY"),
             Secret<std::string>(studio::testing::server_address("STUDIO_TEST_LIVEKIT_SECRET"))},
            claims, loop_.wall_now(), seconds(600));
    }

    LivekitOptions options(const std::string& url) {
        LivekitOptions options;
        options.url = url;
        options.webrtc.bind_address = "127.0.0.1";
        return options;
    }

    std::unique_ptr<LivekitRooms> make_rooms(const std::string& url) {
        return std::make_unique<LivekitRooms>(
            options(url), LivekitRooms::Parts{loop_, sockets_, entropy_}, identity_,
            [this](const RoomJoin& join) { return token(join.identity, "agent"); });
    }

    static Task<> join_into(LivekitRooms& rooms, RoomJoin request, std::optional<Joined>& target) {
        target.emplace(co_await rooms.join(std::move(request)));
    }

    std::optional<Joined> join(LivekitRooms& rooms, bool phone_only = false) {
        std::optional<Joined> joined;
        RoomJoin request;
        request.room_name = room_;
        request.identity = "agent-1";
        request.phone_only = phone_only;
        request.may_return = [this] { return may_return_; };
        scope_.spawn(join_into(rooms, request, joined));
        EXPECT_TRUE(run_until([&] { return joined.has_value(); }));
        return joined;
    }

    std::unique_ptr<LivekitCaller> make_caller(const std::string& url, bool is_phone = false) {
        return std::make_unique<LivekitCaller>(
            LivekitCallerOptions{.livekit = options(url),
                                 .token = token("person", "standard"),
                                 .heard_identity = "",
                                 .is_phone = is_phone},
            LivekitCaller::Parts{loop_, sockets_, entropy_}, identity_);
    }

    /// Agent and person in one room, hearing each other.
    void call(const std::string& agent_url, bool phone = false) {
        rooms_ = make_rooms(agent_url);
        auto joined = join(*rooms_, phone);
        ASSERT_TRUE(joined && *joined);
        media_ = std::move(**joined);
        media_->start(agent_);
        caller_ = make_caller(url_, phone);
        caller_->start(person_);
        ASSERT_TRUE(run_until([&] {
            return agent_.tone_frames_ > 25 && person_.tone_frames_ > 25;
        })) << agent_.tone_frames_
            << ' ' << person_.tone_frames_;
    }

    /// Runs the loop until `condition`; whether it came true within `limit`.
    template <class Condition>
    bool run_until(Condition condition, milliseconds limit = seconds(20)) {
        const Instant deadline = loop_.now() + limit;
        bool met = false;
        std::function<void()> check = [&] {
            met = condition();
            if (met || loop_.now() >= deadline) {
                loop_.stop();
            } else {
                timer_->restart(loop_.now() + milliseconds(2));
            }
        };
        timer_ = loop_.start_timer(loop_.now(), check);
        loop_.run();
        timer_.reset();
        return met;
    }

    runtime::AsioLoop loop_{runtime::AsioLoopOptions{.name = "rooms"}};
    SystemEntropy entropy_;
    std::string url_;
    std::string room_;
    std::shared_ptr<const webrtc::Identity> identity_ = webrtc::make_identity();
    BeastWebSocketClient sockets_{loop_};
    bool may_return_ = true;
    Party agent_{700.0, 400.0};
    Party person_{400.0, 700.0};
    std::unique_ptr<runtime::Timer> timer_;
    std::unique_ptr<LivekitRooms> rooms_;
    std::unique_ptr<CallMedia> media_;
    std::unique_ptr<LivekitCaller> caller_;
    runtime::TaskScope scope_{loop_};
};

TEST_F(Rooms, AudioKeysAndMessagesGoBothWays) {
    call(url_);
    ASSERT_TRUE(agent_.participant_);
    EXPECT_EQ(agent_.participant_->identity, "person");
    EXPECT_FALSE(agent_.participant_->phone);
    media_->room()->send_digit('5');
    caller_->send_digit('#');
    caller_->send_message("{\"type\":\"hello\"}");
    EXPECT_TRUE(run_until([&] {
        return person_.digits_ == "5" && agent_.digits_ == "#" && agent_.messages_.size() == 1;
    })) << person_.digits_
        << agent_.digits_;
    EXPECT_LT(media_->stats().packets_lost, 5U);
}

TEST_F(Rooms, APhoneIsSpokenToInG711) {
    call(url_, true);
    EXPECT_GT(media_->stats().packets_sent, 20U);
}

TEST_F(Rooms, FrontEndsAreShownStateAndTranscripts) {
    call(url_);
    std::vector<livekit::ReceivedText> texts;
    caller_->set_on_text([&](const livekit::ReceivedText& text) { texts.push_back(text); });
    media_->room()->show_agent_state(MediaAgentState::speaking);
    media_->room()->show_transcript({.segment_id = "SG_1", .is_agent = true, .text = "Good day."});
    media_->room()->show_transcript(
        {.segment_id = "SG_2", .is_agent = false, .text = "Hel", .is_final = false});
    EXPECT_TRUE(run_until([&] {
        return texts.size() == 2 && person_.participant_ &&
               person_.participant_->agent_state == MediaAgentState::speaking;
    })) << texts.size();
    ASSERT_EQ(texts.size(), 2U);
    EXPECT_EQ(texts[0].topic, "lk.transcription");
    EXPECT_EQ(texts[0].text, "Good day.");
    EXPECT_EQ(texts[0].sender_identity, "agent-1");
    EXPECT_EQ(texts[0].attributes["lk.segment_id"], "SG_1");
    EXPECT_EQ(texts[1].sender_identity, "person");
    EXPECT_EQ(texts[1].attributes["lk.transcription_final"], "false");
}

TEST_F(Rooms, TheCallersGoodbyeEndsTheCall) {
    call(url_);
    caller_->close();
    EXPECT_TRUE(run_until([&] { return person_.closed_ && agent_.closed_; }));
    EXPECT_EQ(person_.closed_, MediaCloseReason::local);
    EXPECT_EQ(agent_.closed_, MediaCloseReason::remote);
}

TEST_F(Rooms, TheAgentsGoodbyeIsItsOwn) {
    call(url_);
    media_->close();
    EXPECT_TRUE(run_until([&] { return agent_.closed_.has_value(); }));
    EXPECT_EQ(agent_.closed_, MediaCloseReason::local);
    EXPECT_FALSE(person_.closed_) << "another agent may come";
}

TEST_F(Rooms, ASecondAgentUnderTheIdentityTakesTheCallOver) {
    call(url_);
    auto others = make_rooms(url_);
    auto joined = join(*others);
    ASSERT_TRUE(joined && *joined);
    Party second(700.0, 400.0);
    (**joined)->start(second);
    const int heard = person_.tone_frames_;
    EXPECT_TRUE(run_until([&] {
        return agent_.closed_ && second.tone_frames_ > 25 && person_.tone_frames_ > heard + 50;
    }));
    EXPECT_EQ(agent_.closed_, MediaCloseReason::replaced);
    EXPECT_FALSE(second.closed_);
    EXPECT_FALSE(person_.closed_);
    joined.reset();
}

TEST_F(Rooms, SignallingThatIsCutLeavesTheCallAlone) {
    test::TcpRelay relay(loop_, url_);
    call(relay.url());
    relay.cut();
    const int heard = agent_.tone_frames_;
    EXPECT_TRUE(run_until([&] { return agent_.tone_frames_ > heard + 100; }));
    EXPECT_GE(relay.connections(), 2) << "it was resumed";
    EXPECT_LT(agent_.gap_max_, milliseconds(1'000));
    // The signalling works again: the state arrives.
    media_->room()->show_agent_state(MediaAgentState::thinking);
    EXPECT_TRUE(run_until([&] {
        return person_.participant_ &&
               person_.participant_->agent_state == MediaAgentState::thinking;
    }));
    EXPECT_FALSE(agent_.closed_);
    const int later = agent_.tone_frames_;
    EXPECT_TRUE(run_until([&] { return agent_.tone_frames_ > later + 100; }));
}

TEST_F(Rooms, WithoutSignallingForSecondsTheCallGoesOn) {
    test::TcpRelay relay(loop_, url_);
    call(relay.url());
    relay.refuse(true);
    relay.cut();
    const int heard = agent_.tone_frames_;
    EXPECT_TRUE(run_until([&] { return agent_.tone_frames_ > heard + 250; }));
    relay.refuse(false);
    media_->room()->show_agent_state(MediaAgentState::thinking);
    EXPECT_TRUE(run_until([&] {
        return person_.participant_ &&
               person_.participant_->agent_state == MediaAgentState::thinking;
    }));
    EXPECT_FALSE(agent_.closed_);
}

TEST_F(Rooms, AServerThatCrashedAndCameBackIsEnteredAnew) {
    call(url_);
    ASSERT_EQ(studio::testing::control_server("kill livekit"), "ok");
    ASSERT_EQ(studio::testing::control_server("start livekit"), "ok");
    const int heard = agent_.tone_frames_;
    EXPECT_TRUE(run_until([&] { return agent_.tone_frames_ > heard + 50; }, seconds(60)));
    EXPECT_FALSE(agent_.closed_);
    EXPECT_FALSE(person_.closed_);
}

TEST_F(Rooms, WhoIsNotTheHolderDoesNotEnterAnew) {
    call(url_);
    may_return_ = false;
    ASSERT_EQ(studio::testing::control_server("kill livekit"), "ok");
    ASSERT_EQ(studio::testing::control_server("start livekit"), "ok");
    // The person is there again, and hears nobody.
    const int heard = agent_.tone_frames_;
    EXPECT_FALSE(run_until([&] { return agent_.tone_frames_ > heard + 50; }, seconds(8)));
    EXPECT_FALSE(agent_.closed_);
    may_return_ = true;
    EXPECT_TRUE(run_until([&] { return agent_.tone_frames_ > heard + 50; }));
    EXPECT_FALSE(agent_.closed_);
}

TEST_F(Rooms, AWrongTokenIsRefused) {
    LivekitRooms rooms(options(url_), {loop_, sockets_, entropy_}, identity_,
                       [](const RoomJoin&) { return Secret<std::string>("nonsense"); });
    const auto joined = join(rooms);
    ASSERT_TRUE(joined && !*joined);
    EXPECT_EQ(joined->error(), RoomError::unauthorized);
    EXPECT_EQ(rooms.room_count(), 0U);
}

TEST_F(Rooms, AServerThatIsNotThereIsUnavailable) {
    auto rooms = make_rooms("ws://127.0.0.1:1");
    const auto joined = join(*rooms);
    ASSERT_TRUE(joined && !*joined);
    EXPECT_EQ(joined->error(), RoomError::unavailable);
}

}  // namespace
}  // namespace studio::adapters
