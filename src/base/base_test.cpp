#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
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

}  // namespace
}  // namespace studio
