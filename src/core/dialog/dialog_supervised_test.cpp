#include "core/dialog/dialog_test_driver.hpp"

namespace studio::core {
namespace {

TEST_F(DialogTest, ANoteIsToldWithTheNextRequest) {
    EXPECT_EQ(input(NoteGiven{"They are a regular guest."}), "");
    EXPECT_EQ(input(UserSaid{"hi"}), "ask; ");
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "U:hi", "s:They are a regular guest."}));
    piece("Welcome back. ");
    done();
    input(SentenceHeard{1});
    input(UserSaid{"a table"});
    EXPECT_EQ(messages_.size(), 5U) << "once";
}

TEST_F(DialogTest, ANoteThatWantsAnAnswerAsksWhereNobodySpeaks) {
    EXPECT_EQ(input(NoteGiven{"Offer a discount.", true}), "ask; ");
    EXPECT_EQ(messages_.back(), "s:Offer a discount.");
    EXPECT_EQ(input(NoteGiven{"And a dessert.", true}), "") << "an answer is under way";
    piece("Here is one. ");
    done();
    input(SentenceHeard{1});
    input(CallerSpeaks{true});
    EXPECT_EQ(input(NoteGiven{"Hurry.", true}), "") << "the caller speaks";
    EXPECT_EQ(input(UserSaid{"yes"}), "ask; ");
    EXPECT_EQ(messages_.back(), "s:Hurry.");
}

TEST_F(DialogTest, AMutedAgentListensAndIsAskedNothing) {
    input(AgentMuted{true});
    EXPECT_EQ(input(UserSaid{"hello"}), "");
    EXPECT_FALSE(dialog_.is_busy());
    EXPECT_EQ(input(UserMaySay{"are you there"}), "");
    EXPECT_EQ(input(UserSaid{"are you there"}), "");
    EXPECT_EQ(input(AgentSays{"This is the supervisor."}), "speak This is the supervisor.; ");
    input(SentenceHeard{1});
    input(AgentMuted{false});
    EXPECT_EQ(input(UserSaid{"good"}), "ask; ");
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "U:hello are you there", "A:This is the supervisor.",
                                "U:good"}));
}

}  // namespace
}  // namespace studio::core
