#include "protocol/webrtc/internal/negotiation.hpp"

#include <gtest/gtest.h>

#include "protocol/sdp/sample_offers.hpp"
#include "protocol/webrtc/peer.hpp"

namespace studio::webrtc {
namespace {

PeerOptions peer_options(Entropy& entropy) {
    static const auto identity = make_identity();
    PeerOptions options;
    options.identity = identity;
    options.entropy = &entropy;
    options.local_addresses = {*net::Address::parse("192.0.2.2", 2000)};
    return options;
}

TEST(Negotiation, AnswersTheOffersOfOthers) {
    struct Case {
        const char* offer;
        AudioCodec codec;
        std::uint8_t payload_type;
        std::vector<std::uint16_t> ports;
        std::vector<std::string> bundle;
    };
    for (const Case& row : {
             Case{sdp::samples::chromium, AudioCodec::opus, 111, {9, 0, 9}, {"0", "2"}},
             Case{sdp::samples::firefox, AudioCodec::opus, 109, {9, 9}, {"0", "1"}},
             Case{sdp::samples::aiortc, AudioCodec::opus, 96, {9, 9}, {"0", "1"}},
             Case{sdp::samples::pion_g711, AudioCodec::pcmu, 0, {9}, {"0"}},
         }) {
        SeededEntropy entropy(3);
        const auto accepted = Peer::accept(row.offer, peer_options(entropy), Instant{});
        ASSERT_TRUE(accepted);
        const auto answer = sdp::parse_description(accepted->answer_sdp);
        ASSERT_TRUE(answer);
        ASSERT_EQ(answer->media.size(), row.ports.size());
        EXPECT_TRUE(answer->ice_lite);
        ASSERT_EQ(answer->bundles.size(), 1U);
        EXPECT_EQ(answer->bundles[0], row.bundle);
        for (std::size_t index = 0; index < row.ports.size(); ++index) {
            EXPECT_EQ(answer->media[index].port, row.ports[index]);
            EXPECT_EQ(answer->media[index].transport.ice_ufrag.empty(), row.ports[index] == 0);
        }
        const sdp::MediaDescription& audio = answer->media[0];
        EXPECT_EQ(audio.formats[0].payload_type, row.payload_type);
        EXPECT_EQ(audio.formats[0].encoding, encoding_name(row.codec));
        EXPECT_EQ(audio.transport.setup, sdp::Setup::active);
        EXPECT_EQ(audio.transport.ice_ufrag, accepted->peer->local_ufrag());
        EXPECT_EQ(audio.transport.candidates,
                  std::vector<std::string>{"candidate:1 1 udp 2130706431 192.0.2.2 2000 typ host"});
        EXPECT_TRUE(audio.transport.end_of_candidates);
        EXPECT_TRUE(audio.rtcp_mux);
        EXPECT_EQ(audio.sources.size(), 1U);
        // Nothing that was not offered.
        const auto offer = sdp::parse_description(row.offer);
        for (const sdp::Format& format : audio.formats) {
            const auto& words = offer->media[0].format_words;
            EXPECT_NE(std::find(words.begin(), words.end(), std::to_string(format.payload_type)),
                      words.end());
        }
    }
}

TEST(Negotiation, TheAnswerFollowsRoleAndDirection) {
    struct Case {
        const char* from;
        const char* to;
        sdp::Setup setup;
        sdp::Direction direction;
    };
    for (const Case& row : {
             Case{"a=setup:actpass", "a=setup:active", sdp::Setup::passive,
                  sdp::Direction::sendrecv},
             Case{"a=setup:actpass", "a=setup:passive", sdp::Setup::active,
                  sdp::Direction::sendrecv},
             Case{"a=sendrecv", "a=sendonly", sdp::Setup::active, sdp::Direction::recvonly},
             Case{"a=sendrecv", "a=recvonly", sdp::Setup::active, sdp::Direction::sendonly},
         }) {
        std::string offer = sdp::samples::pion_g711;
        offer.replace(offer.find(row.from), std::string_view(row.from).size(), row.to);
        SeededEntropy entropy(3);
        const auto accepted = Peer::accept(offer, peer_options(entropy), Instant{});
        ASSERT_TRUE(accepted);
        const auto answer = sdp::parse_description(accepted->answer_sdp);
        EXPECT_EQ(answer->media[0].transport.setup, row.setup) << row.to;
        EXPECT_EQ(answer->media[0].direction, row.direction) << row.to;
    }
}

TEST(Negotiation, NackIsAgreedOnlyWhereItWasOffered) {
    SeededEntropy entropy(3);
    const auto with = Peer::accept(sdp::samples::pion_g711, peer_options(entropy), Instant{});
    EXPECT_NE(with->answer_sdp.find("a=rtcp-fb:0 nack"), std::string::npos);
    const auto without = Peer::accept(sdp::samples::chromium, peer_options(entropy), Instant{});
    EXPECT_EQ(without->answer_sdp.find("rtcp-fb"), std::string::npos);
    PeerOptions options = peer_options(entropy);
    options.use_nack = false;
    const auto unwanted = Peer::accept(sdp::samples::pion_g711, options, Instant{});
    EXPECT_EQ(unwanted->answer_sdp.find("rtcp-fb"), std::string::npos);
}

TEST(Negotiation, RefusesOffersThatCannotWork) {
    struct Case {
        const char* from;
        const char* to;
        SdpRefusal refusal;
    };
    for (const Case& row : {
             Case{"v=0", "x", SdpRefusal::malformed},
             Case{"m=audio 9 ", "m=audio 0 ", SdpRefusal::unsupported},
             Case{"m=audio 9 ", "m=video 9 ", SdpRefusal::unsupported},
             Case{"UDP/TLS/RTP/SAVPF 0 8", "RTP/AVP 0 8", SdpRefusal::unsupported},
             Case{"UDP/TLS/RTP/SAVPF 0 8", "UDP/TLS/RTP/SAVPF 9", SdpRefusal::unsupported},
             Case{"a=rtcp-mux\n", "", SdpRefusal::unsupported},
             Case{"a=fingerprint:sha-256", "a=fingerprint:md5", SdpRefusal::unsupported},
             Case{"a=ice-ufrag:VrLnbSdQwFVvRtVf\n", "", SdpRefusal::unsupported},
             Case{"a=ice-pwd:QQLeDHrTfgzTmRKhuCkVLgkTGVkPbGcz\n", "", SdpRefusal::unsupported},
             Case{"a=msid-semantic:WMS*\n", "a=ice-lite\n", SdpRefusal::unsupported},
         }) {
        std::string offer = sdp::samples::pion_g711;
        offer.replace(offer.find(row.from), std::string_view(row.from).size(), row.to);
        SeededEntropy entropy(3);
        const auto accepted = Peer::accept(offer, peer_options(entropy), Instant{});
        ASSERT_FALSE(accepted) << row.from << " -> " << row.to;
        EXPECT_EQ(accepted.error(), row.refusal) << row.from << " -> " << row.to;
    }
}

TEST(Negotiation, AnOfferMayHaveSpareSectionsForARoom) {
    SeededEntropy entropy(3);
    OfferOptions options;
    options.peer = peer_options(entropy);
    options.peer.codecs = {AudioCodec::opus};
    options.audio = {{Direction::sendonly, "stream", "TR_cid"},
                     {Direction::recvonly, "", ""},
                     {Direction::recvonly, "", ""}};
    options.channel_labels = {};
    const auto peer = Peer::make_offer(options, Instant{});
    const auto offer = sdp::parse_description(peer->offer_sdp());
    ASSERT_TRUE(offer);
    ASSERT_EQ(offer->media.size(), 3U);
    EXPECT_EQ(offer->bundles[0], (std::vector<std::string>{"0", "1", "2"}));
    EXPECT_EQ(offer->media[0].msid, "stream TR_cid");
    EXPECT_EQ(offer->media[0].sources.size(), 1U);
    EXPECT_EQ(offer->media[0].direction, sdp::Direction::sendonly);
    EXPECT_EQ(offer->media[1].direction, sdp::Direction::recvonly);
    EXPECT_TRUE(offer->media[1].sources.empty());
    EXPECT_TRUE(offer->media[1].msid.empty());
    EXPECT_EQ(offer->media[0].formats[0].payload_type, 111);
    EXPECT_EQ(offer->media[0].transport.setup, sdp::Setup::actpass);
}

TEST(Negotiation, AnswersThatDoNotFitAreRefused) {
    SeededEntropy entropy(3);
    OfferOptions options;
    options.peer = peer_options(entropy);
    const auto peer = Peer::make_offer(options, Instant{});
    const auto accepted = Peer::accept(peer->offer_sdp(), peer_options(entropy), Instant{});
    ASSERT_TRUE(accepted);
    const auto changed = [&](std::string_view from, std::string_view to) {
        std::string answer = accepted->answer_sdp;
        for (std::size_t at = answer.find(from); at != std::string::npos;
             at = answer.find(from, at + to.size())) {
            answer.replace(at, from.size(), to);
        }
        return answer;
    };
    EXPECT_EQ(peer->handle_answer("junk", Instant{}).error(), SdpRefusal::malformed);
    EXPECT_EQ(peer->handle_answer(changed("a=setup:active", "a=setup:actpass"), Instant{}).error(),
              SdpRefusal::unsupported);
    EXPECT_EQ(peer->handle_answer(changed("m=audio 9", "m=audio 0"), Instant{}).error(),
              SdpRefusal::unsupported);
    EXPECT_EQ(peer->handle_answer("v=0\r\n", Instant{}).error(), SdpRefusal::malformed);
    EXPECT_TRUE(peer->handle_answer(accepted->answer_sdp, Instant{}));
    EXPECT_EQ(peer->handle_answer(accepted->answer_sdp, Instant{}).error(), SdpRefusal::unsupported)
        << "once";
}

TEST(Negotiation, AFurtherOfferAddsSectionsAndCredentials) {
    SeededEntropy entropy(3);
    OfferOptions options;
    options.peer = peer_options(entropy);
    const auto peer = Peer::make_offer(options, Instant{});
    const auto first = sdp::parse_description(peer->offer_sdp());
    const auto second = sdp::parse_description(peer->renegotiate({.more_audio = 2}));
    ASSERT_TRUE(first && second);
    ASSERT_EQ(second->media.size(), first->media.size() + 2);
    EXPECT_GT(second->session_version, first->session_version);
    EXPECT_EQ(second->bundles.front().size(), second->media.size());
    EXPECT_EQ(second->media.back().direction, Direction::recvonly);
    EXPECT_TRUE(second->media.back().sources.empty());
    // What was there keeps its place and its credentials.
    for (std::size_t index = 0; index < first->media.size(); ++index) {
        EXPECT_EQ(second->media[index].mid, first->media[index].mid);
        EXPECT_EQ(second->media[index].kind, first->media[index].kind);
        EXPECT_EQ(second->media[index].msid, first->media[index].msid);
    }
    EXPECT_EQ(second->ufrag_of(second->media[0]), first->ufrag_of(first->media[0]));
    const auto third = sdp::parse_description(peer->renegotiate({.restart_ice = true}));
    ASSERT_TRUE(third);
    EXPECT_NE(third->ufrag_of(third->media[0]), first->ufrag_of(first->media[0]));
    // Never more than the limit of what anybody reads.
    const auto last = sdp::parse_description(peer->renegotiate({.more_audio = 1'000}));
    ASSERT_TRUE(last);
    EXPECT_LE(last->media.size(), sdp::sections_max);
}

TEST(Negotiation, ASectionMayHaveItsOwnCodecs) {
    SeededEntropy entropy(3);
    OfferOptions options;
    options.peer = peer_options(entropy);
    AudioSection voice;
    voice.direction = Direction::sendonly;
    voice.codecs = {AudioCodec::pcmu};
    AudioSection heard;
    heard.direction = Direction::recvonly;
    options.audio = {voice, heard};
    const auto peer = Peer::make_offer(options, Instant{});
    const auto offer = sdp::parse_description(peer->offer_sdp());
    ASSERT_TRUE(offer);
    EXPECT_EQ(offer->media[0].formats[0].encoding, "PCMU");
    EXPECT_EQ(offer->media[1].formats[0].encoding, "opus");
}

}  // namespace
}  // namespace studio::webrtc
