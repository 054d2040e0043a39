#include "core/capacity/metric_text.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

TEST(MetricText, SumsOverLabels) {
    constexpr std::string_view text =
        "# HELP calls_total Calls.\n# TYPE calls_total counter\n"
        "calls_total{kind=\"web\"} 3\ncalls_total{kind=\"a \\\"}\\\" b\"} 4 1700000000\n"
        "calls_total_other 100\nlevel 2.5\r\n";
    EXPECT_EQ(sum_of_metric(text, "calls_total"), 7.0);
    EXPECT_EQ(sum_of_metric(text, "level"), 2.5);
    EXPECT_EQ(sum_of_metric(text, "calls"), std::nullopt);
    EXPECT_EQ(sum_of_metric("", "calls"), std::nullopt);
}

TEST(MetricText, PassesOverWhatCannotBeRead) {
    for (const char* text :
         {"x", "x ", "x y", "x{a=\"b\" 1", "x{a=\"b} 1", "x 1z", "x NaN", "x +Inf", "x{}1"}) {
        EXPECT_EQ(sum_of_metric(text, "x"), std::nullopt) << text;
    }
    EXPECT_EQ(sum_of_metric("x{} 1\nx oops\nx 2e3", "x"), 2'001.0);
}

}  // namespace
}  // namespace studio::core
