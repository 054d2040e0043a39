#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/cgroup_metrics.hpp"
#include "base/disk_metrics.hpp"
#include "base/process_metrics.hpp"

namespace studio {
namespace {

class TwoFigures final : public MetricCollector {
public:
    void collect(std::vector<MetricSample>& samples) override {
        samples.push_back({MetricSample::Kind::gauge, "level", "A level.", "side=\"left\"", 0.25});
        samples.push_back({MetricSample::Kind::counter, "drops_total", "Drops.", "", 3});
        samples.push_back({MetricSample::Kind::gauge, "level", "A level.", "side=\"right\"", 7});
    }
};

TEST(Metric, CollectedFiguresHaveOneHeaderPerName) {
    MetricRegistry registry;
    TwoFigures figures;
    registry.add_collector(figures);
    EXPECT_EQ(registry.render(),
              "# HELP drops_total Drops.\n# TYPE drops_total counter\ndrops_total 3\n"
              "# HELP level A level.\n# TYPE level gauge\n"
              "level{side=\"left\"} 0.25\nlevel{side=\"right\"} 7\n");
}

TEST(Metric, AGaugeKeepsPartsOfAWholeAndLargeNumbers) {
    MetricRegistry registry;
    Gauge& gauge = registry.gauge("bytes", "Bytes.");
    gauge.set(12'345'678'901);
    EXPECT_EQ(gauge.value(), 12'345'678'901);
    EXPECT_NE(registry.render().find("bytes 12345678901\n"), std::string::npos);
    gauge.set_real(0.5);
    EXPECT_NE(registry.render().find("bytes 0.5\n"), std::string::npos);
}

TEST(Metric, TheDiskIsThatOfTheFolderAndOneThatIsNotThereIsLeftOut) {
    std::vector<MetricSample> samples;
    DiskMetrics("/proc/none/such").collect(samples);
    EXPECT_TRUE(samples.empty());
    DiskMetrics("/").collect(samples);
    ASSERT_EQ(samples.size(), 2U);
    EXPECT_EQ(samples[0].name, "studio_disk_size_bytes");
    EXPECT_EQ(samples[1].name, "studio_disk_free_bytes");
    EXPECT_GT(samples[0].value, 1e6);
    EXPECT_LE(samples[1].value, samples[0].value);
}

TEST(Metric, TheContainerTellsItsLimitsAndLeavesOutThoseThatItHasNot) {
    const std::string folder = ::testing::TempDir() + "studio-cgroup-test";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/memory.current") << "1048576\n";
    std::ofstream(folder + "/memory.max") << "max\n";
    std::ofstream(folder + "/cpu.stat") << "usage_usec 9\nnr_periods 40\nnr_throttled 3\n";
    std::vector<MetricSample> samples;
    CgroupMetrics("/proc/none/such").collect(samples);
    EXPECT_TRUE(samples.empty());
    CgroupMetrics(folder).collect(samples);
    ASSERT_EQ(samples.size(), 3U);
    EXPECT_EQ(samples[0].name, "studio_cgroup_memory_bytes");
    EXPECT_EQ(samples[0].value, 1'048'576.0);
    EXPECT_EQ(samples[1].value, 40.0);
    EXPECT_EQ(samples[2].name, "studio_cgroup_cpu_throttled_total");
    EXPECT_EQ(samples[2].value, 3.0);
}

TEST(Metric, TheProcessKnowsItself) {
    std::vector<MetricSample> samples;
    ProcessMetrics().collect(samples);
    const auto value = [&samples](std::string_view name) {
        for (const MetricSample& sample : samples) {
            if (sample.name == name) {
                return sample.value;
            }
        }
        return -1.0;
    };
    EXPECT_GE(value("process_cpu_seconds_total"), 0.0);
    EXPECT_GT(value("process_resident_memory_bytes"), 100'000.0);
    EXPECT_GT(value("process_virtual_memory_bytes"), value("process_resident_memory_bytes"));
    // Later than 2020, so that neither boot time nor clock ticks are forgotten.
    EXPECT_GT(value("process_start_time_seconds"), 1'577'836'800.0);
    EXPECT_GE(value("process_open_fds"), 3.0);
    EXPECT_GT(value("process_max_fds"), value("process_open_fds"));
}

}  // namespace
}  // namespace studio
