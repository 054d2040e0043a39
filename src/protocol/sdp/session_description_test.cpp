#include "protocol/sdp/session_description.hpp"

#include <gtest/gtest.h>

#include "protocol/sdp/sample_offers.hpp"

namespace studio::sdp {
namespace {

TEST(SessionDescription, ReadsChromium) {
    const auto offer = parse_description(samples::chromium);
    ASSERT_TRUE(offer);
    EXPECT_EQ(offer->session_id, "4611731400430051336");
    EXPECT_TRUE(offer->ice_trickle);
    EXPECT_FALSE(offer->ice_lite);
    EXPECT_EQ(offer->bundles, (std::vector<std::vector<std::string>>{{"0", "1", "2"}}));
    ASSERT_EQ(offer->media.size(), 3U);
    const MediaDescription& audio = offer->media[0];
    EXPECT_EQ(audio.kind, "audio");
    EXPECT_EQ(audio.mid, "0");
    EXPECT_TRUE(audio.rtcp_mux);
    EXPECT_TRUE(audio.rtcp_reduced_size);
    EXPECT_EQ(audio.transport.setup, Setup::actpass);
    EXPECT_EQ(audio.transport.candidates.size(), 3U);
    EXPECT_EQ(offer->ufrag_of(audio), "EsAw");
    ASSERT_EQ(audio.formats.size(), 8U);
    EXPECT_EQ(audio.formats[0].encoding, "opus");
    EXPECT_EQ(audio.formats[0].channels, 2);
    EXPECT_EQ(audio.formats[0].parameters, "minptime=10;useinbandfec=1");
    EXPECT_EQ(audio.formats[0].feedback, std::vector<std::string>{"transport-cc"});
    ASSERT_EQ(audio.sources.size(), 1U);
    EXPECT_EQ(audio.sources[0].ssrc, 3570614608U);
    EXPECT_EQ(audio.sources[0].cname, "4TOk42mSjXCkVIa6");
    EXPECT_EQ(offer->media[2].sctp_port, 5000);
    EXPECT_EQ(offer->media[2].max_message_bytes, 262144U);
    EXPECT_EQ(offer->media[2].format_words, std::vector<std::string>{"webrtc-datachannel"});
}

TEST(SessionDescription, SessionValuesHoldForSectionsWithoutTheirOwn) {
    const auto offer = parse_description(samples::firefox);
    ASSERT_TRUE(offer);
    ASSERT_EQ(offer->media.size(), 2U);
    EXPECT_TRUE(offer->media[1].transport.fingerprints.empty());
    EXPECT_EQ(offer->fingerprints_of(offer->media[1]).size(), 1U);
    const auto pion = parse_description(samples::pion_g711);
    ASSERT_TRUE(pion);
    EXPECT_EQ(pion->media[0].formats[0].encoding, "PCMU");
    EXPECT_TRUE(pion->media[0].transport.end_of_candidates);
}

TEST(SessionDescription, WritesWhatItReads) {
    for (const char* sample :
         {samples::chromium, samples::firefox, samples::aiortc, samples::pion_g711}) {
        const auto first = parse_description(sample);
        ASSERT_TRUE(first);
        const std::string text = serialize_description(*first);
        EXPECT_EQ(text.find("\n\n"), std::string::npos);
        const auto second = parse_description(text);
        ASSERT_TRUE(second);
        EXPECT_EQ(serialize_description(*second), text);
        EXPECT_EQ(second->media.size(), first->media.size());
        EXPECT_EQ(second->bundles, first->bundles);
    }
}

std::string repeated(std::string_view line, std::size_t count) {
    std::string text = "v=0\r\n";
    if (!line.starts_with("m=")) {
        text += "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
    }
    for (std::size_t index = 0; index < count; ++index) {
        text += std::string(line) + "\r\n";
    }
    return text;
}

TEST(SessionDescription, RefusesWhatIsBrokenOrHuge) {
    struct Case {
        std::string text;
        SdpError error;
    };
    std::string many_formats = "v=0\r\nm=audio 9 X";
    std::string many_sources;
    for (int index = 0; index < 100; ++index) {
        many_formats += " " + std::to_string(index);
        many_sources += "a=ssrc:" + std::to_string(index) + " cname:x\r\n";
    }
    for (const Case& row : {
             Case{"", SdpError::malformed},
             Case{"hello", SdpError::malformed},
             Case{"o=- 1 1 IN IP4 0.0.0.0\r\n", SdpError::malformed},
             Case{"v=0\r\nnonsense\r\n", SdpError::malformed},
             Case{"v=0\r\na=mid:\rx\r\n", SdpError::malformed},
             Case{"v=0\r\nm=audio x UDP/TLS/RTP/SAVPF 0\r\n", SdpError::bad_value},
             Case{"v=0\r\nm=audio 99999 UDP/TLS/RTP/SAVPF 0\r\n", SdpError::bad_value},
             Case{"v=0\r\nm=\r\n", SdpError::bad_value},
             Case{"v=0\r\na=setup:maybe\r\n", SdpError::bad_value},
             Case{"v=0\r\na=ice-ufrag:abc\r\n", SdpError::bad_value},
             Case{"v=0\r\na=ice-pwd:short\r\n", SdpError::bad_value},
             Case{"v=0\r\na=ice-ufrag:ab cd\r\n", SdpError::bad_value},
             Case{repeated("a=rtpmap:300 opus/48000", 1), SdpError::bad_value},
             Case{repeated("a=rtpmap:0 opus", 1), SdpError::bad_value},
             Case{repeated("a=ssrc:x cname:y", 1), SdpError::bad_value},
             Case{repeated("a=candidate:1", 65), SdpError::too_large},
             Case{repeated("m=audio 9 UDP/TLS/RTP/SAVPF 0", 33), SdpError::too_large},
             Case{repeated("a=rtcp-fb:0 nack", 33), SdpError::too_large},
             Case{repeated("a=fingerprint:sha-256 00", 9), SdpError::too_large},
             Case{many_formats, SdpError::too_large},
             Case{repeated("a=sendrecv", 1) + many_sources, SdpError::too_large},
             Case{repeated("a=unknown:" + std::string(100, 'x'), 700), SdpError::too_large},
         }) {
        const auto read = parse_description(row.text);
        ASSERT_FALSE(read) << row.text.substr(0, 80);
        EXPECT_EQ(read.error(), row.error) << row.text.substr(0, 80);
    }
}

TEST(SessionDescription, PassesOverWhatItDoesNotKnow) {
    const auto read = parse_description(
        "v=0\nz=what\na=new-thing:1 2 3\nm=audio 9 UDP/TLS/RTP/SAVPF 0 999 x\na=rtcp-fb:* nack\n"
        "a=fmtp:77 nobody=1\na=extmap:x\n\n");
    ASSERT_TRUE(read);
    ASSERT_EQ(read->media[0].formats.size(), 1U);
    EXPECT_EQ(read->media[0].formats[0].feedback, std::vector<std::string>{"nack"});
}

}  // namespace
}  // namespace studio::sdp
