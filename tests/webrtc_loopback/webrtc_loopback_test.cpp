// Caller and endpoint in one process, over real UDP on 127.0.0.1: handshake, audio both ways,
// messages, and every way in which a call ends.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "adapters/webrtc/webrtc_caller.hpp"
#include "adapters/webrtc/webrtc_endpoint.hpp"
#include "base/metric.hpp"
#include "support/udp_relay.hpp"

namespace studio::adapters {
namespace {

/// Speaks a tone and listens for another: the power at a frequency by the Goertzel algorithm.
class Party final : public CallMediaListener {
public:
    Party(double speaks_hz, double hears_hz) : speaks_hz_(speaks_hz), hears_hz_(hears_hz) {}

    void on_media_event(const MediaEvent& event) override {
        EXPECT_FALSE(closed_) << "nothing comes after MediaClosed";
        if (std::holds_alternative<MediaConnected>(event)) {
            connected_ = true;
        } else if (const auto* message = std::get_if<MediaMessage>(&event)) {
            messages_.push_back(message->text);
        } else if (const auto* closed = std::get_if<MediaClosed>(&event)) {
            closed_ = closed->reason;
        }
    }

    bool on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) override {
        EXPECT_TRUE(connected_);
        EXPECT_FALSE(closed_) << "no frame comes after MediaClosed";
        if (inbound.origin == FrameOrigin::received && share(inbound.frame) > 0.8) {
            ++tone_frames_;
            delay_max_ = std::max(delay_max_, now - inbound.captured_at);
        }
        for (std::int16_t& sample : outbound.samples) {
            phase_ += 2.0 * std::numbers::pi * speaks_hz_ / audio::sample_rate_hz;
            sample = static_cast<std::int16_t>(9'000.0 * std::sin(phase_));
        }
        return true;
    }

    void forget() {
        connected_ = false;
        messages_.clear();
        tone_frames_ = 0;
    }

    bool connected_ = false;
    std::vector<std::string> messages_;
    std::optional<MediaCloseReason> closed_;
    int tone_frames_ = 0;
    nanoseconds delay_max_{0};

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

class WebrtcLoopback : public testing::Test {
protected:
    void open(WebrtcEndpointOptions options = {}) {
        options.webrtc.bind_address = "127.0.0.1";
        auto endpoint = WebrtcEndpoint::open(loop_, options, identity_, entropy_);
        ASSERT_TRUE(endpoint);
        endpoint_ = std::move(*endpoint);
    }

    void call(std::vector<sdp::AudioCodec> codecs, test::UdpRelayOptions relay = {}) {
        WebrtcOptions options;
        options.bind_address = "127.0.0.1";
        options.codecs = std::move(codecs);
        auto caller = WebrtcCaller::open(loop_, options, webrtc::make_identity(), entropy_);
        ASSERT_TRUE(caller);
        caller_ = std::move(*caller);
        auto accepted = endpoint_->accept(caller_->offer_sdp());
        ASSERT_TRUE(accepted);
        media_ = std::move(accepted->media);
        relay.server_port = endpoint_->port();
        relay_ = std::make_unique<test::UdpRelay>(loop_, relay);
        media_->start(agent_);
        caller_->start(person_);
        ASSERT_TRUE(caller_->handle_answer(
            test::with_candidate_port(accepted->answer_sdp, endpoint_->port(), relay_->port())));
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

    runtime::AsioLoop loop_{runtime::AsioLoopOptions{.name = "loopback"}};
    SystemEntropy entropy_;
    std::shared_ptr<const webrtc::Identity> identity_ = webrtc::make_identity();
    Party agent_{700.0, 400.0};
    Party person_{400.0, 700.0};
    std::unique_ptr<runtime::Timer> timer_;
    std::unique_ptr<WebrtcEndpoint> endpoint_;
    std::unique_ptr<test::UdpRelay> relay_;
    std::unique_ptr<CallMedia> media_;
    std::unique_ptr<WebrtcCaller> caller_;
};

TEST_F(WebrtcLoopback, EachCodecCarriesAToneBothWaysAndMessages) {
    for (const auto codec : {sdp::AudioCodec::opus, sdp::AudioCodec::pcmu, sdp::AudioCodec::pcma}) {
        SCOPED_TRACE(sdp::encoding_name(codec));
        agent_.forget();
        person_.forget();
        ASSERT_NO_FATAL_FAILURE(open());
        ASSERT_NO_FATAL_FAILURE(call({codec}));
        EXPECT_TRUE(
            run_until([&] { return agent_.tone_frames_ >= 40 && person_.tone_frames_ >= 40; }));
        EXPECT_LT(agent_.delay_max_, milliseconds(300));
        caller_->send_message("from the caller");
        media_->send_message("from the agent");
        EXPECT_TRUE(
            run_until([&] { return !agent_.messages_.empty() && !person_.messages_.empty(); }));
        EXPECT_EQ(agent_.messages_, std::vector<std::string>{"from the caller"});
        EXPECT_EQ(person_.messages_, std::vector<std::string>{"from the agent"});
        EXPECT_GE(media_->stats().packets_sent, 40U);
        EXPECT_GE(media_->stats().packets_received, 40U);
        EXPECT_EQ(endpoint_->peer_count(), 1U);
        caller_.reset();
        media_.reset();
        EXPECT_EQ(endpoint_->peer_count(), 0U);
        relay_.reset();
        endpoint_.reset();
    }
}

/// The channel opens after the media: what a call tells first must not be lost.
TEST_F(WebrtcLoopback, WhatWasSentBeforeTheChannelOpenedArrivesInItsOrder) {
    ASSERT_NO_FATAL_FAILURE(open());
    ASSERT_NO_FATAL_FAILURE(call({sdp::AudioCodec::opus}));
    std::vector<std::string> sent;
    const auto send = [&](const std::string& text) {
        sent.push_back(text);
        media_->send_message(text);
    };
    send("before the connection");
    caller_->send_message("the caller's own");
    ASSERT_TRUE(run_until([&] { return agent_.connected_; }));
    send("as soon as it is there");
    ASSERT_TRUE(run_until([&] { return !person_.messages_.empty(); }));
    send("when it is open");
    EXPECT_TRUE(
        run_until([&] { return person_.messages_.size() >= 3 && !agent_.messages_.empty(); }));
    EXPECT_EQ(person_.messages_, sent);
    EXPECT_EQ(agent_.messages_, std::vector<std::string>{"the caller's own"});
}

TEST_F(WebrtcLoopback, TheCallerHangsUp) {
    ASSERT_NO_FATAL_FAILURE(open());
    ASSERT_NO_FATAL_FAILURE(call({sdp::AudioCodec::opus}));
    ASSERT_TRUE(run_until([&] { return agent_.tone_frames_ > 0; }));
    caller_->close();
    EXPECT_FALSE(person_.closed_) << "never from inside";
    EXPECT_TRUE(run_until([&] { return agent_.closed_ && person_.closed_; }));
    EXPECT_EQ(person_.closed_, MediaCloseReason::local);
    EXPECT_EQ(agent_.closed_, MediaCloseReason::remote);
    EXPECT_EQ(endpoint_->peer_count(), 0U);
}

TEST_F(WebrtcLoopback, TheAgentHangsUp) {
    ASSERT_NO_FATAL_FAILURE(open());
    ASSERT_NO_FATAL_FAILURE(call({sdp::AudioCodec::opus}));
    ASSERT_TRUE(run_until([&] { return person_.tone_frames_ > 0; }));
    media_->close();
    EXPECT_TRUE(run_until([&] { return agent_.closed_ && person_.closed_; }));
    EXPECT_EQ(agent_.closed_, MediaCloseReason::local);
    EXPECT_EQ(person_.closed_, MediaCloseReason::remote);
}

TEST_F(WebrtcLoopback, AMediaThatIsDestroyedSaysGoodbyeWithoutAnEvent) {
    ASSERT_NO_FATAL_FAILURE(open());
    ASSERT_NO_FATAL_FAILURE(call({sdp::AudioCodec::opus}));
    ASSERT_TRUE(run_until([&] { return person_.tone_frames_ > 0; }));
    media_.reset();
    EXPECT_TRUE(run_until([&] { return person_.closed_.has_value(); }));
    EXPECT_EQ(person_.closed_, MediaCloseReason::remote);
    EXPECT_FALSE(agent_.closed_);
}

TEST_F(WebrtcLoopback, ACallerThatVanishesIsMissed) {
    WebrtcEndpointOptions options;
    options.webrtc.consent_timeout = milliseconds(700);
    ASSERT_NO_FATAL_FAILURE(open(options));
    ASSERT_NO_FATAL_FAILURE(call({sdp::AudioCodec::opus}, {.seed = 3}));
    ASSERT_TRUE(run_until([&] { return agent_.tone_frames_ > 0; }));
    relay_.reset();
    EXPECT_TRUE(run_until([&] { return agent_.closed_.has_value(); }));
    EXPECT_EQ(agent_.closed_, MediaCloseReason::connection_lost);
    EXPECT_EQ(endpoint_->peer_count(), 0U);
}

TEST_F(WebrtcLoopback, AnOfferThatNeverConnectsEnds) {
    WebrtcEndpointOptions options;
    options.webrtc.connect_timeout = milliseconds(200);
    options.peers_max = 1;
    ASSERT_NO_FATAL_FAILURE(open(options));
    ASSERT_NO_FATAL_FAILURE(call({sdp::AudioCodec::opus}, {.loss = 1.0}));
    const auto second = endpoint_->accept(caller_->offer_sdp());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), OfferError::full);
    EXPECT_TRUE(run_until([&] { return agent_.closed_.has_value(); }));
    EXPECT_EQ(agent_.closed_, MediaCloseReason::never_connected);
    EXPECT_FALSE(agent_.connected_);
    EXPECT_EQ(endpoint_->peer_count(), 0U);
}

TEST_F(WebrtcLoopback, LossAndJitterAreBridged) {
    ASSERT_NO_FATAL_FAILURE(open());
    ASSERT_NO_FATAL_FAILURE(
        call({sdp::AudioCodec::opus}, {.loss = 0.05, .jitter_max = milliseconds(40), .seed = 7}));
    EXPECT_TRUE(
        run_until([&] { return agent_.tone_frames_ >= 100 && person_.tone_frames_ >= 100; }));
    EXPECT_GT(relay_->lost(), 0U);
}

TEST_F(WebrtcLoopback, RefusesBadOffersAndSurvivesNoiseOnItsPort) {
    ASSERT_NO_FATAL_FAILURE(open());
    EXPECT_EQ(endpoint_->accept("rubbish").error(), OfferError::malformed);
    EXPECT_EQ(endpoint_->accept("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n").error(),
              OfferError::unsupported);
    Counter& strays =
        metrics().counter("studio_webrtc_strays_total", "Datagrams that belong to no call.");
    const std::uint64_t before = strays.value();
    SeededEntropy random(5);
    auto noise = runtime::UdpSocket::open(loop_, {.name = "noise", .address = "127.0.0.1"},
                                          [](const runtime::UdpAddress&, ByteView) {});
    ASSERT_TRUE(noise);
    const auto target =
        runtime::make_udp_address(std::array<std::uint8_t, 4>{127, 0, 0, 1}, endpoint_->port());
    for (std::size_t size = 0; size < 200; ++size) {
        Bytes datagram(size);
        random.fill(datagram);
        (*noise)->send(target, datagram);
    }
    EXPECT_TRUE(run_until([&] { return strays.value() - before >= 200; }));
    EXPECT_EQ(endpoint_->peer_count(), 0U);
}

}  // namespace
}  // namespace studio::adapters
