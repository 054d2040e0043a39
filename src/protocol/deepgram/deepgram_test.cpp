#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/deepgram/message.hpp"
#include "protocol/deepgram/transcript_assembler.hpp"

namespace studio::deepgram {
namespace {

const std::string real_results =
    R"({"type":"Results","channel_index":[0,1],"duration":1.98,"start":5.99,"is_final":true,)"
    R"("speech_final":true,"from_finalize":false,"channel":{"alternatives":[{"transcript":)"
    R"("Tell me more.","confidence":0.99,"words":[{"word":"tell","start":6.0,"end":6.2,)"
    R"("confidence":0.99}]}]},"metadata":{"request_id":"x"}})";

TEST(ParseMessage, ReadsResults) {
    const auto message = parse_message(real_results);
    ASSERT_TRUE(message);
    const auto& results = std::get<ResultsMessage>(*message);
    EXPECT_EQ(results.transcript, "Tell me more.");
    EXPECT_DOUBLE_EQ(results.confidence, 0.99);
    EXPECT_TRUE(results.is_final);
    EXPECT_TRUE(results.speech_final);
    EXPECT_FALSE(results.from_finalize);
    EXPECT_DOUBLE_EQ(results.start_s, 5.99);
    EXPECT_DOUBLE_EQ(results.end_s, 7.97);
}

TEST(ParseMessage, TellsTheKindsApart) {
    EXPECT_TRUE(std::holds_alternative<OtherMessage>(*parse_message(R"({"type":"Metadata"})")));
    EXPECT_TRUE(std::holds_alternative<ErrorMessage>(*parse_message(R"({"type":"Error"})")));
    EXPECT_EQ(parse_message("nope").error(), MessageError::not_json);
    EXPECT_EQ(parse_message("[]").error(), MessageError::not_a_message);
    EXPECT_EQ(parse_message(R"({"type":7})").error(), MessageError::not_a_message);
    EXPECT_EQ(parse_message(R"({"type":"Results"})").error(), MessageError::not_a_message);
    EXPECT_EQ(parse_message(R"({"type":"Results","channel":{"alternatives":[{}]}})").error(),
              MessageError::not_a_message);
}

TEST(ParseMessage, LeavesHostileTimesOut) {
    const auto message = parse_message(
        R"({"type":"Results","start":-3,"duration":1e308,"channel":{"alternatives":[]}})");
    ASSERT_TRUE(message);
    EXPECT_LT(std::get<ResultsMessage>(*message).end_s, 0.0);
}

constexpr Instant start{};
constexpr std::size_t second_samples = 16'000;

ResultsMessage result(std::string text, double from, double to, bool is_final,
                      bool from_finalize = false) {
    ResultsMessage results;
    results.transcript = std::move(text);
    results.confidence = 0.5;
    results.is_final = is_final;
    results.from_finalize = from_finalize;
    results.start_s = from;
    results.end_s = to;
    return results;
}

/// All outputs: `1~partial` and `1=final`.
std::vector<std::string> outputs_of(TranscriptAssembler& assembler) {
    std::vector<std::string> lines;
    while (const auto output = assembler.poll()) {
        if (const auto* partial = std::get_if<PartialText>(&*output)) {
            lines.push_back(std::to_string(partial->utterance) + "~" + partial->text);
        } else {
            const auto& final_text = std::get<FinalText>(*output);
            lines.push_back(std::to_string(final_text.utterance) + "=" + final_text.text);
        }
    }
    return lines;
}

using Lines = std::vector<std::string>;

TEST(TranscriptAssembler, JoinsThePiecesOfAnUtterance) {
    TranscriptAssembler assembler;
    assembler.handle_audio(1, 3 * second_samples);
    assembler.handle(result("a table", 0, 1, false));
    assembler.handle(result("A table", 0, 1.5, true));
    assembler.handle(result("for two", 1.5, 2.5, false));
    EXPECT_EQ(outputs_of(assembler), (Lines{"1~a table", "1~A table", "1~A table for two"}));
    assembler.handle_finish(1, start);
    EXPECT_EQ(outputs_of(assembler), Lines{});
    assembler.handle(result("for two.", 1.5, 3, true, true));
    EXPECT_EQ(outputs_of(assembler), (Lines{"1~A table for two.", "1=A table for two."}));
    EXPECT_TRUE(assembler.is_idle());
}

TEST(TranscriptAssembler, DoesNotWaitWhenAllIsTranscribedAlready) {
    TranscriptAssembler assembler;
    assembler.handle_audio(1, second_samples);
    assembler.handle(result("Yes.", 0, 0.98, true));
    assembler.handle_finish(1, start);
    EXPECT_EQ(outputs_of(assembler), (Lines{"1~Yes.", "1=Yes."}));
    // The late answer to its Finalize must not finish the next utterance.
    assembler.handle_audio(2, second_samples);
    assembler.handle_finish(2, start);
    assembler.handle(result("", 0.98, 1, true, true));
    EXPECT_EQ(outputs_of(assembler), Lines{});
    assembler.handle(result("No.", 1, 2, true, true));
    EXPECT_EQ(outputs_of(assembler), (Lines{"2~No.", "2=No."}));
}

TEST(TranscriptAssembler, UsesWhatIsThereAtTheDeadline) {
    TranscriptAssembler assembler({.finalize_timeout = milliseconds(100)});
    assembler.handle_audio(1, 2 * second_samples);
    assembler.handle(result("Half of", 0, 1, true));
    assembler.handle_finish(1, start);
    ASSERT_EQ(assembler.next_deadline(), start + milliseconds(100));
    assembler.handle_time(start + milliseconds(99));
    EXPECT_EQ(outputs_of(assembler), Lines{"1~Half of"});
    assembler.handle_time(start + milliseconds(100));
    EXPECT_EQ(outputs_of(assembler), Lines{"1=Half of"});
    // What comes later belongs to nobody.
    assembler.handle_audio(2, second_samples);
    assembler.handle(result("it", 1, 2, true, true));
    EXPECT_EQ(outputs_of(assembler), Lines{});
    EXPECT_FALSE(assembler.next_deadline());
}

TEST(TranscriptAssembler, AnInterimStandsWhereTheFinalsAreEmpty) {
    TranscriptAssembler assembler;
    assembler.handle_audio(1, second_samples);
    assembler.handle(result("yes please", 0, 0.8, false));
    assembler.handle_finish(1, start);
    assembler.handle(result("", 0, 1, true, true));
    EXPECT_EQ(outputs_of(assembler), (Lines{"1~yes please", "1=yes please"}));
    // Where something final was understood, the server has judged the rest.
    assembler.handle_audio(2, 2 * second_samples);
    assembler.handle(result("Yes.", 1, 2, true));
    assembler.handle(result("I", 2, 2.5, false));
    assembler.handle_finish(2, start);
    assembler.handle(result("", 2, 3, true, true));
    EXPECT_EQ(outputs_of(assembler), (Lines{"2~Yes.", "2~Yes. I", "2=Yes."}));
}

TEST(TranscriptAssembler, AnInterimStandsWhereTheFinalDoesNotCome) {
    TranscriptAssembler assembler;
    assembler.handle_audio(1, 3 * second_samples);
    assembler.handle(result("A table", 0, 1, true));
    assembler.handle(result("for two", 1, 2.5, false));
    assembler.handle_finish(1, start);
    assembler.handle_time(start + seconds(2));
    EXPECT_EQ(outputs_of(assembler),
              (Lines{"1~A table", "1~A table for two", "1=A table for two"}));
}

TEST(TranscriptAssembler, TellsWhatWasNotHeardFromWhatWasNotUnderstood) {
    const auto is_unheard = [](std::size_t samples, const std::vector<ResultsMessage>& results) {
        TranscriptAssembler assembler;
        assembler.handle_audio(1, samples);
        for (const ResultsMessage& message : results) {
            assembler.handle(message);
        }
        assembler.handle_finish(1, start);
        assembler.handle_time(start + seconds(2));
        const auto output = assembler.poll();
        return output && std::get<FinalText>(*output).is_unheard;
    };
    EXPECT_TRUE(is_unheard(2 * second_samples, {}));
    EXPECT_FALSE(is_unheard(2 * second_samples, {result("", 0, 1, false)}));
    EXPECT_FALSE(is_unheard(second_samples / 2, {})) << "a click";
}

TEST(TranscriptAssembler, KeepsTwoWaitingUtterancesApart) {
    TranscriptAssembler assembler;
    assembler.handle_audio(1, second_samples);
    assembler.handle_finish(1, start);
    assembler.handle_audio(2, second_samples);
    assembler.handle_finish(2, start);
    assembler.handle(result("One.", 0, 1, true, true));
    EXPECT_EQ(outputs_of(assembler), (Lines{"1~One.", "1=One."}));
    assembler.handle(result("Two.", 1, 2, true, true));
    EXPECT_EQ(outputs_of(assembler), (Lines{"2~Two.", "2=Two."}));
}

TEST(TranscriptAssembler, GivesOneFinalForAnUtteranceWithoutAudio) {
    TranscriptAssembler assembler;
    assembler.handle_finish(4, start);
    assembler.handle_finish(4, start);
    assembler.handle_time(start);
    EXPECT_EQ(outputs_of(assembler), Lines{"4="});
}

TEST(TranscriptAssembler, ForgetsAnUtteranceThatIsNeverFinished) {
    TranscriptAssembler assembler;
    assembler.handle_audio(1, second_samples);
    assembler.handle_audio(2, second_samples);
    assembler.handle_finish(1, start);
    assembler.handle_finish(2, start);
    assembler.handle(result("Two.", 1, 2, true, true));
    EXPECT_EQ(outputs_of(assembler), (Lines{"2~Two.", "2=Two."}));
}

TEST(TranscriptAssembler, WorksWithServersThatDoNotSayTimes) {
    TranscriptAssembler assembler;
    assembler.handle_audio(1, second_samples);
    assembler.handle_finish(1, start);
    assembler.handle(result("Hi.", 0, -1, true, true));
    EXPECT_EQ(outputs_of(assembler), (Lines{"1~Hi.", "1=Hi."}));
}

TEST(TranscriptAssembler, BoundsTheTextWithoutBreakingACharacter) {
    TranscriptAssembler assembler({.text_bytes_max = 6});
    assembler.handle_audio(1, second_samples);
    assembler.handle_finish(1, start);
    assembler.handle(result("abcde\xC3\xA9", 0, 1, true, true));
    EXPECT_EQ(outputs_of(assembler), (Lines{"1~abcde", "1=abcde"}));
}

}  // namespace
}  // namespace studio::deepgram
