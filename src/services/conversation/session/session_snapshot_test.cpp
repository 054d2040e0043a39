#include "services/conversation/session/session_snapshot.hpp"

#include <gtest/gtest.h>

namespace studio::services {
namespace {

using core::Dialog;
using core::DialogRole;

SessionSnapshot make_full() {
    SessionSnapshot snapshot;
    snapshot.call_id = CallId("call-1");
    snapshot.agent_name = "host";
    snapshot.saved_at = WallTime(milliseconds(1'800'000'000'123));
    snapshot.handed_over = true;
    snapshot.call = {core::Call::Phase::active, milliseconds(1234), core::CallStatus::timeout, "x"};
    snapshot.turn = {7, 1, true, milliseconds(2500)};
    snapshot.dialog.state = Dialog::State::running_tools;
    snapshot.dialog.answering = true;
    snapshot.dialog.last_request = 4;
    snapshot.dialog.last_sentence = 9;
    snapshot.dialog.tokens = 1234567;
    snapshot.dialog.rounds = 1;
    snapshot.dialog.running = {"a"};
    snapshot.dialog.history.entries = {
        {{DialogRole::user, "hi \"there\" \u00e9", {}, {}}, {}},
        {{DialogRole::assistant, "", {{"a", "book", "{}"}}, {}},
         {{8, "One moment.", core::DialogHistory::Hearing::waiting, false, "One", true}}},
        {{DialogRole::tool, "{}", {}, "a"}, {}}};
    snapshot.dialog.history.answer_begin = 1;
    snapshot.tools.push_back(
        {{"a", "book", "{}"}, 4, 0, 1, JsonObject{{"k", 1}}, {{"p", "q"}}, ""});
    snapshot.context = JsonObject{{"flags", JsonObject{{"vip", true}}}};
    snapshot.report = {.sequence = 3,
                       .turn = 2,
                       .started_at = WallTime(milliseconds(5)),
                       .ended_at = {},
                       .interruptions = 1,
                       .early_answers_kept = 4,
                       .early_answers_dropped = 2,
                       .agent_handoffs = 0,
                       .errors = {{core::CallStage::tts, "harp", "timed_out", 2}},
                       .agent_heard = false,
                       .packets_lost = 11,
                       .frames_late = 12,
                       .recognition = {1.5, 2},
                       .model = {},
                       .synthesis = {},
                       .whole = {880.25, 1}};
    core::TranscriptEntry entry;
    entry.sequence = 2;
    entry.content = "hi";
    entry.agent = "host";
    entry.timestamp = WallTime(milliseconds(99));
    entry.latency.emplace();
    entry.latency->first_packet = microseconds(123'456);
    entry.tool = JsonObject{{"name", "book"}};
    snapshot.unwritten.push_back(entry);
    return snapshot;
}

TEST(SessionSnapshot, IsReadAsItWasWritten) {
    const std::string text = serialize_snapshot(make_full());
    const auto read = parse_snapshot(text);
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(serialize_snapshot(*read), text);
    EXPECT_EQ(read->dialog.history.entries[1].sentences[0].heard, "One");
    EXPECT_FALSE(read->dialog.history.entries[1].sentences[0].interruptible);
    EXPECT_TRUE(read->dialog.history.entries[1].sentences[0].is_aside);
    EXPECT_EQ(read->call.duration_left, milliseconds(1234));
    EXPECT_EQ(read->turn.caller_silence, milliseconds(2500));
    EXPECT_EQ(read->unwritten.at(0).latency->first_packet, microseconds(123'456));
    EXPECT_EQ(read->report.whole.sum, 880.25);
    EXPECT_EQ(read->report.errors, make_full().report.errors);
    EXPECT_FALSE(read->report.agent_heard);
    EXPECT_EQ(read->tools.at(0).params.at("p"), Json("q"));
}

TEST(SessionSnapshot, OfAnEarlierProgramTellsOfNoErrors) {
    Json json = *parse_json(serialize_snapshot(make_full()));
    JsonObject& report = json.get_object()["report"].get_object();
    report.erase("errors");
    report.erase("agent_heard");
    const auto read = parse_snapshot(serialize_json(json));
    ASSERT_TRUE(read) << read.error();
    EXPECT_TRUE(read->report.errors.empty());
    EXPECT_TRUE(read->report.agent_heard) << "nothing is known, so nothing is made of it";
}

TEST(SessionSnapshot, ErrorsNameTheMember) {
    const std::string good = serialize_snapshot(make_full());
    const struct {
        const char* from;
        const char* to;
        const char* error;
    } cases[] = {
        {"\"version\":1", "\"version\":2", "the snapshot is of another version"},
        {"\"phase\":2", "\"phase\":9", "the snapshot's call.phase must be"},
        {"\"end_status\":\"timeout\"", "\"end_status\":\"active\"",
         "the snapshot's call.end_status must be a final status"},
        {"\"duration_left_ms\":1234", "\"duration_left_ms\":-1",
         "the snapshot's call.duration_left_ms must be"},
        {"\"answer_begin\":1", "\"answer_begin\":4", "the snapshot's dialog.answer_begin must be"},
        {"\"running\":[\"a\"]", "\"running\":[1]", "the snapshot's dialog.running must be"},
        {"\"role\":1", "\"role\":7", "the snapshot's dialog.entries[0].role must be"},
        {"\"tool_call_id\":\"a\"", "\"x\":1",
         "the snapshot's dialog.entries[2].tool_call_id is missing"},
        {"\"hearing\":0", "\"hearing\":\"no\"",
         "the snapshot's dialog.entries[1].sentences[0].hearing must be"},
        {"\"sequence\":3", "\"sequence\":4294967296", "the snapshot's report.sequence must be"},
        {"\"sequence\":2", "\"sequence\":-2",
         "the snapshot's unwritten[0].sequence is missing or wrong"},
        {"\"role\":\"user\"", "\"role\":\"x\"",
         "the snapshot's unwritten[0].role is missing or wrong"},
        {"\"content\":\"hi\"", "\"content\":1",
         "the snapshot's unwritten[0].content is missing or wrong"},
        {"\"timestamp\":99", "\"x\":99",
         "the snapshot's unwritten[0].timestamp is missing or wrong"},
        {"\"interrupted\":false", "\"interrupted\":0",
         "the snapshot's unwritten[0].interrupted is missing or wrong"},
        {"\"tool\":", "\"x\":", "the snapshot's unwritten[0].tool is missing or wrong"},
        {"\"packet_us\":123456", "\"packet_us\":\"soon\"",
         "the snapshot's unwritten[0].latency is missing or wrong"},
        {"\"unwritten\":[", "\"unwritten\":1,\"y\":[", "the snapshot's unwritten must be a list"},
    };
    for (const auto& [from, to, error] : cases) {
        std::string text = good;
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        text.replace(at, std::string(from).size(), to);
        const auto read = parse_snapshot(text);
        ASSERT_FALSE(read) << to;
        EXPECT_TRUE(read.error().starts_with(error)) << read.error();
    }
    EXPECT_FALSE(parse_snapshot(""));
    EXPECT_FALSE(parse_snapshot("[]"));
    EXPECT_FALSE(parse_snapshot("{}"));
    EXPECT_FALSE(parse_snapshot(std::string(SessionSnapshot::bytes_max + 1, ' ')));
    for (std::size_t size = 0; size < good.size(); size += 7) {
        EXPECT_FALSE(parse_snapshot(good.substr(0, size))) << "cut off at " << size;
    }
}

core::TranscriptEntry entry(std::uint32_t sequence, core::TranscriptRole role, const char* text) {
    core::TranscriptEntry made;
    made.sequence = sequence;
    made.role = role;
    made.content = text;
    return made;
}

TEST(SessionSnapshot, TakesOverWhatWasStoredAfterIt) {
    SessionSnapshot snapshot = make_full();
    add_entries(snapshot, {entry(1, core::TranscriptRole::user, "old"),
                           entry(3, core::TranscriptRole::assistant, "Hello."),
                           entry(4, core::TranscriptRole::user, "a table")});
    EXPECT_EQ(snapshot.report.sequence, 5U);
    EXPECT_EQ(snapshot.report.turn, 3U);
    EXPECT_EQ(snapshot.dialog.state, Dialog::State::asking) << "the caller waits for an answer";
    EXPECT_TRUE(snapshot.tools.empty());
    const auto& entries = snapshot.dialog.history.entries;
    ASSERT_EQ(entries.size(), 5U);
    EXPECT_EQ(entries[3].message.content, "Hello.");
    EXPECT_EQ(entries[4].message.content, "a table");
    EXPECT_TRUE(entries[1].sentences.empty()) << "what was to be said is over";
    EXPECT_TRUE(parse_snapshot(serialize_snapshot(snapshot)));
}

TEST(SessionSnapshot, IsMadeUpFromRecordAndTranscript) {
    core::CallRecord record;
    record.id = CallId("call-1");
    record.agent_name = "host";
    record.started_at = WallTime(seconds(100));
    record.errors = {{core::CallStage::llm, "oracle", "unavailable", 1}};
    const auto snapshot =
        make_snapshot(record, {entry(0, core::TranscriptRole::assistant, "Hello.")}, seconds(60),
                      WallTime(seconds(110)));
    EXPECT_EQ(snapshot.call.phase, core::Call::Phase::active);
    EXPECT_EQ(snapshot.call.duration_left, seconds(50));
    EXPECT_EQ(snapshot.report.sequence, 1U);
    EXPECT_EQ(snapshot.report.errors, record.errors);
    EXPECT_TRUE(snapshot.report.agent_heard);
    EXPECT_FALSE(make_snapshot(record, {entry(0, core::TranscriptRole::user, "Hello?")},
                               seconds(60), WallTime(seconds(110)))
                     .report.agent_heard);
    EXPECT_EQ(snapshot.dialog.state, Dialog::State::idle);
    EXPECT_TRUE(parse_snapshot(serialize_snapshot(snapshot)));
}

}  // namespace
}  // namespace studio::services
