#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "base/read_time.hpp"
#include "base/ring_buffer.hpp"
#include "base/task.hpp"
#include "base/time.hpp"

namespace studio {
namespace {

TEST(ByteReader, ReadsBigEndianAndFailsPastTheEnd) {
    const Bytes bytes{0x01, 0x02, 0x03, 0x04, 0x05};
    ByteReader reader(bytes);
    EXPECT_EQ(reader.u16(), 0x0102);
    EXPECT_EQ(reader.u24(), 0x030405U);
    EXPECT_TRUE(reader.ok());
    EXPECT_EQ(reader.u32(), 0U);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteWriter, WritesBigEndianAndPatches) {
    Bytes bytes;
    ByteWriter writer(bytes);
    writer.u16(0);
    writer.u32(0xA1B2C3D4U);
    writer.patch_u16(0, 0x0102);
    EXPECT_EQ(bytes, (Bytes{0x01, 0x02, 0xA1, 0xB2, 0xC3, 0xD4}));
}

TEST(SeededEntropy, RepeatsItself) {
    SeededEntropy first(7);
    SeededEntropy second(7);
    EXPECT_EQ(first.uuid(), second.uuid());
    EXPECT_NE(first.u64(), first.u64());
}

TEST(SystemEntropy, MakesAVersion4Uuid) {
    SystemEntropy entropy;
    const std::string uuid = entropy.uuid();
    ASSERT_EQ(uuid.size(), 36U);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
}

TEST(Json, RefusesDeepNestingAndTrailingBytes) {
    EXPECT_TRUE(parse_json("{\"a\":[1,2]}"));
    EXPECT_FALSE(parse_json("{} x"));
    EXPECT_FALSE(parse_json(std::string(40, '[') + std::string(40, ']')));
}

TEST(Log, EscapesWhatWouldBreakTheLine) {
    const std::string line = format_log(LogLevel::info, "seen", {{"text", "a\"b\nc"}, {"n", 3}});
    EXPECT_NE(line.find(R"("text":"a\"b\nc","n":3})"), std::string::npos) << line;
}

TEST(Histogram, FindsTheBucketOfAQuantile) {
    Histogram histogram({1, 2, 5});
    for (const double value : {0.5, 1.5, 1.7, 4.0}) {
        histogram.observe(value);
    }
    EXPECT_EQ(histogram.quantile(0.5), 2);
    EXPECT_EQ(histogram.quantile(1.0), 5);
}

TEST(MetricRegistry, RendersPrometheusText) {
    MetricRegistry registry;
    registry.counter("calls_total", "Calls.", "kind=\"voip\"").add(2);
    registry.histogram("turn_seconds", "Turns.", {1.0}).observe(0.5);
    const std::string text = registry.render();
    EXPECT_NE(text.find("calls_total{kind=\"voip\"} 2\n"), std::string::npos);
    EXPECT_NE(text.find("turn_seconds_bucket{le=\"+Inf\"} 1\n"), std::string::npos);
}

TEST(RingBuffer, DropsTheOldestWhenAsked) {
    RingBuffer<int, 2> ring;
    EXPECT_TRUE(ring.try_push(1));
    EXPECT_TRUE(ring.try_push(2));
    EXPECT_FALSE(ring.try_push(3));
    EXPECT_TRUE(ring.push_dropping_oldest(3));
    EXPECT_EQ(ring.pop(), 2);
    EXPECT_EQ(ring.pop(), 3);
    EXPECT_EQ(ring.pop(), std::nullopt);
}

TEST(Time, WritesRfc3339) {
    EXPECT_EQ(to_rfc3339(WallTime{milliseconds{1'763'926'945'123}}), "2025-11-23T19:42:25.123Z");
}

Task<int> two() {
    co_return 2;
}
Task<int> sum() {
    co_return co_await two() + co_await two();
}
Task<void> store(int* target) {
    *target = co_await sum();
}

TEST(Task, RunsWhenAwaitedAndNotBefore) {
    int value = 0;
    Task<void> task = store(&value);
    EXPECT_EQ(value, 0);
    task.await_suspend(std::noop_coroutine()).resume();
    EXPECT_EQ(value, 4);
}

TEST(Time, MomentsOfOthersAreRead) {
    const auto shown = [](const char* text) {
        const auto time = parse_rfc3339(text);
        return time ? to_rfc3339(*time) : "none";
    };
    EXPECT_EQ(shown("2026-11-23T19:22:25.123Z"), "2026-11-23T19:22:25.123Z");
    EXPECT_EQ(shown("2026-11-23t20:22:25.5+01:00"), "2026-11-23T19:22:25.500Z");
    EXPECT_EQ(shown("2026-11-23 19:22:25z"), "2026-11-23T19:22:25.000Z");
    EXPECT_EQ(shown("2026-11-23T17:52:25.1239999-01:30"), "2026-11-23T19:22:25.123Z");
    EXPECT_EQ(shown("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000Z");
    EXPECT_EQ(shown("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000Z");
    EXPECT_EQ(shown("1970-01-01T00:00:00Z"), "1970-01-01T00:00:00.000Z");
    for (const char* text : {"",
                             "2026",
                             "2026-11-23",
                             "2026-11-23T19:22:25",
                             "2026-02-29T00:00:00Z",
                             "2026-13-01T00:00:00Z",
                             "2026-00-01T00:00:00Z",
                             "2026-11-31T00:00:00Z",
                             "2026-11-23T24:00:00Z",
                             "2026-11-23T19:60:00Z",
                             "2026-11-23T19:22:61Z",
                             "2026-11-23T19:22:25.Z",
                             "2026-11-23T19:22:25ZZ",
                             "2026-11-23T19:22:25+1:00",
                             "2026-11-23T19:22:25+24:00",
                             "1969-12-31T23:59:59Z",
                             "1970-01-01T00:00:00+00:01",
                             "9999-12-31T23:59:59-00:01",
                             "+026-11-23T19:22:25Z",
                             "2026-11-23T19:22:25+01:00 "}) {
        EXPECT_EQ(shown(text), "none") << text;
    }
}

}  // namespace
}  // namespace studio
