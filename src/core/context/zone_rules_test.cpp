#include "core/context/zone_rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/context/call_context.hpp"
#include "core/context/template.hpp"

namespace studio::core {
namespace {

using namespace std::chrono_literals;

std::string big_endian(std::int64_t value, int width) {
    std::string bytes;
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
        bytes +=
            static_cast<char>(static_cast<std::uint64_t>(value) >> static_cast<unsigned>(shift));
    }
    return bytes;
}

struct Made {
    std::vector<std::pair<std::int64_t, int>> transitions{};
    std::vector<std::int64_t> offsets{0};
    std::string footer{};
};

/// A TZif file as RFC 8536 draws it, with an empty first part.
std::string make_zone(const Made& made) {
    const auto header = [](std::size_t times, std::size_t types) {
        std::string bytes = "TZif2" + std::string(15, '\0');
        for (const std::size_t count :
             {std::size_t{0}, std::size_t{0}, std::size_t{0}, times, types, std::size_t{4}}) {
            bytes += big_endian(static_cast<std::int64_t>(count), 4);
        }
        return bytes;
    };
    std::string bytes = header(0, 1) + std::string(6, '\0') + std::string(4, '\0');
    bytes += header(made.transitions.size(), made.offsets.size());
    for (const auto& transition : made.transitions) {
        bytes += big_endian(transition.first, 8);
    }
    for (const auto& transition : made.transitions) {
        bytes += static_cast<char>(transition.second);
    }
    for (const std::int64_t offset : made.offsets) {
        bytes += big_endian(offset, 4) + std::string(2, '\0');
    }
    return bytes + std::string(4, '\0') + "\n" + made.footer + "\n";
}

WallTime at(int year, unsigned month, unsigned day, milliseconds time) {
    return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) /
                                 std::chrono::day(day)) +
           time;
}

ZoneRules rules_of(const std::string& footer) {
    const auto rules = ZoneRules::parse(make_zone({.footer = footer}));
    EXPECT_TRUE(rules) << footer;
    return rules ? *rules : ZoneRules();
}

TEST(ZoneRules, NothingIsUtc) {
    EXPECT_EQ(ZoneRules().offset_at(at(2026, 7, 1, 0s)), 0s);
}

TEST(ZoneRules, FollowsTransitions) {
    const auto rules = ZoneRules::parse(make_zone(
        {.transitions = {{0, 1}, {1'000, 2}, {2'000, 1}}, .offsets = {-300, 3'600, 7'200}}));
    ASSERT_TRUE(rules);
    EXPECT_EQ(rules->offset_at(WallTime(-1ms)), -300s) << "before the first";
    EXPECT_EQ(rules->offset_at(WallTime(0ms)), 1h);
    EXPECT_EQ(rules->offset_at(WallTime(999'999ms)), 1h);
    EXPECT_EQ(rules->offset_at(WallTime(1'000'000ms)), 2h);
    EXPECT_EQ(rules->offset_at(WallTime(5'000'000ms)), 1h);
}

TEST(ZoneRules, KnowsSummerTimeToTheSecond) {
    const ZoneRules berlin = rules_of("CET-1CEST,M3.5.0,M10.5.0/3");
    EXPECT_EQ(berlin.offset_at(at(2026, 3, 29, 1h) - 1ms), 1h);
    EXPECT_EQ(berlin.offset_at(at(2026, 3, 29, 1h)), 2h);
    EXPECT_EQ(berlin.offset_at(at(2026, 10, 25, 1h) - 1ms), 2h);
    EXPECT_EQ(berlin.offset_at(at(2026, 10, 25, 1h)), 1h);
    EXPECT_EQ(berlin.offset_at(at(2099, 7, 1, 0s)), 2h);
    const ZoneRules new_york = rules_of("EST5EDT,M3.2.0,M11.1.0");
    EXPECT_EQ(new_york.offset_at(at(2026, 3, 8, 7h) - 1ms), -5h);
    EXPECT_EQ(new_york.offset_at(at(2026, 3, 8, 7h)), -4h);
    EXPECT_EQ(new_york.offset_at(at(2026, 11, 1, 6h) - 1ms), -4h);
    EXPECT_EQ(new_york.offset_at(at(2026, 11, 1, 6h)), -5h);
    const ZoneRules sydney = rules_of("AEST-10AEDT,M10.1.0,M4.1.0/3");
    EXPECT_EQ(sydney.offset_at(at(2026, 1, 15, 0s)), 11h);
    EXPECT_EQ(sydney.offset_at(at(2026, 7, 15, 0s)), 10h);
    EXPECT_EQ(sydney.offset_at(at(2026, 12, 31, 23h)), 11h) << "over the turn of the year";
    const ZoneRules dublin = rules_of("IST-1GMT0,M10.5.0,M3.5.0/1");
    EXPECT_EQ(dublin.offset_at(at(2026, 7, 1, 0s)), 1h);
    EXPECT_EQ(dublin.offset_at(at(2026, 12, 1, 0s)), 0h) << "winter is the exception there";
    EXPECT_EQ(rules_of("<+0530>-5:30").offset_at(at(2026, 7, 1, 0s)), 5h + 30min);
    EXPECT_EQ(rules_of("<-02>2<-01>,M3.5.0/-1,M10.5.0/0").offset_at(at(2026, 7, 1, 0s)), -1h);
    EXPECT_EQ(rules_of("A1B,J60,J300").offset_at(at(2028, 3, 1, 12h)), 0h);
    EXPECT_EQ(rules_of("AAA1BBB,J60/0,J300").offset_at(at(2028, 3, 1, 2h)), 0h) << "March 1st";
    EXPECT_EQ(rules_of("AAA1BBB,59/0,300").offset_at(at(2028, 2, 29, 2h)), 0h) << "February 29th";
    EXPECT_EQ(rules_of("nonsense,,").offset_at(at(2028, 3, 1, 2h)), 0h);
}

TEST(ZoneRules, RefusesWhatIsNoZone) {
    const std::string good = make_zone({.transitions = {{0, 0}}, .footer = "UTC0"});
    ASSERT_TRUE(ZoneRules::parse(good));
    for (std::size_t size = 0; size + 6 < good.size(); ++size) {
        EXPECT_FALSE(ZoneRules::parse(std::string_view(good).substr(0, size))) << size;
    }
    EXPECT_EQ(ZoneRules::parse("TZif1").error(), ZoneError::not_tzif);
    EXPECT_EQ(ZoneRules::parse("# a text").error(), ZoneError::not_tzif);
    EXPECT_EQ(ZoneRules::parse(make_zone({.transitions = {{0, 9}}})).error(), ZoneError::malformed);
    EXPECT_EQ(ZoneRules::parse(make_zone({.transitions = {{5, 0}, {5, 0}}})).error(),
              ZoneError::malformed);
    EXPECT_EQ(ZoneRules::parse(make_zone({.offsets = {1'000'000}})).error(), ZoneError::malformed);
}

TEST(CallContextZone, WritesTheTimeOfTheCallersZone) {
    CallContext context;
    const WallTime moment = at(2026, 11, 28, 23h + 30min + 5s + 7ms);
    context.set_now(moment);
    EXPECT_EQ(render_text("{{now}} {{now.weekday}}", context).text,
              "2026-11-28T23:30:05.007Z Saturday");
    context.set_zone(std::make_shared<ZoneRules>(rules_of("CET-1CEST,M3.5.0,M10.5.0/3")));
    context.set_now(moment);
    EXPECT_EQ(render_text("{{now}}|{{now.date}}|{{now.time}}|{{now.weekday}}", context).text,
              "2026-11-29T00:30:05.007+01:00|2026-11-29|00:30|Sunday");
    context.set_now(at(2026, 7, 1, 12h));
    EXPECT_EQ(render_text("{{now}}", context).text, "2026-07-01T14:00:00.000+02:00");
    EXPECT_EQ(render_text("[{{now.other}}]", context).text, "[]");
    EXPECT_EQ(context.set("now.date", "x").error(), ContextError::read_only);
    // A call that goes on elsewhere keeps the zone that it was given there.
    ASSERT_TRUE(context.load(CallContext().save()));
    context.set_now(at(2026, 7, 1, 12h));
    EXPECT_EQ(render_text("{{now.time}}", context).text, "14:00");
    context.set_zone(std::make_shared<ZoneRules>(rules_of("NST3:30NDT,M3.2.0,M11.1.0")));
    context.set_now(at(2026, 12, 1, 0s));
    EXPECT_EQ(render_text("{{now}}", context).text, "2026-11-30T20:30:00.000-03:30");
}

}  // namespace
}  // namespace studio::core
