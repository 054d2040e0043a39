#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/livekit/data_packet.hpp"
#include "protocol/livekit/signalling_fixture.hpp"
#include "protocol/livekit/text_streams.hpp"

namespace studio::livekit {
namespace {

TEST_F(Signalling, AJoinCarriesTrackAndOffer) {
    join({.voice_is_pcmu = true});
    const wire::JoinRequest request = asked();
    EXPECT_FALSE(request.connection_settings().auto_subscribe());
    EXPECT_EQ(request.publisher_offer().sdp(), "v=0 offer");
    ASSERT_EQ(request.add_track_requests_size(), 1);
    EXPECT_EQ(request.add_track_requests(0).cid(), "cid");
    EXPECT_TRUE(request.add_track_requests(0).disable_red());
    EXPECT_EQ(request.add_track_requests(0).simulcast_codecs(0).codec(), "pcmu");
}

TEST_F(Signalling, HearsTheFirstWhoHasAMicrophone) {
    join();
    welcome({participant("other-agent", 4, "TR_a"), participant("recorder", 2, "TR_b")});
    EXPECT_TRUE(session_->caller_identity().empty());
    update(participant("viewer", 0, ""));
    update(participant("person", 0, ""));
    EXPECT_TRUE(session_->caller_identity().empty());
    EXPECT_TRUE(sent().empty());
    update(participant("person", 0, "TR_1"));
    EXPECT_EQ(session_->caller_identity(), "person");
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_EQ(sent()[0].subscription().participant_tracks(0).track_sids(0), "TR_1");
    ASSERT_NE(find<SignalCaller>(), nullptr);
    // The same track is asked for once.
    update(participant("person", 0, "TR_1"));
    EXPECT_TRUE(sent().empty());
    // A second person is heard as well, and is not the caller.
    update(participant("second", 0, "TR_2"));
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_EQ(sent()[0].subscription().participant_tracks(0).track_sids(0), "TR_2");
    EXPECT_EQ(find<SignalCaller>(), nullptr);
    EXPECT_EQ(session_->caller_identity(), "person");
}

TEST_F(Signalling, OnlyTheGivenIdentityIsTheCaller) {
    join({.people = {.caller_identity = "wanted"}});
    welcome({participant("person", 0, "TR_1")});
    EXPECT_EQ(find<SignalCaller>(), nullptr);
    EXPECT_TRUE(session_->caller_track().empty());
    update(participant("wanted", 3, "TR_2"));
    ASSERT_NE(find<SignalCaller>(), nullptr);
    EXPECT_EQ(session_->caller_track(), "TR_2");
}

TEST_F(Signalling, TheCallEndsWithItsCaller) {
    join();
    welcome({participant("person", 0, "TR_1")});
    wire::ParticipantInfo gone = participant("person", 0, "");
    gone.set_state(3);
    gone.set_disconnect_reason(1);
    update(gone);
    ASSERT_NE(find<SignalEnded>(), nullptr);
    EXPECT_EQ(find<SignalEnded>()->reason, SignalEndReason::remote);
    EXPECT_TRUE(sent().at(0).has_leave());
}

TEST_F(Signalling, ACallerMayComeBackByANewConnection) {
    join();
    welcome({participant("person", 0, "TR_1")});
    wire::ParticipantInfo gone = participant("person", 0, "");
    gone.set_state(3);
    gone.set_disconnect_reason(2);
    update(gone);
    EXPECT_EQ(find<SignalEnded>(), nullptr);
    update(participant("person", 0, "TR_2"));
    pass(seconds(11));
    EXPECT_EQ(find<SignalEnded>(), nullptr);
    EXPECT_EQ(session_->caller_track(), "TR_2");
    update(gone);
    pass(seconds(11));
    EXPECT_NE(find<SignalEnded>(), nullptr);
}

TEST_F(Signalling, ADuplicateIdentityReplacesUs) {
    join();
    welcome();
    leave(0, 2);
    ASSERT_NE(find<SignalEnded>(), nullptr);
    EXPECT_EQ(find<SignalEnded>()->reason, SignalEndReason::replaced);
}

TEST_F(Signalling, WhoIsAboutToBeReplacedDoesNotComeBack) {
    const std::function<void()> cuts[] = {[this] { session_->handle_end(0, now_), drain(); },
                                          [this] { session_->media_lost(now_), drain(); },
                                          [this] { leave(2, 6); }};
    for (const auto& cut : cuts) {
        join();
        welcome();
        session_->expect_replacement(true);
        cut();
        ASSERT_NE(find<SignalEnded>(), nullptr);
        EXPECT_EQ(find<SignalEnded>()->reason, SignalEndReason::replaced);
        EXPECT_FALSE(session_->next_deadline());
    }
    join();
    welcome();
    session_->expect_replacement(true);
    session_->expect_replacement(false);
    session_->handle_end(0, now_);
    pass(milliseconds(0));
    EXPECT_EQ(find<SignalEnded>(), nullptr);
}

TEST_F(Signalling, ACutIsResumedWhileMediaLives) {
    join();
    welcome({participant("person", 0, "TR_1")});
    session_->handle_end(0, now_);
    pass(milliseconds(0));
    EXPECT_TRUE(asked().reconnect());
    EXPECT_EQ(asked().participant_sid(), "PA_agent");
    // Ten seconds of refused connections do not end the call.
    for (int attempt = 0; attempt < 20; ++attempt) {
        session_->handle_end(0, now_);
        pass(seconds(2));
        EXPECT_EQ(find<SignalEnded>(), nullptr);
        EXPECT_EQ(find<SignalRejoin>(), nullptr);
        EXPECT_TRUE(asked().reconnect());
    }
    wire::SignalResponse resumed;
    resumed.mutable_reconnect();
    tell(resumed);
    ASSERT_NE(find<SignalOfferWanted>(), nullptr);
    EXPECT_TRUE(find<SignalOfferWanted>()->restart_ice);
    EXPECT_TRUE(sent().at(0).has_subscription());
}

TEST_F(Signalling, WhatCannotBeResumedIsEnteredAnew) {
    join();
    welcome({participant("person", 0, "TR_1")});
    session_->handle_end(0, now_);
    pass(milliseconds(0));
    leave(2, 6);
    pass(milliseconds(400));
    ASSERT_NE(find<SignalRejoin>(), nullptr);
    session_->join("v=0 again", "cid2", now_);
    drain();
    EXPECT_FALSE(asked().reconnect());
    EXPECT_EQ(asked().publisher_offer().sdp(), "v=0 again");
    welcome({participant("person", 0, "TR_1")});
    EXPECT_EQ(session_->caller_track(), "TR_1");
}

TEST_F(Signalling, WithoutMediaAndRoomTheCallIsLost) {
    join();
    welcome();
    session_->media_lost(now_);
    session_->handle_end(0, now_);
    for (int second = 0; second < 19; ++second) {
        pass(seconds(1));
        EXPECT_EQ(find<SignalEnded>(), nullptr);
        if (find<SignalRejoin>() != nullptr) {
            session_->join("v=0 again", "cid2", now_);
            session_->handle_end(0, now_);
        }
    }
    pass(seconds(2));
    ASSERT_NE(find<SignalEnded>(), nullptr);
    EXPECT_EQ(find<SignalEnded>()->reason, SignalEndReason::connection_lost);
}

TEST_F(Signalling, OneOfferAtATime) {
    join();
    welcome();
    wire::SignalResponse more;
    more.mutable_media_sections_requirement()->set_num_audios(1);
    tell(more);
    ASSERT_NE(find<SignalOfferWanted>(), nullptr);
    session_->offer("v=0 second", now_);
    drain();
    EXPECT_EQ(sent().at(0).offer().id(), 2U);
    tell(more);
    EXPECT_EQ(find<SignalOfferWanted>(), nullptr);
    wire::SignalResponse answer;
    answer.mutable_answer()->set_sdp("v=0");
    answer.mutable_answer()->set_id(2);
    tell(answer);
    ASSERT_NE(find<SignalOfferWanted>(), nullptr);
    EXPECT_EQ(find<SignalOfferWanted>()->more_audio, 1U);
}

TEST_F(Signalling, TellsOnceThatSomebodyHearsUs) {
    join();
    welcome();
    EXPECT_FALSE(session_->is_subscribed());
    wire::SignalResponse subscribed;
    subscribed.mutable_track_subscribed()->set_track_sid("TR_1");
    tell(subscribed);
    EXPECT_NE(find<SignalSubscribed>(), nullptr);
    EXPECT_TRUE(session_->is_subscribed());
    tell(subscribed);
    EXPECT_EQ(find<SignalSubscribed>(), nullptr);
    // A track that is published anew is nobody's yet.
    session_->media_lost(now_);
    session_->join("v=0 offer", "cid", now_);
    EXPECT_FALSE(session_->is_subscribed());
}

TEST_F(Signalling, PingsAndTakesSilenceForACut) {
    join();
    welcome();
    pass(seconds(5));
    EXPECT_TRUE(sent().at(0).has_ping_req());
    for (int count = 0; count < 4 && find<SignalConnect>() == nullptr; ++count) {
        pass(seconds(5));
    }
    pass(milliseconds(0));
    EXPECT_TRUE(asked().reconnect());
}

TEST_F(Signalling, RefusalsHaveTheirReasons) {
    const std::pair<int, SignalEndReason> cases[] = {{401, SignalEndReason::unauthorized},
                                                     {404, SignalEndReason::no_room},
                                                     {503, SignalEndReason::unavailable},
                                                     {0, SignalEndReason::unavailable}};
    for (const auto& [status, reason] : cases) {
        join();
        session_->handle_end(status, now_);
        drain();
        ASSERT_NE(find<SignalEnded>(), nullptr);
        EXPECT_EQ(find<SignalEnded>()->reason, reason) << status;
    }
}

TEST_F(Signalling, AResumedRoomIsAskedForEveryVoiceAgain) {
    join();
    welcome({participant("one", 0, "TR_1"), participant("two", 0, "TR_2")});
    session_->handle_end(0, now_);
    pass(milliseconds(0));
    wire::SignalResponse resumed;
    resumed.mutable_reconnect();
    tell(resumed);
    std::set<std::string> asked_for;
    for (const wire::SignalRequest& request : sent()) {
        if (request.has_subscription()) {
            asked_for.insert(request.subscription().participant_tracks(0).track_sids(0));
        }
    }
    EXPECT_EQ(asked_for, (std::set<std::string>{"TR_1", "TR_2"}));
}

std::optional<std::string> chat_of(const wire::DataPacket& packet) {
    const auto parsed = parse_data_packet(bytes_of(packet.SerializeAsString()));
    const auto* chat = parsed ? std::get_if<ChatPacket>(&parsed->content) : nullptr;
    return chat == nullptr ? std::nullopt : std::optional(chat->text);
}

TEST(DataPackets, ChatOfOlderClientsIsText) {
    const auto plain = [](const char* topic, const char* payload) {
        wire::DataPacket packet;
        packet.mutable_user()->set_topic(topic);
        packet.mutable_user()->set_payload(payload);
        return chat_of(packet);
    };
    EXPECT_EQ(plain("lk.chat", "hello"), "hello");
    EXPECT_EQ(plain("lk.chat", "{not json"), "{not json");
    EXPECT_EQ(plain("lk-chat-topic", R"({"id":"1","timestamp":2,"message":"hello"})"), "hello");
    // The same text comes as a stream.
    EXPECT_EQ(plain("lk-chat-topic", R"({"message":"hello","ignoreLegacy":true})"), std::nullopt);
    EXPECT_EQ(plain("lk-chat-topic", R"({"message":7})"), "");
    EXPECT_EQ(plain("other", "hello"), std::nullopt);
    wire::DataPacket packet;
    packet.mutable_chat_message()->set_message("hello");
    EXPECT_EQ(chat_of(packet), "hello");
    packet.mutable_chat_message()->set_edit_timestamp(5);
    EXPECT_EQ(chat_of(packet), std::nullopt);
}

TEST(TextStreams, OnlyNewTextsArePutTogether) {
    TextStreams streams;
    const auto stream = [&streams](bool is_text, std::size_t pieces) {
        DataPacket packet{"person", StreamOpened{"s", "lk.chat", is_text, {}}};
        EXPECT_FALSE(streams.handle(packet));
        for (std::size_t index = 0; index < pieces; ++index) {
            packet.content = StreamPiece{"s", index, std::string(15'000, 'x')};
            EXPECT_FALSE(streams.handle(packet));
        }
        packet.content = StreamClosed{"s"};
        return streams.handle(packet);
    };
    EXPECT_EQ(stream(true, 2).value().text.size(), 30'000U);
    EXPECT_FALSE(stream(false, 2));
    // One without an end is forgotten.
    EXPECT_FALSE(stream(true, 1'000));
}

TEST(DataPackets, DigitsGoBothWays) {
    DataPacketWriter writer;
    for (const char digit : std::string("0123456789*#ABCD")) {
        const auto packet = parse_data_packet(bytes_of(writer.make_digit(digit)));
        ASSERT_TRUE(packet);
        const auto* found = std::get_if<DigitPacket>(&packet->content);
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(found->digit, digit);
    }
    EXPECT_TRUE(writer.make_digit('x').empty());
    EXPECT_FALSE(parse_data_packet(bytes_of("\xFF\xFF")));
}

TEST(DataPackets, ALongTranscriptIsCutBetweenCharacters) {
    DataPacketWriter writer;
    std::string text(14'999, 'a');
    text += "ß and more";
    const auto packets = writer.make_transcript({.stream_id = "s",
                                                 .segment_id = "SG_1",
                                                 .speaker_identity = "person",
                                                 .track_sid = "TR_1",
                                                 .text = text,
                                                 .is_final = false,
                                                 .now = {}});
    ASSERT_EQ(packets.size(), 4U);
    const auto head = parse_data_packet(bytes_of(packets[0]));
    const auto& opened = std::get<StreamOpened>(head->content);
    EXPECT_EQ(head->sender_identity, "person");
    EXPECT_EQ(opened.topic, "lk.transcription");
    EXPECT_EQ(opened.attributes.at("lk.segment_id"), "SG_1");
    EXPECT_EQ(opened.attributes.at("lk.transcription_final"), "false");
    std::string whole;
    for (std::size_t index = 1; index < 3; ++index) {
        const auto packet = parse_data_packet(bytes_of(packets[index]));
        const auto& piece = std::get<StreamPiece>(packet->content);
        EXPECT_EQ(piece.index, index - 1);
        EXPECT_NE(static_cast<unsigned char>(piece.content[0]) & 0xC0U, 0x80U);
        whole += piece.content;
    }
    EXPECT_EQ(whole, text);
}

}  // namespace
}  // namespace studio::livekit
