#include "protocol/dtls/endpoint.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/entropy.hpp"
#include "protocol/srtp/srtp_session.hpp"

namespace studio::dtls {
namespace {

struct Side {
    Endpoint endpoint;
    std::vector<Event> events;
    std::vector<std::pair<Instant, Bytes>> arriving;
    std::size_t datagrams_sent = 0;
    std::size_t largest = 0;
};

/// Two endpoints, a virtual clock and a network that loses, delays and doubles by its seed.
class Pair {
public:
    Pair(const EndpointOptions& client_options, const EndpointOptions& server_options,
         const Context& client_context, const Context& server_context, std::uint64_t seed = 0,
         unsigned loss_percent = 0)
        : client{Endpoint(client_context, client_options), {}, {}, 0, 0},
          server{Endpoint(server_context, server_options), {}, {}, 0, 0},
          entropy_(seed),
          loss_percent_(loss_percent) {}

    void run(Instant until) {
        while (true) {
            drain(client, server);
            drain(server, client);
            Deadline next =
                earlier(client.endpoint.next_deadline(), server.endpoint.next_deadline());
            for (const Side* side : {&client, &server}) {
                for (const auto& arrival : side->arriving) {
                    next = earlier(next, arrival.first);
                }
            }
            if (!next || *next > until) {
                return;
            }
            now = std::max(now, *next);
            deliver(client);
            deliver(server);
        }
    }

    Side client;
    Side server;
    Instant now{seconds(5)};

private:
    void drain(Side& from, Side& to) {
        while (auto datagram = from.endpoint.poll_datagram()) {
            ++from.datagrams_sent;
            from.largest = std::max(from.largest, datagram->size());
            const unsigned copies = loss_percent_ == 0          ? 1
                                    : chance(loss_percent_)     ? 0
                                    : chance(loss_percent_ / 2) ? 2
                                                                : 1;
            for (unsigned copy = 0; copy < copies; ++copy) {
                const auto delay = loss_percent_ == 0 ? 5 : 5 + entropy_.u32() % 40;
                to.arriving.emplace_back(now + milliseconds(delay), *datagram);
            }
        }
        while (auto event = from.endpoint.poll_event()) {
            from.events.push_back(std::move(*event));
        }
    }
    void deliver(Side& side) {
        for (std::size_t index = 0; index < side.arriving.size();) {
            if (side.arriving[index].first <= now) {
                const Bytes datagram = std::move(side.arriving[index].second);
                side.arriving.erase(side.arriving.begin() + static_cast<std::ptrdiff_t>(index));
                side.endpoint.handle_datagram(datagram, now);
            } else {
                ++index;
            }
        }
        if (side.endpoint.next_deadline() && *side.endpoint.next_deadline() <= now) {
            side.endpoint.handle_timeout(now);
        }
    }
    bool chance(unsigned percent) { return entropy_.u32() % 100 < percent; }

    SeededEntropy entropy_;
    unsigned loss_percent_;
};

class EndpointTest : public testing::Test {
protected:
    EndpointOptions options(Role role) const {
        EndpointOptions options;
        options.role = role;
        options.peer_fingerprints = {
            (role == Role::client ? server_certificate_ : client_certificate_).fingerprint()};
        return options;
    }
    Pair pair(std::uint64_t seed = 0, unsigned loss = 0) {
        return {options(Role::client),
                options(Role::server),
                client_context_,
                server_context_,
                seed,
                loss};
    }
    static void start(Pair& pair) {
        pair.server.endpoint.start(pair.now);
        pair.client.endpoint.start(pair.now);
    }

    Certificate client_certificate_ = Certificate::make().value();
    Certificate server_certificate_ = Certificate::make().value();
    Context client_context_ = Context::make(client_certificate_).value();
    Context server_context_ = Context::make(server_certificate_).value();
};

CloseReason reason_of(const Side& side) {
    EXPECT_FALSE(side.events.empty());
    const auto* closed = side.events.empty() ? nullptr : std::get_if<Closed>(&side.events.back());
    EXPECT_NE(closed, nullptr);
    return closed == nullptr ? CloseReason::local : closed->reason;
}

TEST_F(EndpointTest, HandshakeGivesBothSidesTheSameKeys) {
    Pair peers = pair();
    start(peers);
    peers.run(peers.now + seconds(5));
    ASSERT_TRUE(peers.client.endpoint.connected());
    ASSERT_TRUE(peers.server.endpoint.connected());
    const auto& client = std::get<Connected>(peers.client.events.at(0)).keying;
    const auto& server = std::get<Connected>(peers.server.events.at(0)).keying;
    EXPECT_EQ(client.profile, srtp::Profile::aead_aes_128_gcm);
    EXPECT_EQ(client.role, Role::client);
    EXPECT_EQ(server.role, Role::server);
    EXPECT_EQ(client.material, server.material);
    EXPECT_EQ(peers.client.endpoint.next_deadline(), std::nullopt);
    EXPECT_LE(peers.client.largest, 1200U);
    EXPECT_LE(peers.server.largest, 1200U);
    EXPECT_LE(peers.server.datagrams_sent, 3U);

    auto sending = srtp::SrtpSession::make(client).value();
    auto receiving = srtp::SrtpSession::make(server).value();
    Bytes packet(64, 0);
    packet[0] = 0x80;
    const auto size = sending.protect_rtp(packet, 40);
    ASSERT_TRUE(size);
    EXPECT_EQ(receiving.unprotect_rtp(std::span(packet).first(*size)), 40U);
}

TEST_F(EndpointTest, HandshakeSurvivesLossReorderingAndDuplication) {
    int retransmitted = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Pair peers = pair(seed, 30);
        start(peers);
        peers.run(peers.now + seconds(9));
        // The side that is done first does not wait; data makes up for the last flight.
        EXPECT_TRUE(peers.client.endpoint.connected()) << seed;
        EXPECT_TRUE(peers.server.endpoint.connected()) << seed;
        retransmitted += peers.client.datagrams_sent > 2 ? 1 : 0;
    }
    EXPECT_GT(retransmitted, 10);
}

TEST_F(EndpointTest, ApplicationDataAndCloseNotify) {
    Pair peers = pair();
    start(peers);
    EXPECT_FALSE(peers.client.endpoint.send(bytes_of("early")));
    peers.run(peers.now + seconds(5));
    EXPECT_TRUE(peers.client.endpoint.send(bytes_of("hello")));
    EXPECT_TRUE(peers.server.endpoint.send(Bytes(1163, 7)));
    EXPECT_FALSE(peers.server.endpoint.send(Bytes(1164, 7)));
    peers.run(peers.now + seconds(5));
    EXPECT_EQ(text_of(std::get<Received>(peers.server.events.at(1)).data), "hello");
    EXPECT_EQ(std::get<Received>(peers.client.events.at(1)).data, Bytes(1163, 7));
    EXPECT_LE(peers.server.largest, 1200U);
    peers.client.endpoint.close();
    peers.run(peers.now + seconds(5));
    EXPECT_EQ(reason_of(peers.client), CloseReason::local);
    EXPECT_EQ(reason_of(peers.server), CloseReason::remote);
    EXPECT_FALSE(peers.server.endpoint.send(bytes_of("late")));
}

TEST_F(EndpointTest, AWrongFingerprintEndsTheHandshake) {
    for (const Role wrong : {Role::client, Role::server}) {
        EndpointOptions client = options(Role::client);
        EndpointOptions server = options(Role::server);
        (wrong == Role::client ? client : server).peer_fingerprints.at(0).digest.at(3) ^= 1U;
        Pair peers(client, server, client_context_, server_context_);
        start(peers);
        peers.run(peers.now + seconds(30));
        Side& checking = wrong == Role::client ? peers.client : peers.server;
        EXPECT_EQ(reason_of(checking), CloseReason::wrong_fingerprint);
        EXPECT_EQ(checking.events.size(), 1U);
        EXPECT_FALSE(peers.server.endpoint.connected());
    }
}

TEST_F(EndpointTest, NoFingerprintAtAllIsRefused) {
    EndpointOptions server = options(Role::server);
    server.peer_fingerprints.clear();
    Pair peers(options(Role::client), server, client_context_, server_context_);
    start(peers);
    peers.run(peers.now + seconds(30));
    EXPECT_EQ(reason_of(peers.server), CloseReason::wrong_fingerprint);
}

TEST_F(EndpointTest, SilenceEndsInATimeout) {
    Pair peers = pair(1, 100);
    const Instant begin = peers.now;
    start(peers);
    peers.run(begin + seconds(60));
    EXPECT_EQ(reason_of(peers.client), CloseReason::timeout);
    EXPECT_EQ(reason_of(peers.server), CloseReason::timeout);
    EXPECT_EQ(peers.now, begin + seconds(10));
    // 0.1, 0.3, 0.7, 1.5, 3.1, 5.1, 7.1, 9.1 s after the first.
    EXPECT_EQ(peers.client.datagrams_sent, 9U);
}

TEST_F(EndpointTest, RubbishNeitherEndsNorFeedsAnEndpoint) {
    Pair peers = pair();
    start(peers);
    SeededEntropy entropy(9);
    for (int round = 0; round < 2000; ++round) {
        Bytes rubbish(entropy.u32() % 300);
        entropy.fill(rubbish);
        if (!rubbish.empty()) {
            rubbish[0] = static_cast<std::uint8_t>(20 + entropy.u32() % 44);
        }
        peers.server.endpoint.handle_datagram(rubbish, peers.now);
    }
    peers.run(peers.now + seconds(9));
    EXPECT_TRUE(peers.server.endpoint.connected());
    for (int round = 0; round < 2000; ++round) {
        Bytes rubbish(entropy.u32() % 300 + 1);
        entropy.fill(rubbish);
        rubbish[0] = static_cast<std::uint8_t>(20 + entropy.u32() % 44);
        peers.server.endpoint.handle_datagram(rubbish, peers.now);
        EXPECT_FALSE(peers.server.endpoint.poll_event());
    }
    EXPECT_TRUE(peers.client.endpoint.send(bytes_of("still here")));
    peers.run(peers.now + seconds(1));
    EXPECT_EQ(text_of(std::get<Received>(peers.server.events.back()).data), "still here");
}

TEST(FingerprintText, RoundTripAndRefusals) {
    const Certificate certificate = Certificate::make().value();
    const std::string text = serialize_fingerprint(certificate.fingerprint());
    EXPECT_EQ(text.size(), 8U + 95U);
    EXPECT_EQ(parse_fingerprint(text), certificate.fingerprint());
    std::string lower = text;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    EXPECT_EQ(parse_fingerprint(lower), certificate.fingerprint());
    for (const std::string& wrong :
         {std::string(), std::string("sha-256"), text + ":00", text.substr(0, text.size() - 1),
          "sha-1 " + text.substr(8), "sha-384 " + text.substr(8), "sha-256 " + text.substr(9),
          "sha-256 G" + text.substr(9)}) {
        EXPECT_EQ(parse_fingerprint(wrong), std::nullopt) << wrong;
    }
    const Certificate other = Certificate::make().value();
    EXPECT_NE(other.fingerprint(), certificate.fingerprint());
}

}  // namespace
}  // namespace studio::dtls
