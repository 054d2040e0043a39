#include "protocol/deepgram/turn_assembler.hpp"

#include <gtest/gtest.h>

#include <string>

namespace studio::deepgram {
namespace {

using std::chrono_literals::operator""s;

TEST(TurnMessage, IsRead) {
    const auto message = parse_turn_message(
        R"({"type":"TurnInfo","event":"EagerEndOfTurn","turn_index":3,"audio_window_start":0.5,
            "audio_window_end":2.25,"transcript":"a table","words":[],
            "end_of_turn_confidence":0.55,"sequence_id":9})");
    ASSERT_TRUE(message);
    const auto& info = std::get<TurnInfoMessage>(*message);
    EXPECT_EQ(info.event, TurnEvent::eager_end_of_turn);
    EXPECT_EQ(info.turn_index, 3U);
    EXPECT_EQ(info.transcript, "a table");
    EXPECT_EQ(info.end_of_turn_confidence, 0.55);
    EXPECT_EQ(info.audio_end_s, 2.25);
}

TEST(TurnMessage, HostileOnesAreErrorsOrHarmless) {
    EXPECT_FALSE(parse_turn_message("{"));
    EXPECT_FALSE(parse_turn_message("[]"));
    EXPECT_FALSE(parse_turn_message(R"({"type":"TurnInfo","event":"Update","transcript":7})"));
    const auto is_other = [](const char* json) {
        const auto message = parse_turn_message(json);
        return message && std::holds_alternative<OtherMessage>(*message);
    };
    EXPECT_TRUE(is_other(R"({"type":"Connected","request_id":"x"})"));
    EXPECT_TRUE(is_other(R"({"type":"TurnInfo","event":"SomethingNew"})"));
    EXPECT_TRUE(is_other(R"({"type":"ConfigureSuccess"})"));
    const auto error = parse_turn_message(R"({"type":"Error","code":"X","description":"y"})");
    ASSERT_TRUE(error);
    EXPECT_TRUE(std::holds_alternative<ErrorMessage>(*error));
    const auto odd = parse_turn_message(
        R"({"type":"TurnInfo","event":"Update","turn_index":-4,"audio_window_end":1e300,
            "end_of_turn_confidence":"x"})");
    ASSERT_TRUE(odd);
    EXPECT_EQ(std::get<TurnInfoMessage>(*odd).turn_index, 0U);
    TurnAssembler assembler;
    assembler.handle_audio(1, 320);
    assembler.handle(std::get<TurnInfoMessage>(*odd));
}

class Assembling : public testing::Test {
protected:
    void audio(std::uint32_t utterance, double length_s) {
        assembler_.handle_audio(utterance, static_cast<std::size_t>(length_s * 16'000));
        at_s_ += length_s;
    }
    void silence(double length_s) {
        assembler_.handle_silence(static_cast<std::size_t>(length_s * 16'000));
        at_s_ += length_s;
    }
    std::string info(TurnEvent event, const std::string& transcript, std::uint32_t turn = 0) {
        assembler_.handle({event, turn, transcript, 0.5, at_s_});
        return outputs();
    }
    std::string outputs() {
        constexpr const char* names[] = {"started", "partial", "may be",
                                         "resumed", "done",    "final"};
        std::string all;
        while (const auto output = assembler_.poll()) {
            all += std::string(names[static_cast<std::size_t>(output->kind)]) +
                   std::to_string(output->utterance) + " " + output->text + "; ";
        }
        return all;
    }

    TurnAssembler assembler_;
    double at_s_ = 0.0;
};

TEST_F(Assembling, ATurnInOneUtterance) {
    audio(1, 1.0);
    EXPECT_EQ(info(TurnEvent::update, ""), "");
    EXPECT_EQ(info(TurnEvent::start_of_turn, "A"), "started1 ; partial1 A; ");
    EXPECT_EQ(info(TurnEvent::update, "A table"), "partial1 A table; ");
    EXPECT_EQ(info(TurnEvent::update, "A table"), "") << "no news";
    audio(1, 0.3);
    EXPECT_EQ(info(TurnEvent::eager_end_of_turn, "A table"), "may be1 A table; ");
    EXPECT_EQ(info(TurnEvent::turn_resumed, "A table"), "resumed1 ; ");
    EXPECT_EQ(info(TurnEvent::end_of_turn, "A table for two."), "done1 A table for two.; ");
    assembler_.handle_finish(1, Instant(1s));
    EXPECT_TRUE(assembler_.is_idle()) << "nothing more is awaited";
    EXPECT_EQ(info(TurnEvent::update, "late", 1), "");
}

TEST_F(Assembling, SeveralTurnsInOneUtteranceAreJoined) {
    audio(1, 1.0);
    info(TurnEvent::end_of_turn, "Yes.", 0);
    audio(1, 1.0);
    EXPECT_EQ(info(TurnEvent::start_of_turn, "A", 1), "started1 ; partial1 Yes. A; ");
    EXPECT_EQ(info(TurnEvent::end_of_turn, "A table.", 1), "done1 Yes. A table.; ");
}

TEST_F(Assembling, ATurnOverTwoUtterancesGivesTheSecondWhatIsNew) {
    audio(1, 1.0);
    info(TurnEvent::start_of_turn, "I would like");
    assembler_.handle_finish(1, Instant(1s));
    silence(0.5);
    EXPECT_EQ(info(TurnEvent::update, "I would like"), "");
    assembler_.handle_time(Instant(2s));
    EXPECT_EQ(outputs(), "");
    assembler_.handle_time(Instant(3s));
    EXPECT_EQ(outputs(), "final1 I would like; ");
    audio(2, 1.0);
    EXPECT_EQ(info(TurnEvent::update, "I would like a table"), "partial2 a table; ");
    EXPECT_EQ(info(TurnEvent::end_of_turn, "I would like a table."), "done2 a table.; ");
    assembler_.handle_finish(2, Instant(4s));
    EXPECT_TRUE(assembler_.is_idle());
}

TEST_F(Assembling, TheServersWordMayComeBehindTheEndOfAnUtterance) {
    audio(1, 1.0);
    info(TurnEvent::start_of_turn, "Yes");
    assembler_.handle_finish(1, Instant(1s));
    silence(0.4);
    EXPECT_EQ(info(TurnEvent::end_of_turn, "Yes."), "done1 Yes.; ");
    EXPECT_TRUE(assembler_.is_idle());
    assembler_.handle_time(Instant(9s));
    EXPECT_EQ(outputs(), "") << "once";
}

TEST_F(Assembling, ASoundWithoutWordsIsAnEmptyTranscript) {
    audio(1, 0.3);
    assembler_.handle_finish(1, Instant(1s));
    assembler_.handle_open(Instant(5s));
    EXPECT_EQ(assembler_.next_deadline(), Instant(6s + milliseconds(500)));
    assembler_.handle_time(Instant(7s));
    EXPECT_EQ(outputs(), "final1 ; ");
}

TEST_F(Assembling, WhatBelongsToNothingIsLeftOut) {
    EXPECT_EQ(info(TurnEvent::end_of_turn, "ghost"), "");
    audio(1, 1.0);
    EXPECT_EQ((assembler_.handle({TurnEvent::update, 0, "early", 1.0, 0.0}), outputs()), "");
    audio(2, 1.0);
    EXPECT_EQ(info(TurnEvent::update, "two"), "partial2 two; ") << "the first was never finished";
    assembler_.handle_finish(1, Instant(1s));
    assembler_.handle_finish(3, Instant(1s));
    EXPECT_FALSE(assembler_.next_deadline());
}

}  // namespace
}  // namespace studio::deepgram
