#include "protocol/webrtc/peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "protocol/sdp/sample_offers.hpp"
#include "protocol/sdp/session_description.hpp"

namespace studio::webrtc {
namespace {

const std::shared_ptr<const Identity>& identity() {
    static const std::shared_ptr<const Identity> made = make_identity();
    return made;
}

/// One end of the link: a peer and everything that it put out.
struct End {
    std::unique_ptr<Peer> peer;
    net::Address address;
    bool connected = false;
    AudioCodec codec = AudioCodec::opus;
    std::vector<AudioReceived> audio;
    std::vector<std::string> payloads;
    std::vector<std::string> channels;
    std::vector<std::string> messages;
    std::vector<net::Address> learned;
    std::vector<CloseReason> closed;
};

/// An offerer and an answerer on a link with delay, seeded loss, reordering and repetition, on
/// virtual time.
class PeerLink : public ::testing::Test {
protected:
    PeerOptions options(const net::Address& address) {
        PeerOptions made;
        made.identity = identity();
        made.entropy = &entropy_;
        made.local_addresses = {address};
        return made;
    }

    void SetUp() override {
        caller_.address = net::Address::from_v4(0xC0000201, 1000);
        server_.address = net::Address::from_v4(0xC0000202, 2000);
    }

    void offer(std::vector<AudioCodec> codecs = {AudioCodec::opus, AudioCodec::pcmu,
                                                 AudioCodec::pcma}) {
        OfferOptions made;
        made.peer = options(caller_.address);
        made.peer.codecs = std::move(codecs);
        caller_.peer = Peer::make_offer(made, now_);
    }

    /// The answer, after `change` had its way with it.
    void answer(const std::function<void(std::string&)>& change = {}) {
        auto accepted = Peer::accept(caller_.peer->offer_sdp(), options(server_.address), now_);
        ASSERT_TRUE(accepted);
        server_.peer = std::move(accepted->peer);
        answer_sdp_ = accepted->answer_sdp;
        if (change) {
            change(answer_sdp_);
        }
        ASSERT_TRUE(caller_.peer->handle_answer(answer_sdp_, now_));
        drain();
    }

    void drain_end(End& end, End& other) {
        while (const auto output = end.peer->poll_output()) {
            std::visit([&](const auto& item) { take(end, other, item); }, *output);
        }
    }
    void drain() {
        drain_end(caller_, server_);
        drain_end(server_, caller_);
    }

    void take(End& end, End& other, const Transmit& transmit) {
        if (transmit.destination != other.address || cut_ || entropy_.u32() % 100 < loss_percent_) {
            return;
        }
        const int copies = entropy_.u32() % 100 < repeat_percent_ ? 2 : 1;
        for (int copy = 0; copy < copies; ++copy) {
            const milliseconds jitter(jitter_ms_ == 0 ? 0 : entropy_.u32() % jitter_ms_);
            flights_.push_back({now_ + milliseconds(10) + jitter, next_flight_++, &other,
                                end.address, Bytes(transmit.bytes.begin(), transmit.bytes.end())});
        }
    }
    void take(End& end, End&, const AddressLearned& learned) {
        end.learned.push_back(learned.address);
    }
    void take(End& end, End&, const Connected& connected) {
        EXPECT_FALSE(end.connected) << "once";
        end.connected = true;
        end.codec = connected.codec;
    }
    void take(End& end, End&, const AudioReceived& audio) {
        end.payloads.emplace_back(text_of(audio.payload));
        end.audio.push_back(audio);
    }
    void take(End&, End&, const DigitReceived&) { ADD_FAILURE() << "no digit was sent"; }
    void take(End& end, End&, const ChannelOpened& opened) {
        end.channels.emplace_back(opened.label);
    }
    void take(End& end, End&, const MessageReceived& message) {
        end.messages.push_back(std::string(message.label) + ": " +
                               std::string(text_of(message.data)));
    }
    void take(End& end, End&, const Closed& closed) { end.closed.push_back(closed.reason); }

    void run_for(milliseconds duration) {
        const Instant end = now_ + duration;
        while (true) {
            Deadline next = earlier(caller_.peer->next_deadline(), server_.peer->next_deadline());
            const auto flight =
                std::ranges::min_element(flights_, [](const Flight& a, const Flight& b) {
                    return std::tie(a.at, a.order) < std::tie(b.at, b.order);
                });
            if (flight != flights_.end()) {
                next = earlier(next, flight->at);
            }
            if (!next || *next > end) {
                break;
            }
            ASSERT_LT(++steps_, 2'000'000) << "a deadline that never moves";
            now_ = std::max(now_, *next);
            if (flight != flights_.end() && flight->at <= now_) {
                Flight arrived = std::move(*flight);
                flights_.erase(flight);
                arrived.target->peer->handle_datagram(arrived.source, arrived.bytes, now_);
            } else {
                caller_.peer->handle_timeout(now_);
                server_.peer->handle_timeout(now_);
            }
            drain();
        }
        now_ = end;
    }

    /// 20 ms packets both ways, each telling its number.
    void talk(int packets) {
        const std::uint64_t step = clock_rate_hz(caller_.codec) / 50;
        for (int index = 0; index < packets; ++index, ++talked_) {
            const std::string text = "packet " + std::to_string(talked_);
            const std::uint64_t time = step * static_cast<std::uint64_t>(talked_);
            EXPECT_TRUE(caller_.peer->send_audio(bytes_of(text), time, index == 0, now_));
            EXPECT_TRUE(server_.peer->send_audio(bytes_of(text), time, index == 0, now_));
            drain();
            run_for(milliseconds(20));
        }
    }

    struct Flight {
        Instant at;
        std::uint64_t order;
        End* target;
        net::Address source;
        Bytes bytes;
    };

    SeededEntropy entropy_{11};
    Instant now_{};
    End caller_;
    End server_;
    std::string answer_sdp_;
    std::vector<Flight> flights_;
    std::uint64_t next_flight_ = 0;
    std::uint32_t loss_percent_ = 0;
    std::uint32_t repeat_percent_ = 0;
    std::uint32_t jitter_ms_ = 0;
    bool cut_ = false;
    int talked_ = 0;
    int steps_ = 0;
};

TEST_F(PeerLink, ConnectsAndTalksBothWays) {
    offer();
    answer();
    EXPECT_FALSE(caller_.peer->send_audio(bytes_of("early"), 0, true, now_));
    run_for(milliseconds(500));
    ASSERT_TRUE(caller_.connected);
    ASSERT_TRUE(server_.connected);
    EXPECT_EQ(caller_.codec, AudioCodec::opus);
    EXPECT_EQ(server_.learned, std::vector{caller_.address});
    EXPECT_EQ(caller_.peer->stats().selected_remote, server_.address);
    talk(250);
    for (const End* end : {&caller_, &server_}) {
        ASSERT_EQ(end->payloads.size(), 250U);
        for (std::size_t index = 0; index < end->payloads.size(); ++index) {
            EXPECT_EQ(end->payloads[index], "packet " + std::to_string(index));
        }
        EXPECT_TRUE(end->audio[0].marker);
        EXPECT_FALSE(end->audio[1].marker);
        EXPECT_EQ(end->audio[1].timestamp - end->audio[0].timestamp, 960U);
        EXPECT_EQ(static_cast<std::uint16_t>(end->audio[1].sequence - end->audio[0].sequence), 1);
        const PeerStats stats = end->peer->stats();
        EXPECT_EQ(stats.packets_sent, 250U);
        EXPECT_EQ(stats.packets_received, 250U);
        EXPECT_EQ(stats.packets_lost, 0U);
        EXPECT_EQ(stats.datagrams_refused, 0U);
        EXPECT_NEAR(static_cast<double>(stats.round_trip.count()), 20'000.0, 500.0);
    }
}

TEST_F(PeerLink, DataChannelsCarryTextBothWays) {
    offer();
    answer();
    run_for(milliseconds(1000));
    EXPECT_EQ(caller_.channels, std::vector<std::string>{"events"});
    EXPECT_EQ(server_.channels, std::vector<std::string>{"events"});
    const std::string big(16 * 1024, 'x');
    EXPECT_TRUE(caller_.peer->send_message("events", "hello", now_));
    EXPECT_TRUE(caller_.peer->send_message("events", big, now_));
    EXPECT_FALSE(caller_.peer->send_message("events", big + "x", now_));
    EXPECT_FALSE(caller_.peer->send_message("other", "hello", now_));
    EXPECT_TRUE(server_.peer->send_message("events", "welcome", now_));
    drain();
    run_for(milliseconds(1000));
    ASSERT_EQ(server_.messages.size(), 2U);
    EXPECT_EQ(server_.messages[0], "events: hello");
    EXPECT_TRUE(server_.messages[1] == "events: " + big) << server_.messages[1].size();
    EXPECT_EQ(caller_.messages, std::vector<std::string>{"events: welcome"});
}

TEST_F(PeerLink, LivesOnABadLink) {
    loss_percent_ = 10;
    repeat_percent_ = 10;
    jitter_ms_ = 40;
    offer();
    answer();
    run_for(milliseconds(8000));
    ASSERT_TRUE(caller_.connected);
    ASSERT_TRUE(server_.connected);
    for (int index = 0; index < 20; ++index) {
        caller_.peer->send_message("events", "number " + std::to_string(index), now_);
        drain();
        talk(25);
    }
    run_for(milliseconds(5000));
    for (const End* end : {&caller_, &server_}) {
        // No packet twice, and requests for lost ones bring most of them back in time.
        std::vector<std::string> payloads = end->payloads;
        std::ranges::sort(payloads);
        EXPECT_EQ(std::ranges::adjacent_find(payloads), payloads.end());
        EXPECT_GE(payloads.size(), 480U);
        EXPECT_GT(end->peer->stats().packets_resent, 10U);
        EXPECT_TRUE(end->closed.empty());
    }
    ASSERT_EQ(server_.messages.size(), 20U);
    for (int index = 0; index < 20; ++index) {
        EXPECT_EQ(server_.messages[static_cast<std::size_t>(index)],
                  "events: number " + std::to_string(index));
    }
}

TEST_F(PeerLink, NegotiatesG711) {
    for (const AudioCodec codec : {AudioCodec::pcmu, AudioCodec::pcma}) {
        caller_ = {};
        server_ = {};
        flights_.clear();
        talked_ = 0;
        SetUp();
        offer({codec});
        answer();
        EXPECT_EQ(answer_sdp_.find("opus"), std::string::npos);
        run_for(milliseconds(500));
        ASSERT_TRUE(server_.connected);
        EXPECT_EQ(caller_.codec, codec);
        EXPECT_EQ(server_.codec, codec);
        talk(10);
        ASSERT_EQ(server_.audio.size(), 10U);
        EXPECT_EQ(server_.audio[0].codec, codec);
        EXPECT_EQ(server_.audio[1].timestamp - server_.audio[0].timestamp, 160U);
    }
}

TEST_F(PeerLink, AWrongFingerprintIsRefused) {
    offer();
    answer([](std::string& sdp) {
        const std::size_t at = sdp.find("a=fingerprint:sha-256 ") + 22;
        sdp[at] = sdp[at] == '0' ? '1' : '0';
    });
    run_for(milliseconds(2000));
    EXPECT_FALSE(caller_.connected);
    EXPECT_FALSE(server_.connected);
    EXPECT_EQ(caller_.closed, std::vector{CloseReason::failed});
    EXPECT_EQ(server_.closed, std::vector{CloseReason::failed});
}

TEST_F(PeerLink, WithoutAnAnswerNothingConnects) {
    offer();
    answer();
    cut_ = true;
    flights_.clear();
    run_for(milliseconds(19'000));
    EXPECT_TRUE(caller_.closed.empty());
    run_for(milliseconds(2'000));
    EXPECT_EQ(caller_.closed, std::vector{CloseReason::never_connected});
    EXPECT_EQ(server_.closed, std::vector{CloseReason::never_connected});
    EXPECT_FALSE(caller_.peer->next_deadline());
}

TEST_F(PeerLink, TheLinkIsLostWithoutConsent) {
    offer();
    answer();
    run_for(milliseconds(1000));
    run_for(milliseconds(60'000));
    EXPECT_TRUE(server_.closed.empty()) << "a silent call stays up";
    cut_ = true;
    run_for(milliseconds(34'000));
    EXPECT_EQ(caller_.closed, std::vector{CloseReason::connection_lost});
    EXPECT_EQ(server_.closed, std::vector{CloseReason::connection_lost});
    EXPECT_FALSE(server_.peer->send_audio(bytes_of("late"), 0, false, now_));
}

TEST_F(PeerLink, ClosingTellsTheOtherSide) {
    offer();
    answer();
    run_for(milliseconds(1000));
    talk(5);
    server_.peer->close(now_);
    server_.peer->close(now_);
    drain();
    run_for(milliseconds(1000));
    EXPECT_EQ(server_.closed, std::vector{CloseReason::local});
    EXPECT_EQ(caller_.closed, std::vector{CloseReason::remote});
    EXPECT_FALSE(caller_.peer->next_deadline());
}

TEST_F(PeerLink, StrangersAreNotHeard) {
    offer();
    answer();
    run_for(milliseconds(500));
    const net::Address stranger = net::Address::from_v4(0xC0000299, 9);
    for (const int first : {0x16, 0x80, 0x00, 0xFF}) {
        Bytes noise(60, static_cast<std::uint8_t>(first));
        server_.peer->handle_datagram(stranger, noise, now_);
    }
    Bytes forged(60, 0x80);
    server_.peer->handle_datagram(caller_.address, forged, now_);
    drain();
    EXPECT_EQ(server_.peer->stats().datagrams_refused, 5U);
    EXPECT_TRUE(server_.audio.empty());
    EXPECT_TRUE(server_.closed.empty());
    EXPECT_EQ(server_.learned.size(), 1U);
}

TEST_F(PeerLink, ACheckNamesThePeerThatItIsFor) {
    offer();
    answer();
    ASSERT_FALSE(flights_.empty());
    Bytes check = flights_.front().bytes;
    EXPECT_EQ(parse_target_ufrag(check), server_.peer->local_ufrag());
    EXPECT_NE(parse_target_ufrag(check), caller_.peer->local_ufrag());
    check[0] = 0x80;
    EXPECT_FALSE(parse_target_ufrag(check));
    EXPECT_FALSE(parse_target_ufrag({}));
    EXPECT_FALSE(parse_target_ufrag(bytes_of("\x01\x01 no STUN at all, though it starts like it")));
}

TEST_F(PeerLink, TrickledCandidatesConnect) {
    offer();
    std::string candidate;
    answer([&candidate](std::string& sdp) {
        const std::size_t start = sdp.find("a=candidate:");
        const std::size_t end = sdp.find("\r\n", start) + 2;
        candidate = sdp.substr(start, end - start);
        sdp.erase(start, end - start);
    });
    run_for(milliseconds(2000));
    EXPECT_FALSE(caller_.connected);
    caller_.peer->add_remote_candidate("candidate:9 1 tcp 1 192.0.2.2 9 typ host", now_);
    caller_.peer->add_remote_candidate(candidate, now_);
    drain();
    run_for(milliseconds(500));
    EXPECT_TRUE(caller_.connected);
}

}  // namespace
}  // namespace studio::webrtc
