#include "core/call/caller_presence.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

using namespace std::chrono_literals;

class Presence : public ::testing::Test {
protected:
    /// Frames of that kind for so long; `every`: a packet in so many frames.
    void pass(milliseconds time, bool is_audible, int every) {
        for (milliseconds done{0}; done < time; done += 20ms) {
            now_ += 20ms;
            ++frame_;
            presence_.handle_frame(every > 0 && frame_ % every == 0, is_audible, now_);
        }
    }
    void speak(milliseconds time) { pass(time, true, 1); }
    void be_silent(milliseconds time) { pass(time, false, 1); }
    void send_nothing(milliseconds time) { pass(time, false, 0); }

    Instant now_{10s};
    int frame_ = 0;
    CallerPresence presence_;
};

TEST_F(Presence, WhosePacketsCeaseIsAwayUntilTheNext) {
    speak(2s);
    be_silent(4s);
    send_nothing(1'400ms);
    EXPECT_FALSE(presence_.is_away());
    send_nothing(200ms);
    EXPECT_TRUE(presence_.is_away());
    send_nothing(5s);
    EXPECT_TRUE(presence_.is_away());
    speak(20ms);
    EXPECT_FALSE(presence_.is_away());
    // Again, without another proof.
    send_nothing(2s);
    EXPECT_TRUE(presence_.is_away());
}

TEST_F(Presence, WhoSendsNothingInSilenceIsNeverAway) {
    for (int turn = 0; turn < 10; ++turn) {
        speak(8s);
        be_silent(1s);
        send_nothing(9s);
        EXPECT_FALSE(presence_.is_away());
    }
}

TEST_F(Presence, SilenceMayBeToldNowAndThen) {
    speak(1s);
    pass(8s, false, 20);
    EXPECT_FALSE(presence_.is_away());
    send_nothing(2s);
    EXPECT_TRUE(presence_.is_away());
}

TEST_F(Presence, WhoIsMutedIsThere) {
    be_silent(5s);
    presence_.set_muted(true);
    send_nothing(30s);
    EXPECT_FALSE(presence_.is_away());
    presence_.set_muted(false);
    send_nothing(3s);
    EXPECT_FALSE(presence_.is_away()) << "the first packet is still to come";
    be_silent(20ms);
    send_nothing(2s);
    EXPECT_TRUE(presence_.is_away());
    presence_.set_muted(true);
    EXPECT_FALSE(presence_.is_away());
}

TEST_F(Presence, NobodyIsAwayForEver) {
    be_silent(5s);
    send_nothing(13s);
    EXPECT_TRUE(presence_.is_away());
    send_nothing(1s);
    EXPECT_FALSE(presence_.is_away());
    // From then on the client counts as one that does not always send.
    speak(1s);
    send_nothing(5s);
    EXPECT_FALSE(presence_.is_away());
}

}  // namespace
}  // namespace studio::core
