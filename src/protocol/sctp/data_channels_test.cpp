#include "protocol/sctp/data_channels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "protocol/sctp/internal/packet.hpp"

namespace studio::sctp {
namespace {

DataChannelsOptions role(bool dtls_client) {
    DataChannelsOptions options;
    options.dtls_client = dtls_client;
    return options;
}

/// Two peers, a virtual clock and a network that loses, delays and doubles by its seed.
class DataChannelsPair {
public:
    explicit DataChannelsPair(std::uint64_t seed = 1, unsigned loss_percent = 0)
        : entropy_(seed),
          loss_percent_(loss_percent),
          client(role(true), entropy_),
          server(role(false), entropy_) {}

    void run(nanoseconds span) {
        const Instant until = now + span;
        while (true) {
            drain(client, to_server, client_events);
            drain(server, to_client, server_events);
            Deadline next = earlier(client.next_deadline(), server.next_deadline());
            for (const auto* arriving : {&to_client, &to_server}) {
                for (const auto& arrival : *arriving) {
                    next = earlier(next, arrival.first);
                }
            }
            if (!next || *next > until) {
                now = until;
                return;
            }
            now = std::max(now, *next);
            deliver(client, to_client);
            deliver(server, to_server);
        }
    }

    SeededEntropy entropy_;
    unsigned loss_percent_;
    DataChannels client;
    DataChannels server;
    std::vector<ChannelEvent> client_events;
    std::vector<ChannelEvent> server_events;
    std::vector<std::pair<Instant, Bytes>> to_client;
    std::vector<std::pair<Instant, Bytes>> to_server;
    std::size_t largest = 0;
    Instant now{seconds(3)};

private:
    void drain(DataChannels& from, std::vector<std::pair<Instant, Bytes>>& arriving,
               std::vector<ChannelEvent>& events) {
        while (auto packet = from.poll_packet()) {
            largest = std::max(largest, packet->size());
            const bool lost = entropy_.u32() % 100 < loss_percent_;
            const int copies = lost ? 0 : (loss_percent_ > 0 && entropy_.u32() % 10 == 0) ? 2 : 1;
            for (int copy = 0; copy < copies; ++copy) {
                const auto delay = loss_percent_ == 0 ? 10 : 10 + entropy_.u32() % 40;
                arriving.emplace_back(now + milliseconds(delay), *packet);
            }
        }
        while (auto event = from.poll_event()) {
            events.push_back(std::move(*event));
        }
    }
    void deliver(DataChannels& to, std::vector<std::pair<Instant, Bytes>>& arriving) {
        for (std::size_t index = 0; index < arriving.size();) {
            if (arriving[index].first > now) {
                ++index;
                continue;
            }
            const Bytes packet = std::move(arriving[index].second);
            arriving.erase(arriving.begin() + static_cast<std::ptrdiff_t>(index));
            to.handle_packet(packet, now);
        }
        if (to.next_deadline() && *to.next_deadline() <= now) {
            to.handle_timeout(now);
        }
    }
};

template <class Wanted>
std::vector<Wanted> all_of(const std::vector<ChannelEvent>& events) {
    std::vector<Wanted> found;
    for (const ChannelEvent& event : events) {
        if (const auto* wanted = std::get_if<Wanted>(&event)) {
            found.push_back(*wanted);
        }
    }
    return found;
}

TEST(Checksum, KnownAnswer) {
    // RFC 3720, B.4: CRC32c of 32 bytes of zeros; the field that counts as zero does not matter.
    EXPECT_EQ(packet_checksum(Bytes(32)), 0x8A9136AAU);
}

TEST(DataChannels, OpensAndTalksBothWays) {
    DataChannelsPair pair;
    pair.client.start(pair.now);
    const auto first = pair.client.open("events", "json", Order::ordered, pair.now);
    ASSERT_TRUE(first);
    EXPECT_EQ(*first, 0);
    EXPECT_TRUE(pair.client.send(*first, MessageKind::text, bytes_of("hello"), pair.now));
    pair.run(seconds(5));
    const auto opened = all_of<ChannelOpened>(pair.server_events);
    ASSERT_EQ(opened.size(), 1U);
    EXPECT_EQ(opened[0].label, "events");
    EXPECT_EQ(opened[0].protocol, "json");
    EXPECT_EQ(opened[0].order, Order::ordered);
    ASSERT_EQ(all_of<ChannelMessage>(pair.server_events).size(), 1U);
    EXPECT_EQ(text_of(all_of<ChannelMessage>(pair.server_events)[0].data), "hello");
    EXPECT_EQ(all_of<ChannelAccepted>(pair.client_events).size(), 1U);

    const auto second = pair.server.open("mine", "", Order::unordered, pair.now);
    ASSERT_TRUE(second);
    EXPECT_EQ(*second, 1);
    EXPECT_TRUE(pair.server.send(*second, MessageKind::binary, {}, pair.now));
    EXPECT_TRUE(pair.server.send(0, MessageKind::text, {}, pair.now));
    EXPECT_TRUE(pair.server.send(0, MessageKind::binary, Bytes(65'536, 9), pair.now));
    pair.run(seconds(5));
    EXPECT_EQ(all_of<ChannelOpened>(pair.client_events).at(0).order, Order::unordered);
    const auto got = all_of<ChannelMessage>(pair.client_events);
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[0].kind, MessageKind::binary);
    EXPECT_TRUE(got[0].data.empty());
    EXPECT_EQ(got[1].kind, MessageKind::text);
    EXPECT_TRUE(got[1].data.empty());
    EXPECT_EQ(got[2].data, Bytes(65'536, 9));
    EXPECT_LE(pair.largest, 1160U);
    EXPECT_EQ(pair.client.next_deadline(), std::nullopt);
    EXPECT_EQ(pair.server.next_deadline(), std::nullopt);
}

TEST(DataChannels, BothMayBegin) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        DataChannelsPair pair(seed, seed % 2 == 0 ? 25 : 0);
        pair.client.start(pair.now);
        pair.server.start(pair.now);
        ASSERT_TRUE(pair.client.open("a", "", Order::ordered, pair.now));
        ASSERT_TRUE(pair.server.open("b", "", Order::ordered, pair.now));
        pair.run(seconds(60));
        EXPECT_EQ(all_of<AssociationUp>(pair.client_events).size(), 1U) << seed;
        EXPECT_EQ(all_of<AssociationUp>(pair.server_events).size(), 1U) << seed;
        EXPECT_EQ(all_of<ChannelOpened>(pair.client_events).size(), 1U) << seed;
        EXPECT_EQ(all_of<ChannelOpened>(pair.server_events).size(), 1U) << seed;
    }
}

TEST(DataChannels, LossReorderingAndDuplicationChangeNothing) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        DataChannelsPair pair(seed, 20);
        pair.client.start(pair.now);
        const auto ordered = pair.client.open("ordered", "", Order::ordered, pair.now);
        const auto unordered = pair.client.open("unordered", "", Order::unordered, pair.now);
        std::vector<Bytes> sent;
        for (std::uint32_t index = 0; index < 60; ++index) {
            Bytes data(1 + pair.entropy_.u32() % 4000);
            pair.entropy_.fill(data);
            ASSERT_TRUE(pair.client.send(*ordered, MessageKind::binary, data, pair.now)) << seed;
            ASSERT_TRUE(pair.client.send(*unordered, MessageKind::binary, Bytes{1}, pair.now));
            sent.push_back(std::move(data));
            pair.run(seconds(2));
        }
        pair.run(seconds(60));
        std::vector<Bytes> received;
        std::size_t received_unordered = 0;
        for (ChannelMessage& message : all_of<ChannelMessage>(pair.server_events)) {
            if (message.channel == *ordered) {
                received.push_back(std::move(message.data));
            } else {
                ++received_unordered;
            }
        }
        EXPECT_EQ(received, sent) << seed;
        EXPECT_EQ(received_unordered, sent.size()) << seed;
        EXPECT_EQ(pair.client.next_deadline(), std::nullopt) << seed;
    }
}

TEST(DataChannels, LimitsHold) {
    DataChannelsPair pair;
    EXPECT_EQ(pair.client.send(0, MessageKind::text, {}, pair.now).error(), ChannelError::closed);
    for (int index = 0; index < 32; ++index) {
        EXPECT_TRUE(pair.client.open("x", "", Order::ordered, pair.now));
    }
    EXPECT_EQ(pair.client.open("x", "", Order::ordered, pair.now).error(), ChannelError::too_many);
    EXPECT_EQ(pair.client.send(0, MessageKind::text, Bytes(65'537), pair.now).error(),
              ChannelError::too_long);
    EXPECT_TRUE(pair.client.send(0, MessageKind::binary, Bytes(65'536), pair.now));
    EXPECT_EQ(pair.client.send(0, MessageKind::binary, Bytes(65'536), pair.now).error(),
              ChannelError::full);
}

TEST(DataChannels, CloseReachesThePeer) {
    DataChannelsPair pair;
    pair.client.start(pair.now);
    pair.run(seconds(1));
    pair.client.close();
    pair.run(seconds(1));
    EXPECT_EQ(all_of<AssociationEnded>(pair.client_events).at(0).reason, EndReason::local);
    EXPECT_EQ(all_of<AssociationEnded>(pair.server_events).at(0).reason, EndReason::remote);
    EXPECT_EQ(pair.client.open("x", "", Order::ordered, pair.now).error(), ChannelError::closed);
    EXPECT_EQ(pair.server.next_deadline(), std::nullopt);
}

TEST(DataChannels, ASilentPeerIsLost) {
    DataChannelsPair pair(1, 100);
    pair.client.start(pair.now);
    pair.run(seconds(120));
    EXPECT_EQ(all_of<AssociationEnded>(pair.client_events).at(0).reason, EndReason::lost);

    DataChannelsPair later(1, 0);
    later.client.start(later.now);
    later.run(seconds(1));
    later.loss_percent_ = 100;
    ASSERT_TRUE(later.client.open("x", "", Order::ordered, later.now));
    later.run(seconds(120));
    EXPECT_EQ(all_of<AssociationEnded>(later.client_events).at(0).reason, EndReason::lost);
}

TEST(DataChannels, DamagedAndForeignPacketsAreIgnored) {
    DataChannelsPair pair;
    pair.client.start(pair.now);
    const auto init = pair.client.poll_packet();
    ASSERT_TRUE(init);
    for (std::size_t index = 0; index < init->size(); ++index) {
        Bytes damaged = *init;
        damaged[index] ^= 0x10U;
        pair.server.handle_packet(damaged, pair.now);
        EXPECT_FALSE(pair.server.poll_packet()) << index;
        pair.server.handle_packet(ByteView(*init).first(index), pair.now);
        EXPECT_FALSE(pair.server.poll_packet()) << index;
    }
    pair.server.handle_packet(*init, pair.now);
    EXPECT_TRUE(pair.server.poll_packet());
}

}  // namespace
}  // namespace studio::sctp
