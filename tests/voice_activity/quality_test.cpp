// The plain detector and the model together, as a call hears them, with the turn taker behind:
// noises must not stop the agent, and people must, as early as before and also in noise.

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <variant>

#include "core/turn/turn.hpp"
#include "voice_activity/installed.hpp"
#include "voice_activity/listener.hpp"

namespace studio {
namespace {

using std::chrono_literals::operator""ms;

struct Reaction {
    int ducks = 0;
    int interrupts = 0;
    /// Of the frame, -1 for never.
    int first_duck = -1;
};

/// An agent that speaks all the time over what is heard, and whose recogniser has never given a
/// partial transcript: sustained voice stops it.
Reaction speak_over(const Probabilities& found) {
    core::Turn turn{core::TurnOptions{}};
    Reaction reaction;
    Instant now{seconds(10)};
    const auto tell = [&](const core::TurnInput& input, int frame) {
        turn.handle(input, now);
        bool was_stopped = false;
        while (const auto output = turn.poll_output()) {
            if (std::holds_alternative<core::Duck>(*output)) {
                ++reaction.ducks;
                reaction.first_duck = reaction.first_duck < 0 ? frame : reaction.first_duck;
            }
            was_stopped = was_stopped || std::holds_alternative<core::Interrupt>(*output);
        }
        reaction.interrupts += was_stopped ? 1 : 0;
        return was_stopped;
    };
    tell(core::TurnStart{}, 0);
    tell(core::AgentStarted{true}, 0);
    for (std::size_t index = 0; index < found.size(); ++index) {
        now += 20ms;
        if (tell(core::TurnFrame{found[index], now}, static_cast<int>(index))) {
            tell(core::AgentStarted{true}, static_cast<int>(index));
        }
    }
    return reaction;
}

class VoiceActivityQuality : public testing::Test {
protected:
    void SetUp() override {
        const Installed installed(STUDIO_SPEECH_FOLDER);
        if (const auto weights = installed.weights()) {
            model_ = std::make_shared<const audio::silero::Model>(*weights);
            reading_ = installed.recording("two_cities");
        }
    }
    VoiceModel model_;
    Samples reading_;
};

TEST_F(VoiceActivityQuality, NoisesNeitherStopTheAgentNorOpenAnUtterance) {
    if (model_ == nullptr) {
        return;
    }
    constexpr std::size_t length = 30 * sounds::rate;
    const std::map<std::string, sounds::Signal> noises{
        {"coughs", sounds::coughs(length)},
        {"clicks", sounds::clicks(length)},
        {"typing", sounds::typing(length)},
        {"music", sounds::music(length)},
        {"street", sounds::street(length)},
        {"hiss", sounds::scaled(sounds::white(length, 3), 1'500.0)}};
    int plain_ducks = 0;
    for (const auto& [name, noise] : noises) {
        sounds::Signal with_background = noise;
        const sounds::Signal background = sounds::white(length, 9);
        for (std::size_t index = 0; index < length; ++index) {
            with_background[index] += 10.0 * background[index];
        }
        const Heard heard = listen(model_, sounds::to_samples(with_background));
        const Reaction plain = speak_over(heard.plain);
        const Reaction both = speak_over(heard.early);
        plain_ducks += plain.ducks;
        std::cout << name << ": ducks " << plain.ducks << " -> " << both.ducks << ", stops "
                  << plain.interrupts << " -> " << both.interrupts << '\n';
        EXPECT_EQ(both.interrupts, 0) << name;
        EXPECT_LE(both.ducks, plain.ducks / 3) << name;
        const std::vector<Label> all(heard.late.size(), Label::other);
        EXPECT_LE(share(heard.late, all, Label::other), 0.01) << name;
    }
    EXPECT_GE(plain_ducks, 30) << "the noises are some that the plain detector falls for";
}

TEST_F(VoiceActivityQuality, AReaderIsHeardInCleanSoundAndInNoise) {
    if (reading_.empty()) {
        return;
    }
    const std::size_t length = reading_.size() + 2 * sounds::rate;
    const std::map<std::string, Mixed> mixes{
        {"clean", mix(reading_, sounds::Signal(length), 10.0)},
        {"street", mix(reading_, sounds::street(length), 10.0)},
        {"music", mix(reading_, sounds::music(length), 10.0)},
        {"hiss", mix(reading_, sounds::white(length, 5), 10.0)}};
    for (const auto& [name, mixed] : mixes) {
        const Heard heard = listen(model_, mixed.samples);
        const double before = share(heard.plain, mixed.labels, Label::speech);
        const double now = share(heard.late, mixed.labels, Label::speech);
        std::cout << name << ": speech found " << before << " -> " << now << '\n';
        EXPECT_GE(now, 0.85) << name;
        EXPECT_GE(now, before) << name;
        EXPECT_LE(share(heard.late, mixed.labels, Label::other), 0.02) << name;
        EXPECT_LE(share(heard.early, mixed.labels, Label::other), 0.02) << name;
    }
}

TEST_F(VoiceActivityQuality, WhoInterruptsIsNoticedAsEarlyAsBefore) {
    if (reading_.empty()) {
        return;
    }
    const std::size_t length = reading_.size() + 2 * sounds::rate;
    for (const bool noisy : {false, true}) {
        const Mixed mixed =
            mix(reading_, noisy ? sounds::street(length) : sounds::Signal(length), 10.0);
        const Heard heard = listen(model_, mixed.samples);
        int sum_before = 0;
        int sum_now = 0;
        int count = 0;
        // Each beginning of speech after 300 ms of none, as if it were the first of the call.
        for (std::size_t index = 16; index + 50 < mixed.labels.size(); ++index) {
            const auto at = [&](std::size_t frame) { return mixed.labels[frame] == Label::speech; };
            bool begins = at(index);
            for (std::size_t back = 1; back <= 15; ++back) {
                begins = begins && !at(index - back);
            }
            const auto cut = [&](const Probabilities& found) {
                const auto from = found.begin() + static_cast<std::ptrdiff_t>(index);
                return speak_over(Probabilities(from, from + 50)).first_duck;
            };
            if (!begins || cut(heard.plain) < 0) {
                continue;
            }
            ASSERT_GE(cut(heard.early), 0) << "frame " << index;
            sum_before += cut(heard.plain);
            sum_now += cut(heard.early);
            ++count;
        }
        ASSERT_GE(count, 10);
        std::cout << (noisy ? "street" : "clean") << ": ducked after " << 20 * sum_before / count
                  << " ms -> " << 20 * sum_now / count << " ms of " << count << " beginnings\n";
        EXPECT_LE(sum_now, sum_before);
    }
}

}  // namespace
}  // namespace studio
