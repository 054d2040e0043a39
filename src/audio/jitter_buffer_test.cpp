#include "audio/jitter_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace studio::audio {
namespace {

using std::chrono_literals::operator""ms;

/// A sender of 20 ms packets at 48 kHz whose payload is its number, and a player of 20 ms ticks.
class Line {
public:
    explicit Line(JitterBufferOptions options = {}) : buffer(options) {}

    /// The packet `number`, captured at 20 ms * (number + 1), arrives `delay` later.
    JitterPush push(int number, milliseconds delay = 0ms) {
        const std::uint8_t payload[] = {static_cast<std::uint8_t>(number),
                                        static_cast<std::uint8_t>(number >> 8)};
        return buffer.push(
            {.sequence = static_cast<std::uint16_t>(sequence_offset + number),
             .timestamp = timestamp_offset + 960U * static_cast<std::uint32_t>(number),
             .ticks = 960,
             .payload = payload,
             .arrival = captured(number) + delay});
    }

    JitterOutput pop(Instant now, bool quiet = false) { return buffer.pop(now, quiet); }

    static Instant captured(int number) { return Instant(1'000ms + 20ms * (number + 1)); }
    static int number_in(const JitterOutput& output) {
        return output.payload[0] | (output.payload[1] << 8);
    }

    JitterBuffer buffer;
    std::uint16_t sequence_offset = 65'500;
    std::uint32_t timestamp_offset = 0xFFFF'F000U;
};

struct Packet {
    int number;
    Instant arrival;
};

/// Drives the line with arrivals as given, a pop every 20 ms, and returns the steps.
std::vector<JitterOutput> run(Line& line, std::vector<Packet> packets, int ticks,
                              bool quiet = false, std::vector<int>* numbers = nullptr) {
    std::stable_sort(packets.begin(), packets.end(),
                     [](const Packet& a, const Packet& b) { return a.arrival < b.arrival; });
    std::vector<JitterOutput> outputs;
    std::size_t next = 0;
    for (int tick = 0; tick < ticks; ++tick) {
        const Instant now = Line::captured(tick) + 3ms;
        for (; next < packets.size() && packets[next].arrival <= now; ++next) {
            line.push(packets[next].number,
                      duration_cast<milliseconds>(packets[next].arrival -
                                                  Line::captured(packets[next].number)));
        }
        outputs.push_back(line.pop(now, quiet));
        if (numbers != nullptr && outputs.back().step == JitterStep::packet) {
            numbers->push_back(Line::number_in(outputs.back()));
        }
    }
    return outputs;
}

std::vector<Packet> steady(int count) {
    std::vector<Packet> packets;
    for (int number = 0; number < count; ++number) {
        packets.push_back({number, Line::captured(number)});
    }
    return packets;
}

TEST(JitterBuffer, PlaysASteadyStreamWholeAcrossWraparounds) {
    Line line;
    std::vector<int> numbers;
    const auto outputs = run(line, steady(200), 200, false, &numbers);
    // Sequence numbers wrap after 36 packets, timestamps after 5.
    ASSERT_GT(numbers.size(), 190U);
    for (std::size_t index = 1; index < numbers.size(); ++index) {
        ASSERT_EQ(numbers[index], numbers[index - 1] + 1);
    }
    EXPECT_EQ(numbers.front(), 0);
    EXPECT_EQ(outputs.front().step, JitterStep::silence);
    EXPECT_EQ(line.buffer.stats().lost, 0U);
    EXPECT_EQ(line.buffer.stats().jitter, 0ms);
    EXPECT_EQ(line.buffer.stats().delay_target, 20ms) << "no jitter needs no delay";
}

TEST(JitterBuffer, SaysWhenTheLastSampleWasCaptured) {
    Line line;
    std::vector<Packet> packets = steady(50);
    for (Packet& packet : packets) {
        // Transit 70 ms, but for packet 10, the fastest with 50 ms: it sets the base.
        packet.arrival += packet.number == 10 ? 50ms : 70ms;
    }
    std::vector<int> numbers;
    const auto outputs = run(line, packets, 50, false, &numbers);
    std::size_t played = 0;
    for (const JitterOutput& output : outputs) {
        if (output.step != JitterStep::packet) {
            continue;
        }
        const int number = numbers[played++];
        if (number > 10) {
            EXPECT_EQ(output.captured_at, Line::captured(number) + 50ms);
        }
    }
    EXPECT_GT(played, 40U);
}

TEST(JitterBuffer, PutsPacketsInOrderAndRefusesDuplicates) {
    Line line;
    EXPECT_EQ(line.push(1, 10ms), JitterPush::stored);
    EXPECT_EQ(line.push(0, 35ms), JitterPush::stored);
    EXPECT_EQ(line.push(1, 40ms), JitterPush::duplicate);
    EXPECT_EQ(line.push(2, 10ms), JitterPush::stored);
    std::vector<int> numbers;
    for (int tick = 0; tick < 3; ++tick) {
        const JitterOutput output = line.pop(Line::captured(tick) + 100ms);
        ASSERT_EQ(output.step, JitterStep::packet);
        numbers.push_back(Line::number_in(output));
    }
    EXPECT_EQ(numbers, (std::vector{0, 1, 2}));
    EXPECT_EQ(line.push(1, 200ms), JitterPush::late);
    EXPECT_EQ(line.buffer.stats().duplicates, 1U);
    EXPECT_EQ(line.buffer.stats().late, 1U);
    EXPECT_EQ(line.buffer.stats().lost, 0U);
}

TEST(JitterBuffer, OffersTheNextPacketForALostOneAndThenPlaysIt) {
    Line line;
    std::vector<Packet> packets = steady(30);
    packets.erase(packets.begin() + 15);
    // Steady 40 ms of jitter keep a packet waiting behind each.
    for (Packet& packet : packets) {
        packet.arrival += packet.number % 2 == 0 ? 40ms : 0ms;
    }
    const auto outputs = run(line, packets, 30);
    const auto lost = std::find_if(outputs.begin(), outputs.end(), [](const JitterOutput& output) {
        return output.step == JitterStep::lost;
    });
    ASSERT_NE(lost, outputs.end());
    EXPECT_EQ(lost->ticks, 960U);
    ASSERT_EQ((lost + 1)->step, JitterStep::packet);
    EXPECT_EQ(lost->captured_at + 20ms, (lost + 1)->captured_at);
    EXPECT_EQ(line.buffer.stats().lost, 1U);
}

TEST(JitterBuffer, BridgesAGapAndKeepsInStep) {
    Line line;
    std::vector<Packet> packets = steady(60);
    packets.erase(packets.begin() + 30, packets.begin() + 33);
    const auto outputs = run(line, packets, 60);
    const auto made_up =
        std::count_if(outputs.begin(), outputs.end(), [](const JitterOutput& each) {
            return each.step == JitterStep::conceal || each.step == JitterStep::lost;
        });
    EXPECT_EQ(made_up, 3);
    EXPECT_EQ(line.buffer.stats().lost, 3U);
    EXPECT_EQ(line.buffer.stats().dropped, 0U);
}

TEST(JitterBuffer, APauseOfTheSenderIsSilenceAndNotLoss) {
    Line line;
    std::vector<JitterOutput> outputs;
    // Discontinuous transmission: the sequence goes on, the timestamp jumps by a second.
    std::uint16_t sequence = 7;
    for (int tick = 0; tick < 120; ++tick) {
        const Instant now = Line::captured(tick);
        if (tick < 30 || tick >= 80) {
            const std::uint8_t payload[] = {1};
            line.buffer.push({.sequence = sequence++,
                              .timestamp = 960U * static_cast<std::uint32_t>(tick),
                              .ticks = 960,
                              .payload = payload,
                              .arrival = now});
        }
        outputs.push_back(line.pop(now));
    }
    EXPECT_EQ(line.buffer.stats().lost, 0U);
    EXPECT_EQ(std::count_if(outputs.begin(), outputs.end(),
                            [](const JitterOutput& each) { return each.step == JitterStep::lost; }),
              0);
    EXPECT_EQ(outputs[60].step, JitterStep::silence);
    const auto packets =
        std::count_if(outputs.begin(), outputs.end(),
                      [](const JitterOutput& each) { return each.step == JitterStep::packet; });
    EXPECT_GE(packets, 66) << "of the 70 that were sent";
}

TEST(JitterBuffer, LearnsTheJitterAndThenLosesAlmostNothing) {
    Line line;
    std::mt19937 random(5);
    std::uniform_int_distribution<int> jitter(0, 40);
    std::vector<Packet> packets = steady(1'500);
    for (Packet& packet : packets) {
        packet.arrival += milliseconds(jitter(random));
    }
    const auto outputs = run(line, packets, 1'500);
    const auto played = std::count_if(outputs.begin() + 100, outputs.end(), [](const auto& each) {
        return each.step == JitterStep::packet;
    });
    EXPECT_GE(played, 1'390);
    EXPECT_GE(line.buffer.stats().delay_target, 40ms);
    EXPECT_LE(line.buffer.stats().delay_target, 60ms);
    EXPECT_GT(line.buffer.stats().jitter, 5ms);
    EXPECT_LT(line.buffer.stats().jitter, 25ms);
}

TEST(JitterBuffer, AfterAStallNothingIsLostAndQuietShortensTheDelayAgain) {
    Line line;
    std::vector<Packet> packets = steady(400);
    for (Packet& packet : packets) {
        if (packet.number >= 100 && packet.number < 104) {
            packet.arrival = Line::captured(104);
        }
    }
    std::vector<int> numbers;
    run(line, packets, 120, false, &numbers);
    EXPECT_EQ(line.buffer.stats().lost, 0U);
    EXPECT_EQ(line.buffer.stats().late, 0U);
    EXPECT_GE(line.buffer.stats().delay, 80ms) << "words are played late rather than lost";

    Line quiet_line;
    run(quiet_line, packets, 400, true);
    EXPECT_LE(quiet_line.buffer.stats().delay, 60ms);
    EXPECT_GE(quiet_line.buffer.stats().dropped, 1U);
}

TEST(JitterBuffer, QuietLengthensADelayThatIsTooShort) {
    JitterBufferOptions options;
    options.delay.delay_initial = 20ms;
    options.delay.delay_min = 20ms;
    Line line(options);
    run(line, steady(20), 20);
    const nanoseconds before = line.buffer.stats().delay;
    std::vector<Packet> packets;
    for (int number = 20; number < 400; ++number) {
        packets.push_back({number, Line::captured(number) + (number % 10 == 0 ? 15ms : 0ms)});
    }
    std::stable_sort(packets.begin(), packets.end(),
                     [](const Packet& a, const Packet& b) { return a.arrival < b.arrival; });
    std::size_t next = 0;
    for (int tick = 20; tick < 400; ++tick) {
        const Instant now = Line::captured(tick) + 3ms;
        for (; next < packets.size() && packets[next].arrival <= now; ++next) {
            line.push(packets[next].number,
                      duration_cast<milliseconds>(packets[next].arrival -
                                                  Line::captured(packets[next].number)));
        }
        static_cast<void>(line.pop(now, true));
    }
    EXPECT_GE(line.buffer.stats().delay, before);
    EXPECT_GE(line.buffer.stats().delay, 15ms);
}

TEST(JitterBuffer, ASenderThatBeginsAnewIsFollowedAfterTwoPackets) {
    Line line;
    run(line, steady(50), 50);
    line.sequence_offset = 20'000;
    line.timestamp_offset = 123'456'789;
    EXPECT_EQ(line.push(50), JitterPush::refused);
    EXPECT_EQ(line.push(51), JitterPush::stored);
    EXPECT_EQ(line.buffer.stats().restarts, 1U);
    for (int number = 52; number < 60; ++number) {
        EXPECT_EQ(line.push(number), JitterPush::stored);
    }
    EXPECT_EQ(line.pop(Line::captured(60)).step, JitterStep::packet);
}

TEST(JitterBuffer, OneStrayPacketChangesNothing) {
    Line line;
    run(line, steady(50), 50);
    const std::uint8_t payload[] = {9};
    EXPECT_EQ(line.buffer.push({.sequence = 30'000,
                                .timestamp = 5,
                                .ticks = 960,
                                .payload = payload,
                                .arrival = Line::captured(50)}),
              JitterPush::refused);
    EXPECT_EQ(line.push(50), JitterPush::stored);
    EXPECT_EQ(line.buffer.stats().restarts, 0U);
}

TEST(JitterBuffer, RefusesWhatItCannotHold) {
    Line line;
    const Bytes payload(jitter_payload_bytes_max + 1);
    EXPECT_EQ(line.buffer.push({.ticks = 960, .payload = payload}), JitterPush::refused);
    EXPECT_EQ(line.buffer.push({.ticks = 0, .payload = ByteView(payload).first(5)}),
              JitterPush::refused);
    EXPECT_EQ(line.buffer.stats().refused, 2U);
    EXPECT_LE(sizeof(JitterBuffer), 43'000U);
}

TEST(JitterBuffer, ABurstLargerThanTheBufferDropsTheOldest) {
    Line line;
    for (int number = 0; number < 100; ++number) {
        EXPECT_EQ(line.push(number, milliseconds(20 * (99 - number))), JitterPush::stored);
    }
    EXPECT_EQ(line.buffer.stats().dropped, 68U);
    const JitterOutput output = line.pop(Line::captured(100));
    ASSERT_EQ(output.step, JitterStep::packet);
    EXPECT_GE(Line::number_in(output), 68);
}

TEST(JitterBuffer, FollowsADriftingSenderForAnHour) {
    Line line;
    // The sender's clock is 200 ppm fast: 36 packets too many in an hour.
    std::uint64_t made_up = 0;
    int number = 0;
    for (int tick = 0; tick < 180'000; ++tick) {
        const Instant now = Line::captured(tick);
        const auto sent = static_cast<int>(static_cast<double>(tick) * 1.0002);
        for (; number <= sent; ++number) {
            const std::uint8_t payload[] = {1};
            line.buffer.push({.sequence = static_cast<std::uint16_t>(number),
                              .timestamp = 960U * static_cast<std::uint32_t>(number),
                              .ticks = 960,
                              .payload = payload,
                              .arrival = now});
        }
        const bool quiet = tick % 100 < 30;
        made_up += line.pop(now, quiet).step == JitterStep::packet ? 0U : 1U;
    }
    EXPECT_LE(made_up, 20U);
    EXPECT_LE(line.buffer.stats().delay, 60ms);
    EXPECT_GE(line.buffer.stats().dropped, 30U);
    EXPECT_LE(line.buffer.stats().dropped, 60U);
}

}  // namespace
}  // namespace studio::audio
