#include "services/replay/call_log.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "runtime/virtual_loop.hpp"
#include "services/replay/call_recorder.hpp"
#include "services/replay/event_json.hpp"
#include "services/replay/plan_json.hpp"

namespace studio::services {
namespace {

const std::string header = "[0,\"header\",{\"version\":1}]\n";

/// The error of reading it all; empty where there is none.
std::string read_all(const std::string& text) {
    std::istringstream stream(text);
    CallLogReader reader(stream);
    while (true) {
        const auto record = reader.next();
        if (!record) {
            return record.error();
        }
        if (!*record) {
            return "";
        }
    }
}

TEST(CallLogReader, ReadsTimesKindsAndTheWallOffsetThatIsCarriedOn) {
    std::istringstream stream(header + "[5,\"tick\",\"\",-2]\n[5,\">message\",\"x\"]\n");
    CallLogReader reader(stream);
    ASSERT_TRUE(reader.next().value().has_value());
    const auto tick = reader.next().value();
    EXPECT_EQ(tick->at, nanoseconds(5));
    EXPECT_FALSE(tick->is_output());
    const auto message = reader.next().value();
    EXPECT_TRUE(message->is_output());
    EXPECT_EQ(message->wall_offset, milliseconds(-2));
    EXPECT_FALSE(reader.next().value().has_value());
}

TEST(CallLogReader, RefusesWhatIsNoLog) {
    EXPECT_EQ(read_all(header), "");
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "the log is empty"},
        {"[0,\"tick\",null]\n", "line 1 is a header out of place, or none where one is due"},
        {"[0,\"header\",{\"version\":2}]\n", "line 1 is of another version of the format"},
        {header + header, "line 2 is a header out of place, or none where one is due"},
        {header + "[1]\n", "line 2 is no record"},
        {header + "[1.5,\"tick\",null]\n", "line 2 is no record"},
        {header + "{}\n", "line 2 is no record"},
        {header + "[1,\"tick\",null,\"x\"]\n", "line 2 has a bad wall offset"},
        {header + "[-1,\"tick\",null]\n", "line 2 goes back in time"},
        {header + "[1,\"tick\",null]", "line 2 is cut off"},
        {std::string(CallLogReader::line_bytes_max + 1, ' '), "line 1 is too long"}};
    for (const auto& [text, error] : cases) {
        EXPECT_EQ(read_all(text), error) << text.substr(0, 80);
    }
}

TEST(EventJson, SamplesOfEachLengthComeBack) {
    std::vector<std::int16_t> samples;
    for (const int value : {-32768, 32767, 0, -1, 1, 12345}) {
        EXPECT_EQ(decode_samples(encode_samples(samples)), samples);
        samples.push_back(static_cast<std::int16_t>(value));
    }
    for (const char* wrong : {"A", "AA==", "A=AA", "====", "AA A", "AAA\xFF"}) {
        EXPECT_FALSE(decode_samples(wrong).has_value()) << wrong;
    }
}

TEST(PlanJson, WhichAgentHasASpareVoiceComesBackAlsoFromOlderLogs) {
    RecordedPlan recorded;
    for (const char* name : {"host", "kitchen", "cellar"}) {
        core::AgentPlan& agent = recorded.plan.agents.emplace_back();
        agent.name = name;
        agent.config.prompt.system = "x";
    }
    recorded.plan.record.agent_name = "host";
    recorded.spare_voices = {true, false, true};
    Json written = to_json(recorded);
    const auto back = parse_recorded_plan(written);
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(back->spare_voices, recorded.spare_voices);

    for (Json& other : written.at("others").get_array()) {
        other.get_object().erase("has_spare_voice");
    }
    EXPECT_EQ(parse_recorded_plan(written)->spare_voices, std::vector<bool>(3, true));
    written.get_object().erase("has_spare_voice");
    EXPECT_EQ(parse_recorded_plan(written)->spare_voices, std::vector<bool>(3, false));
}

TEST(EventJson, AFrameComesBackAndAWrongOneDoesNot) {
    InboundFrame inbound;
    inbound.frame.samples[3] = -7;
    inbound.origin = FrameOrigin::concealed;
    const Instant origin{seconds(5)};
    inbound.captured_at = origin - milliseconds(3);
    const Instant other{seconds(70)};
    const auto back = parse_inbound_frame(to_json(inbound, std::nullopt, origin), other);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->frame.samples, inbound.frame.samples);
    EXPECT_EQ(back->origin, FrameOrigin::concealed);
    EXPECT_EQ(back->captured_at, other - milliseconds(3));
    EXPECT_FALSE(parse_inbound_frame(JsonObject{{"origin", 9}}, origin).has_value());
    EXPECT_FALSE(
        parse_inbound_frame(JsonObject{{"origin", 0}, {"pcm", "AAAA"}}, origin).has_value());
}

TEST(EventJson, WhatAModelFoundOfTheVoiceComesBackToTheLastBit) {
    const float probability = 0.1F + 1e-7F;
    const Json frame = to_json(InboundFrame{}, SpeechVerdict{probability, 3}, Instant{});
    const auto parsed = parse_json(serialize_json(frame));
    ASSERT_TRUE(parsed);
    const auto back = parse_verdict(*parsed);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->probability, probability);
    EXPECT_EQ(back->windows, 3);
    EXPECT_FALSE(parse_verdict(to_json(InboundFrame{}, std::nullopt, Instant{})));
    for (const Json& wrong : {Json(1.5), Json(-0.1), Json("0.5"), Json()}) {
        EXPECT_FALSE(parse_verdict(JsonObject{{"speech", wrong}, {"windows", 1}}));
    }
    EXPECT_FALSE(parse_verdict(JsonObject{{"speech", 0.5}, {"windows", 0}}));
}

TEST(EventJson, WhatAModelMakesOfAPauseComesBackToTheLastBit) {
    const float is_over = 0.1F + 1e-7F;
    const auto parsed = parse_json(serialize_json(to_json(TurnOpinion{7, is_over})));
    ASSERT_TRUE(parsed);
    const auto back = parse_turn_opinion(*parsed);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->question, 7U);
    EXPECT_EQ(back->is_over, is_over);
    const auto nothing = parse_json(serialize_json(to_json(TurnOpinion{8, std::nullopt})));
    ASSERT_TRUE(nothing);
    const auto none = parse_turn_opinion(*nothing);
    ASSERT_TRUE(none);
    EXPECT_FALSE(none->is_over);
    for (const Json& wrong : {Json(1.5), Json(-0.1), Json("0.5"), Json()}) {
        EXPECT_FALSE(parse_turn_opinion(JsonObject{{"number", 1}, {"is_over", wrong}}));
    }
    for (const Json& wrong : {Json(-1), Json(5'000'000'000), Json("1"), Json()}) {
        EXPECT_FALSE(parse_turn_opinion(JsonObject{{"number", wrong}}));
    }
}

TEST(CallRecorder, StopsAtItsLimitAndSaysSo) {
    runtime::VirtualLoop loop;
    auto stream = std::make_unique<std::ostringstream>();
    const std::ostringstream& text = *stream;
    CallRecorder recorder(std::move(stream), loop, CallPlan{}, {}, {}, {.bytes_max = 4'000});
    for (int count = 0; count < 1'000; ++count) {
        recorder.command("tick", "", loop.now());
    }
    EXPECT_LE(text.str().size(), 4'100U);
    EXPECT_TRUE(text.str().ends_with("[0,\"cut\",null]\n"));
    EXPECT_EQ(read_all(text.str()), "");
}

}  // namespace
}  // namespace studio::services
