// How calls in rooms end, and how they do not.

#include "protocol/livekit/signalling_fixture.hpp"

namespace studio::livekit {
namespace {

TEST_F(Signalling, HowTheCallerWentIsTold) {
    const std::pair<int, SignalEndReason> cases[] = {
        {0, SignalEndReason::caller_lost},  {1, SignalEndReason::remote},
        {3, SignalEndReason::caller_lost},  {4, SignalEndReason::caller_removed},
        {5, SignalEndReason::room_closed},  {6, SignalEndReason::caller_lost},
        {7, SignalEndReason::caller_lost},  {9, SignalEndReason::caller_lost},
        {10, SignalEndReason::room_closed}, {11, SignalEndReason::remote},
        {12, SignalEndReason::remote},      {14, SignalEndReason::caller_lost},
        {15, SignalEndReason::caller_lost}, {99, SignalEndReason::caller_lost}};
    for (const auto& [number, reason] : cases) {
        join();
        welcome({participant("person", 0, "TR_1")});
        wire::ParticipantInfo gone = participant("person", 0, "");
        gone.set_state(3);
        gone.set_disconnect_reason(number);
        update(gone);
        ASSERT_NE(find<SignalEnded>(), nullptr) << number;
        EXPECT_EQ(find<SignalEnded>()->reason, reason) << number;
    }
}

TEST_F(Signalling, HowTheServerSendsUsAwayIsTold) {
    const std::pair<int, SignalEndReason> cases[] = {{0, SignalEndReason::connection_lost},
                                                     {2, SignalEndReason::replaced},
                                                     {3, SignalEndReason::connection_lost},
                                                     {4, SignalEndReason::removed},
                                                     {5, SignalEndReason::room_closed}};
    for (const auto& [number, reason] : cases) {
        join();
        welcome({participant("person", 0, "TR_1")});
        leave(0, number);
        ASSERT_NE(find<SignalEnded>(), nullptr) << number;
        EXPECT_EQ(find<SignalEnded>()->reason, reason) << number;
    }
}

TEST_F(Signalling, ARoomIsClosedWhenItsPeopleWent) {
    join();
    welcome({participant("person", 0, "TR_1")});
    leave(0, 10);
    ASSERT_NE(find<SignalEnded>(), nullptr);
    EXPECT_EQ(find<SignalEnded>()->reason, SignalEndReason::remote);
    // Also where the media ended before the word came.
    join();
    welcome({participant("person", 0, "TR_1")});
    session_->media_lost(now_);
    leave(0, 10);
    ASSERT_NE(find<SignalEnded>(), nullptr);
    EXPECT_EQ(find<SignalEnded>()->reason, SignalEndReason::remote);
    // Who was away before did not hang up.
    join();
    welcome({participant("person", 0, "TR_1")});
    wire::ParticipantInfo gone = participant("person", 0, "");
    gone.set_state(3);
    gone.set_disconnect_reason(8);
    update(gone);
    leave(0, 10);
    ASSERT_NE(find<SignalEnded>(), nullptr);
    EXPECT_EQ(find<SignalEnded>()->reason, SignalEndReason::caller_lost);
}

TEST_F(Signalling, ACallerWhoMayComeBackIsAway) {
    join();
    welcome({participant("person", 0, "TR_1")});
    wire::ParticipantInfo gone = participant("person", 0, "");
    gone.set_state(3);
    gone.set_disconnect_reason(8);
    update(gone);
    ASSERT_NE(find<SignalCallerAway>(), nullptr);
    EXPECT_TRUE(find<SignalCallerAway>()->is_away);
    pass(seconds(5));
    EXPECT_EQ(find<SignalEnded>(), nullptr);
    update(participant("person", 0, "TR_2"));
    ASSERT_NE(find<SignalCallerAway>(), nullptr);
    EXPECT_FALSE(find<SignalCallerAway>()->is_away);
    // And who does not come is lost.
    update(gone);
    pass(seconds(11));
    ASSERT_NE(find<SignalEnded>(), nullptr);
    EXPECT_EQ(find<SignalEnded>()->reason, SignalEndReason::caller_lost);
}

TEST_F(Signalling, ACallerOfWhomNothingArrivesIsAwayButNotForEver) {
    const auto quality = [this](const std::string& sid, int value) {
        wire::SignalResponse response;
        wire::ConnectionQualityInfo& one = *response.mutable_connection_quality()->add_updates();
        one.set_participant_sid(sid);
        one.set_quality(value);
        tell(response);
    };
    join();
    welcome({participant("person", 0, "TR_1")});
    quality("PA_person", 2);
    quality("PA_agent", 3);
    EXPECT_EQ(find<SignalCallerAway>(), nullptr);
    quality("PA_person", 3);
    ASSERT_NE(find<SignalCallerAway>(), nullptr);
    EXPECT_TRUE(find<SignalCallerAway>()->is_away);
    quality("PA_person", 0);
    ASSERT_NE(find<SignalCallerAway>(), nullptr);
    EXPECT_FALSE(find<SignalCallerAway>()->is_away);
    // Somebody who only sends nothing hears us all the same.
    quality("PA_person", 3);
    pass(seconds(14));
    EXPECT_EQ(find<SignalCallerAway>(), nullptr);
    pass(seconds(2));
    ASSERT_NE(find<SignalCallerAway>(), nullptr);
    EXPECT_FALSE(find<SignalCallerAway>()->is_away);
    EXPECT_EQ(find<SignalEnded>(), nullptr);
    // Nor is that forgotten when the server says it again.
    quality("PA_person", 3);
    EXPECT_EQ(find<SignalCallerAway>(), nullptr);
    quality("PA_person", 2);
    quality("PA_person", 3);
    EXPECT_NE(find<SignalCallerAway>(), nullptr);
}

TEST_F(Signalling, WhyTheMediaEndedIsSaidAfterItsEnd) {
    const std::pair<int, SignalEndReason> cases[] = {{2, SignalEndReason::replaced},
                                                     {4, SignalEndReason::removed},
                                                     {5, SignalEndReason::room_closed}};
    for (const auto& [number, reason] : cases) {
        join();
        welcome({participant("person", 0, "TR_1")});
        session_->media_lost(now_);
        leave(0, number);
        ASSERT_NE(find<SignalEnded>(), nullptr) << number;
        EXPECT_EQ(find<SignalEnded>()->reason, reason) << number;
        pass(seconds(1));
        EXPECT_EQ(find<SignalRejoin>(), nullptr) << "a room is made anew for whoever enters it";
    }
    // A server that only asks for a new connection gets one, at the time that was planned.
    join();
    welcome({participant("person", 0, "TR_1")});
    session_->media_lost(now_);
    leave(2, 6);
    EXPECT_EQ(find<SignalEnded>(), nullptr);
    pass(milliseconds(400));
    EXPECT_EQ(find<SignalRejoin>(), nullptr);
    pass(milliseconds(100));
    EXPECT_NE(find<SignalRejoin>(), nullptr);
}

TEST_F(Signalling, NoRoomIsEnteredAnewThatIsNotThere) {
    join({.asks_room = true});
    welcome({participant("person", 0, "TR_1")});
    session_->media_lost(now_);
    session_->handle_end(0, now_);
    milliseconds waited{0};
    for (int step = 0; step < 200 && find<SignalEnded>() == nullptr; ++step) {
        pass(milliseconds(100));
        waited += milliseconds(100);
        EXPECT_EQ(find<SignalConnect>(), nullptr);
        EXPECT_EQ(find<SignalRejoin>(), nullptr);
        if (find<SignalCheckRoom>() != nullptr) {
            session_->room_checked(false, now_);
            drain();
        }
    }
    ASSERT_NE(find<SignalEnded>(), nullptr);
    EXPECT_EQ(find<SignalEnded>()->reason, SignalEndReason::room_closed);
    EXPECT_LE(waited, seconds(12));
}

TEST_F(Signalling, ARoomThatIsThereIsResumedOrEnteredAnew) {
    join({.asks_room = true});
    welcome({participant("person", 0, "TR_1")});
    session_->handle_end(0, now_);
    pass(milliseconds(0));
    ASSERT_NE(find<SignalCheckRoom>(), nullptr);
    EXPECT_EQ(find<SignalConnect>(), nullptr);
    // Neither does nobody's answer bring us in.
    session_->room_checked(std::nullopt, now_);
    pass(milliseconds(100));
    ASSERT_EQ(find<SignalConnect>(), nullptr);
    pass(milliseconds(200));
    ASSERT_NE(find<SignalCheckRoom>(), nullptr);
    session_->room_checked(true, now_);
    drain();
    EXPECT_TRUE(asked().reconnect());
    leave(2, 6);
    pass(milliseconds(500));
    ASSERT_NE(find<SignalCheckRoom>(), nullptr);
    session_->room_checked(true, now_);
    drain();
    EXPECT_NE(find<SignalRejoin>(), nullptr);
}

TEST_F(Signalling, WhoIsBackBeforeTheCallerDoesNotWaitForEver) {
    join();
    welcome({participant("person", 0, "TR_1")});
    session_->media_lost(now_);
    pass(seconds(1));
    session_->join("v=0 again", "cid2", now_);
    wire::SignalResponse response;
    *response.mutable_join()->mutable_participant() = participant("agent", 4, "");
    tell(response);
    ASSERT_NE(find<SignalCallerAway>(), nullptr);
    EXPECT_TRUE(find<SignalCallerAway>()->is_away);
    session_->media_connected();
    wire::SignalResponse answer;
    answer.mutable_answer()->set_sdp("v=0 answer");
    answer.mutable_answer()->set_id(1);
    tell(answer);
    pass(seconds(11));
    ASSERT_NE(find<SignalEnded>(), nullptr);
    EXPECT_EQ(find<SignalEnded>()->reason, SignalEndReason::caller_lost);
}

}  // namespace
}  // namespace studio::livekit
