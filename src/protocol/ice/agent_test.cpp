#include "protocol/ice/agent.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <set>

namespace studio::ice {
namespace {

/// Two agents on a link with 20 ms delay and seeded loss, on virtual time.
class IceLink : public ::testing::Test {
protected:
    struct Side {
        std::unique_ptr<Agent> agent;
        std::vector<net::Address> addresses;
        std::vector<net::Address> selected;
        std::vector<net::Address> learned;
        bool lost = false;
        std::uint64_t sent = 0;
        std::set<net::Address> destinations;
    };
    struct Flight {
        Instant at;
        bool to_second;
        net::Address source;
        net::Address destination;
        Bytes bytes;
    };

    void make(bool second_is_lite, bool second_controlling = false) {
        first_.addresses = {*net::Address::parse("192.0.2.1", 1000)};
        second_.addresses = {*net::Address::parse("192.0.2.2", 2000)};
        AgentOptions options;
        options.mode = Mode::full;
        options.controlling = true;
        options.local = make_credentials(entropy_);
        first_.agent = std::make_unique<Agent>(options, entropy_);
        options.mode = second_is_lite ? Mode::lite : Mode::full;
        options.controlling = second_controlling;
        options.local = make_credentials(entropy_);
        second_.agent = std::make_unique<Agent>(options, entropy_);
    }

    void connect(std::initializer_list<const char*> candidates) {
        second_.agent->set_remote(first_.agent->local(), now_);
        first_.agent->set_remote(second_.agent->local(), now_);
        std::uint16_t preference = 65535;
        for (const char* ip : candidates) {
            first_.agent->add_candidate(
                {*net::Address::parse(ip, 2000), CandidateType::host,
                 candidate_priority(CandidateType::host, preference--), "1"},
                now_);
        }
        drain();
    }

    void drain_side(Side& side, bool to_second) {
        while (const auto datagram = side.agent->poll_datagram()) {
            ++side.sent;
            side.destinations.insert(datagram->destination);
            if (entropy_.u32() % 100 >= loss_percent_ && !cut_) {
                flights_.push_back({now_ + milliseconds(20), to_second, side.addresses.front(),
                                    datagram->destination,
                                    Bytes(datagram->bytes.begin(), datagram->bytes.end())});
            }
        }
        while (const auto event = side.agent->poll_event()) {
            if (const auto* selected = std::get_if<Selected>(&*event)) {
                side.selected.push_back(selected->remote);
            } else if (const auto* learned = std::get_if<Learned>(&*event)) {
                side.learned.push_back(learned->remote);
            } else {
                side.lost = true;
            }
        }
    }
    void drain() {
        drain_side(first_, true);
        drain_side(second_, false);
    }

    void run_for(milliseconds duration) {
        const Instant end = now_ + duration;
        while (true) {
            Deadline next = earlier(first_.agent->next_deadline(), second_.agent->next_deadline());
            if (!flights_.empty()) {
                next = earlier(next, flights_.front().at);
            }
            if (!next || *next > end) {
                break;
            }
            now_ = std::max(now_, *next);
            while (!flights_.empty() && flights_.front().at <= now_) {
                const Flight flight = flights_.front();
                flights_.pop_front();
                Side& side = flight.to_second ? second_ : first_;
                if (flight.destination == side.addresses.front()) {
                    side.agent->handle_datagram(flight.source, flight.bytes, now_);
                    drain();
                }
            }
            first_.agent->handle_timeout(now_);
            second_.agent->handle_timeout(now_);
            drain();
        }
        now_ = end;
    }

    SeededEntropy entropy_{7};
    Instant now_{};
    Side first_;
    Side second_;
    std::deque<Flight> flights_;
    std::uint32_t loss_percent_ = 0;
    bool cut_ = false;
};

TEST_F(IceLink, FullAgentFindsALiteOne) {
    make(true);
    connect({"192.0.2.77", "192.0.2.2"});
    run_for(milliseconds(400));
    EXPECT_EQ(first_.selected, second_.addresses);
    EXPECT_EQ(second_.selected, first_.addresses);
    EXPECT_EQ(second_.learned, first_.addresses);
    EXPECT_TRUE(second_.agent->is_learned(first_.addresses.front()));
    EXPECT_FALSE(second_.agent->is_learned(*net::Address::parse("192.0.2.1", 1001)));
    EXPECT_EQ(first_.agent->round_trip(), milliseconds(40));
    EXPECT_EQ(second_.agent->refused(), 0U);
}

TEST_F(IceLink, TwoFullAgentsAgree) {
    make(false);
    connect({"192.0.2.2"});
    run_for(milliseconds(500));
    EXPECT_EQ(first_.selected, second_.addresses);
    EXPECT_EQ(second_.selected, first_.addresses);
    EXPECT_TRUE(first_.agent->controlling());
    EXPECT_FALSE(second_.agent->controlling());
}

TEST_F(IceLink, TheSmallerTieBreakerGivesWay) {
    make(false, true);
    connect({"192.0.2.2"});
    run_for(milliseconds(1500));
    EXPECT_EQ(first_.selected, second_.addresses);
    EXPECT_EQ(second_.selected, first_.addresses);
    EXPECT_NE(first_.agent->controlling(), second_.agent->controlling());
}

TEST_F(IceLink, RoleConflictsEndOnALossyLinkToo) {
    for (int round = 1; round <= 50; ++round) {
        flights_.clear();
        first_ = {};
        second_ = {};
        loss_percent_ = 20;
        make(false, true);
        connect({"192.0.2.2"});
        second_.agent->add_candidate({first_.addresses.front(), CandidateType::host, 5, "1"}, now_);
        run_for(milliseconds(10'000));
        EXPECT_NE(first_.agent->controlling(), second_.agent->controlling()) << round;
        EXPECT_EQ(first_.selected, second_.addresses) << round;
        EXPECT_EQ(second_.selected, first_.addresses) << round;
    }
}

TEST_F(IceLink, SurvivesLoss) {
    for (int round = 1; round <= 50; ++round) {
        flights_.clear();
        first_ = {};
        second_ = {};
        loss_percent_ = 30;
        make(round % 2 == 0);
        connect({"192.0.2.2"});
        run_for(milliseconds(10'000));
        EXPECT_EQ(first_.selected, second_.addresses) << round;
        EXPECT_EQ(second_.selected, first_.addresses) << round;
    }
}

TEST_F(IceLink, KeepsConsentAndSendsOftenEnough) {
    make(true);
    connect({"192.0.2.2"});
    run_for(milliseconds(1000));
    const std::uint64_t before = first_.sent;
    run_for(milliseconds(60'000));
    EXPECT_FALSE(first_.lost);
    EXPECT_FALSE(second_.lost);
    // Every 2 to 3 s.
    EXPECT_GE(first_.sent - before, 20U);
    EXPECT_LE(first_.sent - before, 30U);
}

TEST_F(IceLink, WithoutConsentBothAreLost) {
    make(true);
    connect({"192.0.2.2"});
    run_for(milliseconds(1000));
    cut_ = true;
    run_for(milliseconds(25'000));
    EXPECT_FALSE(first_.lost);
    run_for(milliseconds(8'000));
    EXPECT_TRUE(first_.lost);
    EXPECT_TRUE(second_.lost);
    const std::uint64_t sent = first_.sent;
    run_for(milliseconds(60'000));
    EXPECT_EQ(first_.sent, sent);
    EXPECT_FALSE(first_.agent->next_deadline());
}

TEST_F(IceLink, ManyCandidatesStayBounded) {
    make(true);
    first_.agent->set_remote({"abcd", "0123456789012345678901"}, now_);
    for (std::uint32_t index = 0; index < 500; ++index) {
        first_.agent->add_candidate(
            {net::Address::from_v4(0x0A000000U + index, 9), CandidateType::host, 100 + index, "1"},
            now_);
    }
    first_.agent->add_candidate(
        {*net::Address::parse("2001:db8::1", 9), CandidateType::host, 5000, "1"}, now_);
    drain();
    run_for(milliseconds(200));
    EXPECT_LE(first_.sent, 5U);
    run_for(milliseconds(200'000));
    EXPECT_EQ(first_.destinations.size(), PairList::pairs_max);
    EXPECT_LE(first_.sent, PairList::pairs_max * 12);
    EXPECT_TRUE(first_.selected.empty());
}

TEST_F(IceLink, RefusesStrangersAndForgers) {
    make(true);
    const net::Address stranger = *net::Address::parse("203.0.113.9", 999);
    const auto ask = [&](const std::string& username, const std::string& password) {
        Bytes bytes;
        stun::MessageWriter writer(bytes, stun::MessageClass::request, {});
        writer.username(username);
        writer.priority(1);
        writer.controlling(1);
        writer.use_candidate();
        writer.finish(password);
        second_.agent->handle_datagram(stranger, bytes, now_);
        // -1: no answer, 0: success, else the error code.
        const auto answer = second_.agent->poll_datagram();
        return answer ? static_cast<int>(
                            stun::parse_message(answer->bytes).value().error_code.value_or(0))
                      : -1;
    };
    const Credentials& local = second_.agent->local();
    EXPECT_EQ(ask("wrong:abcd", local.password), -1);
    EXPECT_EQ(ask(local.ufrag, local.password), -1);
    EXPECT_EQ(ask(local.ufrag + "x:abcd", local.password), -1);
    EXPECT_EQ(ask(local.ufrag + ":abcd", "wrong"), stun::error_unauthenticated);
    EXPECT_FALSE(second_.agent->is_learned(stranger));
    EXPECT_FALSE(second_.agent->selected());
    EXPECT_EQ(second_.agent->refused(), 4U);
    EXPECT_EQ(ask(local.ufrag + ":abcd", local.password), 0);
    EXPECT_TRUE(second_.agent->is_learned(stranger));
}

TEST_F(IceLink, AnswersUnknownRequiredAttributes) {
    make(true);
    const Credentials& local = second_.agent->local();
    Bytes bytes;
    stun::MessageWriter writer(bytes, stun::MessageClass::request, {});
    writer.username(local.ufrag + ":abcd");
    const Bytes unknown = {0x7A, 0xBC, 0x00, 0x00};
    bytes.insert(bytes.end(), unknown.begin(), unknown.end());
    writer.finish(local.password);
    second_.agent->handle_datagram(first_.addresses.front(), bytes, now_);
    const auto answer = second_.agent->poll_datagram();
    ASSERT_TRUE(answer);
    EXPECT_EQ(stun::parse_message(answer->bytes)->error_code, stun::error_unknown_attribute);
    EXPECT_FALSE(second_.agent->selected());
}

TEST_F(IceLink, ALiteAgentFollowsTheNomination) {
    make(true);
    const Credentials& local = second_.agent->local();
    const auto check = [&](const net::Address& source, std::uint32_t priority, bool use_candidate) {
        Bytes bytes;
        stun::MessageWriter writer(bytes, stun::MessageClass::request, {});
        writer.username(local.ufrag + ":abcd");
        writer.priority(priority);
        if (use_candidate) {
            writer.use_candidate();
        }
        writer.finish(local.password);
        second_.agent->handle_datagram(source, bytes, now_);
        drain();
    };
    const net::Address wifi = net::Address::from_v4(0x0A000001, 1);
    const net::Address mobile = net::Address::from_v4(0x0A000002, 2);
    check(mobile, 10, false);
    EXPECT_EQ(second_.agent->selected(), mobile);
    check(wifi, 20, true);
    EXPECT_EQ(second_.agent->selected(), wifi);
    check(mobile, 10, true);
    EXPECT_EQ(second_.agent->selected(), wifi) << "the better one of two stands";
    now_ += seconds(6);
    check(mobile, 10, true);
    EXPECT_EQ(second_.agent->selected(), mobile) << "the peer moved";
}

}  // namespace
}  // namespace studio::ice
