#include "core/call/call_error.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "core/call/call_event.hpp"
#include "core/call/call_json.hpp"

namespace studio::core {
namespace {

using Errors = std::vector<CallError>;

TEST(CallErrors, OfOneKindAreCounted) {
    Errors errors;
    EXPECT_TRUE(add_error(errors, {CallStage::tts, "harp", "timed_out"}));
    EXPECT_FALSE(add_error(errors, {CallStage::tts, "harp", "timed_out"}));
    EXPECT_TRUE(add_error(errors, {CallStage::tts, "harp", "malformed"}));
    EXPECT_TRUE(add_error(errors, {CallStage::tts, "oracle", "timed_out"}));
    EXPECT_TRUE(add_error(errors, {CallStage::llm, "oracle", "timed_out"}));
    EXPECT_EQ(errors, (Errors{{CallStage::tts, "harp", "timed_out", 2},
                              {CallStage::tts, "harp", "malformed", 1},
                              {CallStage::tts, "oracle", "timed_out", 1},
                              {CallStage::llm, "oracle", "timed_out", 1}}));
    constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
    add_error(errors, {CallStage::tts, "harp", "malformed", most});
    EXPECT_EQ(errors[1].count, most);
}

TEST(CallErrors, AreOfSoManyKindsAtMost) {
    Errors errors;
    for (std::size_t index = 0; index < call_errors_max + 5; ++index) {
        EXPECT_EQ(add_error(errors, {CallStage::tool, std::to_string(index), "timed_out"}),
                  index < call_errors_max);
    }
    EXPECT_EQ(errors.size(), call_errors_max);
    add_error(errors, {CallStage::tool, "0", "timed_out"});
    EXPECT_EQ(errors.front().count, 2U) << "what is known goes on being counted";
    merge_errors(errors, {{CallStage::stt, "ears", "unavailable"}});
    EXPECT_EQ(errors.size(), call_errors_max);
}

TEST(CallErrors, OfTwoAccountsOfACallTheHigherCountStands) {
    Errors row{{CallStage::tts, "harp", "timed_out", 1}};
    merge_errors(row, {{CallStage::tts, "harp", "timed_out", 3},
                       {CallStage::llm, "oracle", "unavailable", 2}});
    EXPECT_EQ(row, (Errors{{CallStage::tts, "harp", "timed_out", 3},
                           {CallStage::llm, "oracle", "unavailable", 2}}));
    merge_errors(row, {{CallStage::llm, "oracle", "unavailable", 1}});
    EXPECT_EQ(row[1].count, 2U);
}

TEST(CallErrors, AreReadAsTheyWereWrittenAndWhatIsNoneIsPassedOver) {
    const Errors errors{{CallStage::stt, "ears", "unavailable", 4},
                        {CallStage::llm, "oracle", "exhausted", 1},
                        {CallStage::tts, "harp", "timed_out", 2},
                        {CallStage::tool, "book", "http_503", 1}};
    EXPECT_EQ(errors_from_json(errors_to_json(errors)), errors);
    const std::string text = serialize_json(errors_to_json(errors));
    EXPECT_EQ(errors_from_json(*parse_json(text)), errors);
    EXPECT_EQ(errors_from_json(*parse_json(R"([7, {"stage":"video","provider":"x","code":"y",
        "count":1}, {"stage":"stt","count":-1}, {"stage":"stt","count":0}, {"stage":"stt"},
        {"stage":"tts","provider":"harp","code":"timed_out","count":2}])")),
              (Errors{{CallStage::tts, "harp", "timed_out", 2}}));
    EXPECT_EQ(errors_from_json(Json(7)), Errors{});
    EXPECT_EQ(errors_from_json(Json(nullptr)), Errors{});
}

TEST(CallErrors, GoWithTheRecordIntoFilesAndEvents) {
    CallRecord record;
    record.id = CallId("c");
    record.tenant_id = TenantId("t");
    record.errors = {{CallStage::tts, "harp", "timed_out", 2}};
    Json written = record_to_json(record);
    EXPECT_EQ(record_from_json(written)->errors, record.errors);
    EXPECT_EQ(*find_member(event_payload(record), "errors"), errors_to_json(record.errors));
    written.get_object().erase("errors");
    ASSERT_TRUE(record_from_json(written)) << "as earlier programs wrote it";
    EXPECT_EQ(record_from_json(written)->errors, Errors{});
}

}  // namespace
}  // namespace studio::core
