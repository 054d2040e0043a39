#include "protocol/ice/candidate.hpp"

#include <gtest/gtest.h>

namespace studio::ice {
namespace {

TEST(Candidate, ReadsWhatPeersWrite) {
    struct Case {
        const char* line;
        const char* address;
        CandidateType type;
        std::uint32_t priority;
    };
    for (const Case& row : {
             Case{"candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host", "192.0.2.1:5000",
                  CandidateType::host, 2130706431},
             // Chromium.
             Case{
                 "a=candidate:842163049 1 udp 1677729535 203.0.113.5 46154 typ srflx raddr 0.0.0.0 "
                 "rport 0 generation 0 ufrag EsAw network-cost 999",
                 "203.0.113.5:46154", CandidateType::server_reflexive, 1677729535},
             // Firefox writes the transport in capitals.
             Case{"candidate:0 1 UDP 2122252543 198.51.100.7 53824 typ host\r\n",
                  "198.51.100.7:53824", CandidateType::host, 2122252543},
             // pion with an extension that has a name we do not know.
             Case{"candidate:1052353102 1 udp 2130706431 2001:db8::3 7882 typ host ufrag abc x y",
                  "[2001:db8::3]:7882", CandidateType::host, 2130706431},
             Case{"candidate:a+/9 1 udp 1 192.0.2.1 1 typ relay raddr 10.0.0.1 rport 9",
                  "192.0.2.1:1", CandidateType::relay, 1},
         }) {
        const auto candidate = parse_candidate(row.line);
        ASSERT_TRUE(candidate) << row.line;
        EXPECT_EQ(candidate->address.text(), row.address);
        EXPECT_EQ(candidate->type, row.type);
        EXPECT_EQ(candidate->priority, row.priority);
    }
}

TEST(Candidate, SetsApartWhatIsUselessAndWhatIsBroken) {
    struct Case {
        std::string line;
        CandidateError error;
    };
    for (const Case& row : {
             Case{"candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active",
                  CandidateError::unusable},
             Case{"candidate:1 1 udp 2113937151 4f1e-8a.local 5000 typ host",
                  CandidateError::unusable},
             Case{"candidate:1 2 udp 2113937151 192.0.2.1 5000 typ host", CandidateError::unusable},
             Case{"candidate:1 1 udp 2113937151 224.0.0.1 5000 typ host", CandidateError::unusable},
             Case{"candidate:1 1 udp 2113937151 192.0.2.1 0 typ host", CandidateError::unusable},
             Case{"candidate:1 1 udp 0 192.0.2.1 5000 typ host", CandidateError::unusable},
             Case{"candidate:1 1 udp 4294967295 192.0.2.1 5 typ host", CandidateError::unusable},
             Case{"", CandidateError::malformed},
             Case{"candidate:", CandidateError::malformed},
             Case{"candidate:1 1 udp x 192.0.2.1 5000 typ host", CandidateError::malformed},
             Case{"candidate:1 1 udp 1 192.0.2.1 70000 typ host", CandidateError::malformed},
             Case{"candidate:1 1 udp 1 192.0.2.1 5000 typ magic", CandidateError::malformed},
             Case{"candidate:1 1 udp 1 192.0.2.1 5000", CandidateError::malformed},
             Case{"candidate:1 1 udp 1 192.0.2.1 5000 typ host " + std::string(600, 'x'),
                  CandidateError::malformed},
         }) {
        const auto candidate = parse_candidate(row.line);
        ASSERT_FALSE(candidate) << row.line;
        EXPECT_EQ(candidate.error(), row.error) << row.line;
    }
}

TEST(Candidate, ReadsWhatItWrites) {
    for (const CandidateType type : {CandidateType::host, CandidateType::server_reflexive,
                                     CandidateType::peer_reflexive, CandidateType::relay}) {
        const Candidate candidate{*net::Address::parse("192.0.2.1", 5000), type,
                                  candidate_priority(type, 7), "12"};
        const auto read = parse_candidate(serialize_candidate(candidate));
        if (type == CandidateType::relay) {
            EXPECT_EQ(candidate.priority, (7U << 8U) | 255U);
        }
        ASSERT_TRUE(read);
        EXPECT_EQ(*read, candidate);
    }
    // The value that every implementation writes for its first host address.
    EXPECT_EQ(candidate_priority(CandidateType::host, 65535), 2130706431U);
}

}  // namespace
}  // namespace studio::ice
