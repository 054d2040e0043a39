// Answers that are asked for before the caller's turn is over.

#include "core/dialog/dialog_test_driver.hpp"

namespace studio::core {
namespace {

class EarlyAnswer : public DialogTest {
protected:
    std::string may_say(const std::string& text) { return input(UserMaySay{text}); }
    std::string said(const std::string& text) { return input(UserSaid{text, true}); }
};

TEST_F(EarlyAnswer, IsMadeAndNotSaidBeforeTheTurnIsOver) {
    EXPECT_EQ(may_say("a table for two"), "ask early; ");
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "U:a table for two"}));
    EXPECT_FALSE(dialog_.is_busy()) << "the caller has the turn";
    EXPECT_EQ(piece("With pleasure. At what"), "");
    EXPECT_EQ(said("A table for two."), "kept; speak With pleasure.; ");
    EXPECT_EQ(piece(" time?"), "");
    EXPECT_EQ(done(), "speak At what time?; ");
    EXPECT_EQ(input(SentenceHeard{1}), "");
    EXPECT_EQ(input(SentenceHeard{2}), "heard With pleasure. At what time?; ");
    input(UserSaid{"at seven"});
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "U:A table for two.",
                                "A:With pleasure. At what time?", "U:at seven"}));
}

TEST_F(EarlyAnswer, AWholeOneIsSaidAtOnce) {
    may_say("hi");
    piece("Hello there.");
    EXPECT_EQ(done(), "");
    EXPECT_EQ(said("hi"), "kept; speak Hello there.; ");
    EXPECT_EQ(dialog_.tokens(), 10U);
}

TEST_F(EarlyAnswer, RunsNoToolBeforeTheTurnIsOver) {
    may_say("book it");
    EXPECT_EQ(tool("book"), "");
    EXPECT_EQ(done(), "");
    EXPECT_EQ(said("book it"), "kept; run book; ");
}

TEST_F(EarlyAnswer, IsThrownAwayWhereTheCallerGoesOn) {
    may_say("a table");
    piece("With pleasure.");
    tool("book");
    EXPECT_EQ(input(UserGoesOn{}), "cancel; dropped; ");
    EXPECT_EQ(piece(" For how many?"), "") << "late";
    EXPECT_EQ(done(), "");
    EXPECT_EQ(input(UserSaid{"a table for two"}), "ask; ");
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "U:a table for two"}));
}

TEST_F(EarlyAnswer, CostsWhatItCostsThoughThrownAway) {
    may_say("a table");
    piece("With pleasure.");
    done();
    EXPECT_EQ(input(UserGoesOn{}), "dropped; ");
    EXPECT_EQ(dialog_.tokens(), 10U);
}

TEST_F(EarlyAnswer, IsNotTakenForOtherWords) {
    may_say("a table");
    EXPECT_EQ(input(UserSaid{"a cable"}), "cancel; dropped; ask; ");
}

TEST_F(EarlyAnswer, ThatFailsIsAskedForAgain) {
    may_say("hi");
    EXPECT_EQ(input(ModelBroke{request_}), "dropped; ");
    EXPECT_EQ(said("hi"), "ask; ") << "and nobody hears an apology";
}

TEST_F(EarlyAnswer, ThatIsSlowLetsTheFillerBeSaid) {
    may_say("hi");
    EXPECT_EQ(input(ModelSlow{request_, "One moment."}), "");
    EXPECT_EQ(said("hi"), "kept; speak One moment.; ");
}

TEST_F(EarlyAnswer, AnotherTakesThePlaceOfTheFirst) {
    may_say("a table");
    const std::uint32_t first = request_;
    EXPECT_EQ(may_say("a table for two"), "cancel; dropped; ask early; ");
    EXPECT_EQ(input(ModelPiece{first, "Wrong."}), "");
    piece("With pleasure. And");
    EXPECT_EQ(said("a table for two"), "kept; speak With pleasure.; ");
}

TEST_F(EarlyAnswer, IsNotAskedForWhereTheModelIsToBeToldMore) {
    input(UserSaid{"hi"});
    piece("Hello there. How are you?");
    EXPECT_EQ(may_say("fine"), "") << "an answer is being made";
    done();
    input(SentenceHeard{1});
    input(SentenceCut{2, "How"});
    EXPECT_EQ(may_say("fine"), "") << "that it was interrupted";
    EXPECT_EQ(said("fine"), "ask; ");
}

TEST_F(EarlyAnswer, DoesNotKnowAResultThatComesLate) {
    input(UserSaid{"book it"});
    tool("book", "t");
    done();
    input(CallerInterrupted{});
    input(CallerSpeaks{true});
    EXPECT_EQ(may_say("hello"), "ask early; ");
    EXPECT_EQ(input(ToolDone{"t", "done", false, {}, {}}), "cancel; dropped; ");
    EXPECT_EQ(said("hello"), "ask; ");
}

TEST_F(EarlyAnswer, EndsWithWhateverElseIsSaid) {
    may_say("hi");
    EXPECT_EQ(input(AgentSays{"Are you there?"}), "cancel; dropped; speak Are you there?; ");
    input(SentenceHeard{1});
    may_say("hi");
    EXPECT_EQ(input(AgentChanged{"You are new.", "Sorry.", false}), "cancel; dropped; ");
    may_say("hi");
    EXPECT_EQ(input(CallerInterrupted{}), "cancel; dropped; ");
}

TEST_F(EarlyAnswer, ThatDoesNotStopIsCutLikeAnyOther) {
    may_say("hi");
    for (int count = 0; count < 400; ++count) {
        piece("It is a long story, as I said before, and it does not end. ");
    }
    const std::string all = said("hi");
    EXPECT_TRUE(all.starts_with("kept; speak It is")) << all.substr(0, 40);
    EXPECT_NE(all.find("cancel; "), std::string::npos);
}

TEST_F(DialogTest, WhatAToolSaysMayHaveToBeHeardToItsEnd) {
    input(UserSaid{"book it"});
    tool("book");
    done();
    dialog_.handle(ToolSpoke{"This call is recorded.", false}, Instant{});
    const auto output = dialog_.poll_output();
    ASSERT_TRUE(output && std::holds_alternative<Speak>(*output));
    EXPECT_FALSE(std::get<Speak>(*output).interruptible);
}

}  // namespace
}  // namespace studio::core
