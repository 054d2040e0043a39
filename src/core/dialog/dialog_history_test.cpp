#include "core/dialog/dialog_history.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

std::vector<std::string> read(DialogHistory& history) {
    std::vector<std::string> contents;
    for (const DialogMessage& message : history.messages("system")) {
        contents.push_back(message.content);
    }
    return contents;
}

using Lines = std::vector<std::string>;

DialogHistory conversation() {
    DialogHistory history(10'000);
    history.add_user("first");
    history.begin_answer();
    history.open_assistant();
    history.add_sentence(1, "One.", true);
    history.mark_heard(1);
    history.add_user("second");
    history.begin_answer();
    history.open_assistant();
    history.add_tool_calls({{"c1", "look_up", "{}"}});
    EXPECT_TRUE(history.set_tool_result("c1", "result"));
    history.add_sentence(2, "Two.", true);
    history.mark_heard(2);
    return history;
}

TEST(DialogHistory, KeepsTheLastMessagesOfCallerAndAgent) {
    DialogHistory history = conversation();
    history.keep_last(9);
    EXPECT_EQ(read(history), (Lines{"system", "first", "One.", "second", "", "result", "Two."}));
    history.keep_last(2);
    EXPECT_EQ(read(history), (Lines{"system", "second", "", "result", "Two."}))
        << "a result of a tool goes with the message before it";
    history.keep_last(1);
    EXPECT_EQ(read(history), (Lines{"system", "Two."})) << "and is left without it";
    EXPECT_FALSE(history.set_tool_result("c1", "late"));
    history.keep_last(0);
    EXPECT_EQ(read(history), Lines{"system"});
    history.add_user("third");
    EXPECT_EQ(read(history), (Lines{"system", "third"}));
}

TEST(DialogHistory, WhatIsStillToBeHeardIsKept) {
    DialogHistory history = conversation();
    history.add_user("third");
    history.begin_answer();
    history.open_assistant();
    history.add_sentence(3, "Three.", true);
    history.keep_last(0);
    EXPECT_EQ(read(history), (Lines{"system", "Three."}));
    history.mark_cut(3, "Thr");
    EXPECT_EQ(history.answer_text(), "Thr") << "for the transcript";
}

}  // namespace
}  // namespace studio::core
