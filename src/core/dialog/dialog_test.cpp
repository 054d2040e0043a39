#include "core/dialog/dialog_test_driver.hpp"

namespace studio::core {
namespace {

TEST_F(DialogTest, SpeaksSentencesAsTheyCome) {
    EXPECT_EQ(input(AgentSays{"Hello, this is Anna."}), "speak Hello, this is Anna.; ");
    EXPECT_EQ(input(SentenceHeard{1}), "heard Hello, this is Anna.; ");
    EXPECT_EQ(input(UserSaid{"hi"}), "ask; ");
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "A:Hello, this is Anna.", "U:hi"}));
    EXPECT_EQ(piece("How can I help"), "");
    EXPECT_EQ(piece(" you? For"), "speak How can I help you?; ");
    EXPECT_EQ(piece(" instance now"), "");
    EXPECT_EQ(done(), "speak For instance now; ");
    EXPECT_EQ(input(SentenceHeard{2}), "");
    EXPECT_TRUE(dialog_.is_busy());
    EXPECT_EQ(input(SentenceHeard{3}), "heard How can I help you? For instance now; ");
    EXPECT_FALSE(dialog_.is_busy());
    EXPECT_EQ(dialog_.tokens(), 10U);
    input(UserSaid{"a table"});
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "A:Hello, this is Anna.", "U:hi",
                                "A:How can I help you? For instance now", "U:a table"}));
}

TEST_F(DialogTest, AnInterruptedAnswerKeepsWhatWasHeard) {
    input(UserSaid{"hi"});
    piece("One two three four. Five six seven. Eight");
    input(SentenceHeard{1});
    EXPECT_EQ(input(SentenceCut{2, "Five six"}), "");
    EXPECT_EQ(input(CallerInterrupted{}), "cancel; heard One two three four. Five six|; ");
    EXPECT_EQ(piece(" more. And"), "") << "late pieces of a cancelled answer";
    input(UserSaid{"stop"});
    ASSERT_EQ(messages_.size(), 5U);
    EXPECT_EQ(messages_[2], "A:One two three four. Five six");
    EXPECT_EQ(
        messages_[3],
        "s:The caller interrupted here. Of your last answer they heard only the words above.");
    EXPECT_EQ(messages_[4], "U:stop");
}

TEST_F(DialogTest, AContinuedTurnIsJoined) {
    input(UserSaid{"I want a table"});
    piece("For how many people? And");
    input(SentenceCut{1, ""});
    EXPECT_EQ(input(CallerInterrupted{}), "cancel; heard |; ");
    EXPECT_EQ(input(UserSaid{"for two"}), "ask; ");
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "U:I want a table for two"}));
}

TEST_F(DialogTest, CollectsParallelToolsInOrder) {
    input(UserSaid{"book"});
    EXPECT_EQ(piece("One moment please. "), "");
    tool("first", "a");
    tool("second", "a");
    EXPECT_EQ(done(), "speak One moment please.; run first; run second; ");
    const std::string second = tool_;
    EXPECT_NE(second, "a") << "ids are made unique";
    EXPECT_EQ(input(ToolDone{second, "2"}), "");
    EXPECT_EQ(input(ToolDone{"a", "1"}), "ask; ");
    EXPECT_EQ(messages_,
              (Lines{"s:Be kind.", "U:book", "A:One moment please.<first><second>", "t:1", "t:2"}));
    EXPECT_EQ(input(SentenceHeard{1}), "") << "the answer goes on";
    piece("It is booked now.");
    done();
    EXPECT_EQ(input(SentenceHeard{2}), "heard One moment please. It is booked now.; ");
}

TEST_F(DialogTest, ASpeakingToolNeedsNoModel) {
    input(UserSaid{"book"});
    tool("book");
    done();
    EXPECT_EQ(input(ToolSpoke{"It is booked."}), "speak It is booked.; ");
    EXPECT_EQ(input(SentenceHeard{1}), "");
    EXPECT_EQ(input(ToolDone{tool_, "ok", true}), "heard It is booked.; ");
    input(UserSaid{"thanks"});
    EXPECT_EQ(messages_,
              (Lines{"s:Be kind.", "U:book", "A:<book>", "t:ok", "A:It is booked.", "U:thanks"}));
}

TEST_F(DialogTest, AToolMayEndTheCall) {
    input(UserSaid{"bye"});
    tool("end");
    done();
    EXPECT_EQ(input(ToolDone{tool_, "ok", false, "done"}), "end done; ");
    EXPECT_FALSE(dialog_.is_busy());
}

TEST_F(DialogTest, AToolThatIsInterruptedFinishesSilently) {
    input(UserSaid{"book"});
    tool("book");
    done();
    EXPECT_EQ(input(CallerInterrupted{}), "");
    EXPECT_EQ(input(UserSaid{"for two"}), "ask; ");
    EXPECT_EQ(input(ToolSpoke{"It is booked."}), "");
    EXPECT_EQ(input(ToolDone{tool_, "booked", true}), "");
    piece("Fine, that is it.");
    done();
    input(SentenceHeard{1});
    input(UserSaid{"thanks"});
    EXPECT_EQ(messages_[3], "t:booked") << "the result stands behind its call";
}

TEST_F(DialogTest, AToolHandsOverOnceEveryToolIsDoneAndWhatWasSaidIsStillHeard) {
    input(UserSaid{"the kitchen please"});
    tool("to_kitchen", "1");
    tool("log", "2");
    done();
    EXPECT_EQ(input(ToolSpoke{"One moment."}), "speak One moment.; ");
    EXPECT_EQ(input(ToolDone{"1", "ok", true, {}, "kitchen"}), "");
    EXPECT_EQ(input(ToolDone{"2", "ok"}), "hand off to kitchen; ");
    EXPECT_TRUE(dialog_.is_busy());
    EXPECT_EQ(input(SentenceHeard{1}), "heard One moment.; ");
    EXPECT_FALSE(dialog_.is_busy());
    EXPECT_EQ(input(AgentChanged{"You are the kitchen.", "Pardon?", true}), "ask; ");
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "U:the kitchen please", "A:<to_kitchen><log>", "t:ok",
                                "t:ok", "A:One moment.", "s:You are the kitchen."}));
    EXPECT_EQ(input(ModelBroke{request_}), "speak Pardon?; ") << "the new agent's apology";
}

TEST_F(DialogTest, AHandOffStandsWhenItsAnswerIsInterrupted) {
    input(UserSaid{"the kitchen please"});
    tool("to_kitchen", "1");
    tool("slow", "2");
    done();
    input(ToolDone{"1", "ok", false, {}, "kitchen"});
    dialog_ = Dialog(options(), dialog_.save());
    EXPECT_EQ(input(CallerInterrupted{}), "hand off to kitchen; ");
    EXPECT_EQ(input(ToolDone{"2", "ok"}), "");
    EXPECT_EQ(input(ToolDone{"2", "ok", false, {}, "cellar"}), "hand off to cellar; ");
    EXPECT_EQ(input(ToolDone{"2", "ok", false, "done", "cellar"}), "end done; ")
        << "who ends the call hands nobody over";
}

TEST_F(DialogTest, AFailureIsHeardAndTheCallGoesOn) {
    input(UserSaid{"hi"});
    piece("This is fine. This is ha");
    EXPECT_EQ(input(ModelBroke{request_}), "speak Sorry, what?; ");
    input(SentenceHeard{1});
    EXPECT_EQ(input(SentenceHeard{2}), "heard This is fine. Sorry, what?; ");
    EXPECT_EQ(input(UserSaid{"again"}), "ask; ");
}

TEST_F(DialogTest, EmptyAnswersAndEndlessToolsAreFailures) {
    input(UserSaid{"hi"});
    EXPECT_EQ(done(), "speak Sorry, what?; ");
    input(SentenceHeard{1});
    input(UserSaid{"hi"});
    for (int round = 0; round < 6; ++round) {
        tool("loop");
        EXPECT_EQ(done(), "run loop; ");
        EXPECT_EQ(input(ToolDone{tool_, "again"}), "ask; ");
    }
    tool("loop");
    EXPECT_EQ(done(), "speak Sorry, what?; ");
}

TEST_F(DialogTest, ThreeFailuresEndTheCall) {
    for (int failure = 1; failure <= 2; ++failure) {
        input(UserSaid{"hi"});
        EXPECT_EQ(input(ModelBroke{request_}), "speak Sorry, what?; ");
        input(SentenceHeard{sentence_});
    }
    input(UserSaid{"hi"});
    EXPECT_EQ(input(ModelBroke{request_}), "end language_model_failed!; ");
}

TEST_F(DialogTest, TheHistoryIsBounded) {
    for (int turn = 0; turn < 100; ++turn) {
        input(UserSaid{"turn " + std::to_string(turn) + std::string(1'000, 'x')});
        piece("Answer to it.");
        done();
        input(SentenceHeard{sentence_});
    }
    input(UserSaid{"last"});
    std::size_t bytes = 0;
    for (const std::string& line : messages_) {
        bytes += line.size();
    }
    EXPECT_LE(bytes, 49'000U);
    EXPECT_GT(bytes, 40'000U);
    EXPECT_EQ(messages_[0], "s:Be kind.");
    EXPECT_EQ(messages_[1][0], 'U') << "whole turns are dropped";
    EXPECT_EQ(messages_.back(), "U:last");
}

TEST_F(DialogTest, AModelThatDoesNotStopIsStopped) {
    input(UserSaid{"hi"});
    std::string outputs;
    for (int index = 0; index < 2'000; ++index) {
        outputs += piece("This is a sentence. ");
    }
    EXPECT_NE(outputs.find("cancel"), std::string::npos);
    EXPECT_LT(sentence_, 900U);
}

TEST_F(DialogTest, CarriesOnAfterSaving) {
    input(UserSaid{"hi"});
    piece("Hello to you.");
    done();
    input(SentenceHeard{1});
    dialog_ = Dialog(options(), dialog_.save());
    EXPECT_EQ(input(UserSaid{"more"}), "ask; ");
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "U:hi", "A:Hello to you.", "U:more"}));
    EXPECT_EQ(request_, 2U);
}

TEST_F(DialogTest, CarriesOnSilentlyWhereNothingWasUnderWay) {
    input(UserSaid{"hi"});
    piece("Hello to you.");
    done();
    input(SentenceHeard{1});
    dialog_ = Dialog(options(), dialog_.save());
    EXPECT_EQ(input(CarryOn{""}), "");
    EXPECT_FALSE(dialog_.is_busy());
    EXPECT_EQ(input(CarryOn{"One moment."}), "speak One moment.; ");
    EXPECT_EQ(input(SentenceHeard{2}), "heard One moment.; ");
}

TEST_F(DialogTest, CarriesOnWithTheSentencesThatWereNotHeard) {
    input(UserSaid{"hi"});
    piece("First one. Second one. Third one.");
    done();
    input(SentenceHeard{1});
    dialog_ = Dialog(options(), dialog_.save());
    EXPECT_EQ(input(CarryOn{"Sorry."}), "speak Sorry.; speak Second one.; speak Third one.; ");
    EXPECT_EQ(input(SentenceHeard{4}), "");
    EXPECT_EQ(input(SentenceHeard{2}), "");
    EXPECT_EQ(input(SentenceHeard{3}), "heard First one. Sorry. Second one. Third one.; ");
    EXPECT_FALSE(dialog_.is_busy());
}

TEST_F(DialogTest, CarriesOnByAskingAgainUnderTheSameNumber) {
    input(UserSaid{"hi"});
    EXPECT_EQ(request_, 1U);
    dialog_ = Dialog(options(), dialog_.save());
    EXPECT_EQ(input(CarryOn{"Sorry."}), "ask; speak Sorry.; ");
    EXPECT_EQ(request_, 1U);
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "U:hi"})) << "the apology is no answer";
    EXPECT_EQ(piece("Hello to you. And"), "speak Hello to you.; ");
}

TEST_F(DialogTest, CarriesOnAnAnswerThatWasHalfMade) {
    input(UserSaid{"hi"});
    piece("First one. Second one. Thi");
    input(SentenceHeard{1});
    Dialog::Saved saved = dialog_.save();
    ASSERT_EQ(saved.history.entries.back().sentences.size(), 2U);
    saved.history.entries.back().sentences.back().heard = "Second";
    dialog_ = Dialog(options(), saved);
    EXPECT_EQ(input(CarryOn{""}), "heard First one. Second|; ask; ");
    EXPECT_EQ(messages_[2], "A:First one. Second") << "what was heard, to the word";
    EXPECT_TRUE(messages_[3].starts_with("s:The line was interrupted"));
}

TEST_F(DialogTest, CarriesOnWithToolsThatRun) {
    input(UserSaid{"hi"});
    piece("One moment.");
    tool("look_up", "a");
    EXPECT_EQ(done(), "speak One moment.; run look_up; ");
    dialog_ = Dialog(options(), dialog_.save());
    EXPECT_EQ(input(CarryOn{""}), "speak One moment.; ");
    EXPECT_EQ(input(ToolDone{"a", "{}", false, {}}), "ask; ");
    EXPECT_EQ(request_, 2U);
}

TEST_F(DialogTest, SaysTheTextAndKeepsWhatWasWritten) {
    input(UserSaid{"hi"});
    EXPECT_EQ(piece("**Pasta** is [here](https://example.com). 👍 Good"),
              "speak **Pasta** is [here](https://example.com).; ");
    EXPECT_EQ(spoken_, "Pasta is here.");
    EXPECT_EQ(done(), "speak 👍 Good; ");
    EXPECT_EQ(spoken_, "Good");
    input(SentenceHeard{1});
    EXPECT_EQ(input(SentenceHeard{2}), "heard **Pasta** is [here](https://example.com). 👍 Good; ");
}

TEST_F(DialogTest, WhatCannotBeSaidIsNoFailureAndIsNotSaid) {
    for (const char* text : {"👍", "—", "🎉🎉🎉", "**", "...", "```\nx = 1\n```", "؟"}) {
        input(UserSaid{"hi"});
        EXPECT_EQ(piece(text), "");
        const std::string outputs = done();
        EXPECT_TRUE(outputs.starts_with("heard ")) << outputs;
        EXPECT_EQ(outputs.find("speak"), std::string::npos) << outputs;
        EXPECT_FALSE(dialog_.is_busy()) << text;
    }
    EXPECT_EQ(input(AgentSays{"👋", true}), "heard 👋; ");
    input(UserSaid{"hi"});
    piece("Good choice! 🎉");
    done();
    EXPECT_EQ(input(SentenceHeard{sentence_}), "heard Good choice! 🎉; ");
    input(UserSaid{"and"});
    piece("Another one! 🎉");
    done();
    EXPECT_EQ(input(SentenceCut{sentence_, "Another"}), "heard Another|; ");
}

TEST_F(DialogTest, TheSentenceThatWasWholeIsSaidWhenTheModelBreaks) {
    input(UserSaid{"hi"});
    EXPECT_EQ(piece("We are open until nine."), "");
    EXPECT_EQ(input(ModelBroke{request_}), "speak We are open until nine.; speak Sorry, what?; ");
}

TEST_F(DialogTest, AnInterruptionAfterTheModelHadFinishedIsToldToo) {
    input(UserSaid{"hi"});
    piece("One two three four. Five six seven.");
    done();
    input(SentenceHeard{1});
    EXPECT_EQ(input(SentenceCut{2, "Five"}), "heard One two three four. Five|; ");
    EXPECT_EQ(input(CallerInterrupted{}), "");
    input(UserSaid{"stop"});
    ASSERT_EQ(messages_.size(), 5U);
    EXPECT_EQ(messages_[2], "A:One two three four. Five");
    EXPECT_EQ(
        messages_[3],
        "s:The caller interrupted here. Of your last answer they heard only the words above.");
    EXPECT_EQ(messages_[4], "U:stop");
    // Once: the next turn is like any other.
    piece("Fine, that is it.");
    done();
    input(SentenceHeard{sentence_});
    input(CallerInterrupted{});
    input(UserSaid{"thanks"});
    EXPECT_EQ(messages_[5], "A:Fine, that is it.");
    EXPECT_EQ(messages_[6], "U:thanks");
}

TEST_F(DialogTest, AnAnswerThatTheVoiceBrokeIsToldToo) {
    input(UserSaid{"hi"});
    piece("One two three four.");
    done();
    EXPECT_EQ(input(SentenceCut{1, "One two"}), "heard One two|; ");
    input(UserSaid{"what?"});
    ASSERT_EQ(messages_.size(), 5U);
    EXPECT_TRUE(messages_[3].starts_with("s:A fault of the line")) << messages_[3];
}

TEST_F(DialogTest, ALateResultIsToldWithoutTheCallerSpeakingAgain) {
    input(UserSaid{"book"});
    tool("book");
    done();
    const std::string late = tool_;
    input(CallerInterrupted{});
    EXPECT_EQ(input(UserSaid{"and the menu?"}), "ask; ");
    piece("There is pasta today.");
    done();
    EXPECT_EQ(input(SentenceHeard{1}), "heard There is pasta today.; ");
    EXPECT_EQ(input(ToolDone{late, "booked"}), "ask; ") << "at once: nobody speaks";
    EXPECT_EQ(messages_[3], "t:booked");
    EXPECT_TRUE(messages_.back().starts_with("s:A tool has finished late")) << messages_.back();
    piece("Your table is booked.");
    done();
    EXPECT_EQ(input(SentenceHeard{2}), "heard Your table is booked.; ");
    EXPECT_EQ(input(ToolDone{"unknown", "x"}), "") << "of a call that nobody made";
}

TEST_F(DialogTest, ALateResultWaitsUntilNobodySpeaks) {
    input(UserSaid{"book"});
    tool("book");
    done();
    const std::string late = tool_;
    input(CallerInterrupted{});
    input(UserSaid{"and the menu?"});
    piece("There is pasta today.");
    EXPECT_EQ(input(ToolDone{late, "booked"}), "") << "an answer is under way";
    EXPECT_EQ(done(), "speak There is pasta today.; ");
    EXPECT_EQ(input(SentenceHeard{1}), "heard There is pasta today.; ask; ");
    EXPECT_EQ(input(CallerSpeaks{true}), "");
    EXPECT_EQ(input(CallerInterrupted{}), "cancel; ");
    EXPECT_EQ(input(UserSaid{"hello?"}), "ask; ");
    EXPECT_EQ(messages_.back(), "U:hello?");

    tool("book");
    done();
    const std::string later = tool_;
    input(CallerInterrupted{});
    input(CallerSpeaks{true});
    EXPECT_EQ(input(ToolDone{later, "booked"}), "") << "the caller speaks";
    EXPECT_EQ(input(CallerSpeaks{false}), "ask; ") << "and said nothing";
}

TEST_F(DialogTest, ASlowModelIsBridgedOnceAndNeverToldOfIt) {
    input(UserSaid{"hi"});
    const ModelSlow slow{request_, "One moment."};
    EXPECT_EQ(input(ModelSlow{request_ + 1, "One moment."}), "") << "of another answer";
    EXPECT_EQ(input(slow), "speak One moment.; ");
    EXPECT_EQ(input(slow), "") << "once";
    EXPECT_EQ(input(SentenceHeard{sentence_}), "") << "the answer is still to come";
    EXPECT_TRUE(dialog_.is_busy());
    EXPECT_EQ(piece("It is open."), "");
    EXPECT_EQ(done(), "speak It is open.; ");
    EXPECT_EQ(input(SentenceHeard{sentence_}), "heard One moment. It is open.; ");
    input(UserSaid{"and then"});
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "U:hi", "A:It is open.", "U:and then"}));
    EXPECT_EQ(input(ModelSlow{request_, "One moment."}), "speak One moment.; ") << "a new turn";
}

TEST_F(DialogTest, AnInterruptedFillerIsNoAnswerThatWasCut) {
    input(UserSaid{"hi"});
    input(ModelSlow{request_, "One moment, please."});
    input(SentenceCut{sentence_, "One moment,"});
    EXPECT_EQ(input(CallerInterrupted{}), "cancel; heard One moment,|; ");
    EXPECT_EQ(input(UserSaid{"there"}), "ask; ");
    EXPECT_EQ(messages_, (Lines{"s:Be kind.", "U:hi there"}));
}

TEST_F(DialogTest, NobodyIsBridgedWhoSpeaksOrHearsSomething) {
    input(UserSaid{"hi"});
    input(CallerSpeaks{true});
    EXPECT_EQ(input(ModelSlow{request_, "One moment."}), "");
    input(CallerSpeaks{false});
    piece("Well then. And ");
    EXPECT_EQ(input(ModelSlow{request_, "One moment."}), "");
}

TEST_F(DialogTest, AfterTheFillerAModelThatBrokeIsApologisedFor) {
    input(UserSaid{"hi"});
    input(ModelSlow{request_, "One moment."});
    EXPECT_EQ(input(ModelBroke{request_}), "speak Sorry, what?; ");
    EXPECT_EQ(input(SentenceHeard{1}), "");
    EXPECT_EQ(input(SentenceHeard{2}), "heard One moment. Sorry, what?; ");
    input(UserSaid{"hello"});
    EXPECT_EQ(messages_.at(2), "A:Sorry, what?");
}

}  // namespace
}  // namespace studio::core
