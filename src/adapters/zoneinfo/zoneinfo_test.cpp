#include <gtest/gtest.h>

#include "adapters/zoneinfo/zoneinfo_time_zones.hpp"

namespace studio::adapters {
namespace {

using namespace std::chrono_literals;

WallTime at(int year, unsigned month, unsigned day, milliseconds time) {
    return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) /
                                 std::chrono::day(day)) +
           time;
}

TEST(ZoneinfoTimeZones, KnowsTheWorld) {
    ZoneinfoTimeZones zones;
    const struct {
        const char* name;
        WallTime time;
        seconds offset;
    } cases[] = {
        {"Europe/Berlin", at(2026, 11, 28, 12h), 1h},
        {"Europe/Berlin", at(2026, 7, 1, 12h), 2h},
        {"Europe/Berlin", at(2026, 3, 29, 1h) - 1ms, 1h},
        {"Europe/Berlin", at(2026, 3, 29, 1h), 2h},
        {"America/New_York", at(2026, 7, 1, 12h), -4h},
        {"America/Argentina/Buenos_Aires", at(2026, 7, 1, 12h), -3h},
        {"Asia/Kolkata", at(2026, 7, 1, 12h), 5h + 30min},
        {"Australia/Lord_Howe", at(2026, 1, 1, 12h), 11h},
        {"Australia/Lord_Howe", at(2026, 7, 1, 12h), 10h + 30min},
        {"Pacific/Auckland", at(2045, 1, 1, 12h), 13h},
        {"Etc/GMT+5", at(2026, 7, 1, 12h), -5h},
        {"UTC", at(2026, 7, 1, 12h), 0s},
    };
    for (const auto& entry : cases) {
        const auto zone = zones.find(entry.name);
        ASSERT_NE(zone, nullptr) << entry.name;
        EXPECT_EQ(zone->offset_at(entry.time), entry.offset) << entry.name;
    }
    EXPECT_EQ(zones.find("Asia/Kolkata"), zones.find("Asia/Kolkata")) << "read once";
}

TEST(ZoneinfoTimeZones, ReadsNothingButZones) {
    ZoneinfoTimeZones zones;
    for (const char* name : {"", "Nowhere/Else", "../../etc/passwd", "/etc/localtime", "Europe",
                             "Europe/", "Europe//Berlin", "Europe/Berlin\n", "tzdata.zi",
                             "zone1970.tab", "europe/berlin", "Europe/Ber lin"}) {
        EXPECT_EQ(zones.find(name), nullptr) << name;
    }
    EXPECT_EQ(zones.find(std::string(300, 'A')), nullptr);
    ZoneinfoTimeZones empty({.folder = "/nowhere"});
    EXPECT_EQ(empty.find("Europe/Berlin"), nullptr);
    EXPECT_NE(empty.find("UTC"), nullptr);
}

}  // namespace
}  // namespace studio::adapters
