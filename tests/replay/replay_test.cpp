#include "replay/replay.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/log.hpp"
#include "sim/sim_call.hpp"

namespace studio::replay {
namespace {

/// The next output of a log, empty at its end. Inputs are the same by nature, and the header has
/// what configurations got since, so that neither is compared.
std::string next_output(std::istream& log) {
    std::string line;
    while (std::getline(log, line)) {
        if (line.find(",\">") < line.find(",{")) {
            return line;
        }
    }
    return "";
}

/// Where the outputs of two logs differ first, with both; empty where they do not.
std::string first_difference(const std::string& recorded, const std::string& replayed) {
    std::istringstream one(recorded);
    std::istringstream two(replayed);
    for (int number = 1;; ++number) {
        const std::string output_one = next_output(one);
        const std::string output_two = next_output(two);
        if (output_one != output_two) {
            return "output " + std::to_string(number) + "\nrecorded: " + output_one.substr(0, 400) +
                   "\nreplayed: " + output_two.substr(0, 400);
        }
        if (output_one.empty()) {
            return number > 1 ? "" : "no outputs: " + replayed.substr(0, 400);
        }
    }
}

std::string replayed(const std::string& log) {
    std::istringstream stream(log);
    const auto result = replay_call(stream);
    return result ? *result : "error: " + result.error();
}

/// Writes to a text that outlives the recorder.
class TextStream final : public std::ostream {
public:
    explicit TextStream(std::stringbuf& buffer) : std::ostream(&buffer) {}
};

struct Recorded {
    sim::SimResult result;
    std::string log;
};

Recorded record_simulated(std::uint64_t seed) {
    std::stringbuf buffer;
    sim::SimOptions options;
    options.recording = std::make_unique<TextStream>(buffer);
    sim::SimResult result = sim::run_sim_call(seed, std::move(options));
    return {std::move(result), buffer.str()};
}

TEST(Replay, SimulatedCallsReplayToTheSameOutputs) {
    set_log_level(LogLevel::off);
    std::uint32_t interruptions = 0;
    int with_tool = 0;
    int with_opinion = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const Recorded recorded = record_simulated(seed);
        EXPECT_EQ(first_difference(recorded.log, replayed(recorded.log)), "") << "seed " << seed;
        interruptions += recorded.result.record.metrics.interruptions;
        with_tool += recorded.log.find("\">http\"") != std::string::npos ? 1 : 0;
        with_opinion += recorded.log.find("\"turn\":{\"number\"") != std::string::npos ? 1 : 0;
    }
    EXPECT_GT(interruptions, 0U) << "an interruption was replayed";
    EXPECT_GT(with_tool, 0) << "a tool call was replayed";
    EXPECT_GT(with_opinion, 0) << "a model's word on a pause was replayed";
}

TEST(Replay, RecordingDoesNotChangeACall) {
    set_log_level(LogLevel::off);
    EXPECT_EQ(record_simulated(3).result.trace_hash, sim::run_sim_call(3).trace_hash);
}

TEST(Replay, AnotherInputGivesAnotherOutput) {
    set_log_level(LogLevel::off);
    std::string log;
    for (std::uint64_t seed = 1; log.empty() && seed <= 40; ++seed) {
        const std::string candidate = record_simulated(seed).log;
        log = candidate.find("\"type\":\"final\"") != std::string::npos ? candidate : "";
    }
    const std::string field = R"("text":")";
    const std::size_t at = log.find(field, log.find("\"type\":\"final\""));
    ASSERT_NE(at, std::string::npos);
    log.insert(at + field.size(), "well ");
    EXPECT_NE(first_difference(log, replayed(log)), "");
}

TEST(Replay, ALogThatDoesNotFitIsRefused) {
    set_log_level(LogLevel::off);
    const std::string log = record_simulated(3).log;
    const std::string header = log.substr(0, log.find('\n') + 1);
    EXPECT_EQ(
        replayed(header + R"([1,"model",{"number":1,"event":{"type":"text","text":"x"}}])" + "\n"),
        "error: line 2: the session does not expect `model`");
    EXPECT_EQ(replayed(header + "[1,\"tick\",\"\"]\n"),
              "error: line 2: the session does not expect `tick`");
}

/// Recorded by the server from real calls: speech through Opus and WebRTC, a real recogniser and
/// voice, a tool over HTTP, and the timers of a real loop.
TEST(Replay, RealCallsReplayToTheSameOutputs) {
    set_log_level(LogLevel::off);
    int count = 0;
    for (const auto& file : std::filesystem::directory_iterator(STUDIO_REPLAY_DATA)) {
        std::ifstream stream(file.path());
        std::stringstream log;
        log << stream.rdbuf();
        EXPECT_EQ(first_difference(log.str(), replayed(log.str())), "") << file.path();
        EXPECT_NE(log.str().find("\"role\":\"user\""), std::string::npos) << "somebody spoke";
        EXPECT_NE(log.str().find("\">ended\""), std::string::npos) << "to its end";
        ++count;
    }
    EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace studio::replay
