#include "services/conversation/seat/internal/voice.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "runtime/virtual_loop.hpp"
#include "services/conversation/session/internal/link_stand_in.hpp"
#include "support/fakes/event_player.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;
using Events = std::vector<SynthesisEvent>;

SynthesisAudio audio() {
    return {std::vector<std::int16_t>(1'600, 100)};
}
Events good() {
    return {audio(), audio(), SynthesisFinished{}};
}
Events failed(ProviderErrorCode code, std::optional<milliseconds> retry_after = {}) {
    return {SynthesisFailed{{code, "mock", retry_after}}};
}

/// Answers each request with the events that a function gives, 20 ms after it was made.
class ScriptedVoice final : public TextToSpeech {
public:
    explicit ScriptedVoice(runtime::Loop& loop) : loop_(loop) {}

    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest&) const override {
        return {};
    }
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override {
        requests.push_back(std::move(request));
        asked_at.push_back(loop_.now());
        return std::make_unique<Playing>(loop_, answer(), listener);
    }

    std::function<Events()> answer = good;
    std::vector<SynthesisRequest> requests;
    std::vector<Instant> asked_at;

private:
    class Playing final : public Synthesis {
    public:
        Playing(runtime::Loop& loop, Events events, SynthesisListener& listener)
            : player_(loop, 20ms, 1ms, std::move(events),
                      [&listener](const SynthesisEvent& event) { listener.on_synthesis(event); }) {}

    private:
        testing_support::EventPlayer<SynthesisEvent> player_;
    };

    runtime::Loop& loop_;
};

/// A voice alone, with a session of which only time and queue are real.
class VoiceTest : public testing::Test, public LinkStandIn {
protected:
    void SetUp() override { set_log_level(LogLevel::off); }
    void TearDown() override { set_log_level(LogLevel::info); }

    [[nodiscard]] Instant now() const override { return loop_.now(); }
    void settle() override {
        while (!queue_.empty()) {
            std::visit([this](const auto& input) { note(input); }, queue_.pop());
        }
        const Deadline due = voice().next_deadline();
        timer_ = !due ? nullptr : loop_.start_timer(*due, [this] {
            voice().tick(loop_.now());
            settle();
        });
    }

    void note(const core::CallInput& input) {
        const auto* hang_up = std::get_if<core::HangUp>(&input);
        told_ += hang_up == nullptr                                 ? ""
                 : hang_up->last_words == core::LastWords::farewell ? "farewell "
                                                                    : "hang-up ";
        ended_after_ = loop_.now() - begun_at_;
    }
    void note(const core::PlayoutInput& input) {
        if (const auto* audio = std::get_if<core::SentenceAudio>(&input)) {
            told_ += told_.ends_with(". ") ? "" : ". ";
            if (std::exchange(hears_, 0) == audio->sentence) {
                voice().started(audio->sentence);
            }
        } else if (const auto* complete = std::get_if<core::SentenceComplete>(&input)) {
            told_ += (complete->is_whole ? "whole" : "part") + number(complete->sentence);
        } else if (const auto* restart = std::get_if<core::SentenceRestart>(&input)) {
            told_ += "again" + number(restart->sentence);
        } else if (const auto* given_up = std::get_if<core::SentenceAbandoned>(&input)) {
            told_ += "lost" + number(given_up->sentence);
        }
    }
    template <class Other>
    void note(const Other&) {}
    static std::string number(std::uint32_t sentence) { return std::to_string(sentence) + ' '; }

    /// One sentence, and the time until nothing happens any more.
    void say(nanoseconds duration = 20s) {
        voice().speak(++sentence_, "A table.");
        settle();
        loop_.run_for(duration);
    }
    /// Everything is heard at once.
    void hear() { voice().started(sentence_); }
    [[nodiscard]] Voice& voice() {
        if (voice_ == nullptr) {
            SynthesisRequest request;
            request.voice = "own";
            voice_ = std::make_unique<Voice>(*this, SeatProviders{stt_, llm_, own_, spare_used_},
                                             "own", std::move(request), options_);
        }
        return *voice_;
    }
    /// The own voice answers what the second function gives until `duration` has passed.
    void fail_for(nanoseconds duration, const std::function<Events()>& failure) {
        own_.answer = [this, failure, until = loop_.now() + duration] {
            return loop_.now() < until ? failure() : good();
        };
    }

    struct NoEars final : SpeechToText {
        [[nodiscard]] std::vector<OptionError> validate(const SpeechToTextOptions&) const override {
            return {};
        }
        [[nodiscard]] std::unique_ptr<SpeechStream> open(const SpeechToTextOptions&,
                                                         SpeechListener&) override {
            return nullptr;
        }
    };
    struct NoMind final : LanguageModel {
        [[nodiscard]] std::vector<OptionError> validate(const Json&) const override { return {}; }
        [[nodiscard]] std::unique_ptr<ModelAnswer> ask(ModelRequest, ModelListener&) override {
            return nullptr;
        }
    };

    runtime::VirtualLoop loop_;
    CallSessionOptions options_;
    NoEars stt_;
    NoMind llm_;
    ScriptedVoice own_{loop_};
    ScriptedVoice spare_{loop_};
    TextToSpeech* spare_used_ = nullptr;
    std::unique_ptr<Voice> voice_;
    std::unique_ptr<runtime::Timer> timer_;
    std::uint32_t sentence_ = 0;
    /// The sentence whose first audio is heard when it comes.
    std::uint32_t hears_ = 0;
    /// What came of it: audio as a dot.
    std::string told_;
    Instant begun_at_ = loop_.now();
    nanoseconds ended_after_{};
};

TEST_F(VoiceTest, ASynthesiserThatIsAwayForASecondCostsASecond) {
    fail_for(1s, [] { return failed(ProviderErrorCode::unavailable); });
    say(1'700ms);
    EXPECT_EQ(told_, ". whole1 ");
    EXPECT_LE(own_.requests.size(), 6U) << "each attempt waits longer";
    ASSERT_EQ(record_.errors.size(), 1U) << "what was mended is told, too";
    EXPECT_EQ(record_.errors[0].provider, "own");
    EXPECT_EQ(record_.errors[0].count + 1, own_.requests.size());
}

TEST_F(VoiceTest, ItIsLeftAloneForAsLongAsItAsks) {
    fail_for(1s, [] { return failed(ProviderErrorCode::rate_limited, 2s); });
    say();
    EXPECT_EQ(told_, ". whole1 ");
    ASSERT_EQ(own_.asked_at.size(), 2U);
    EXPECT_EQ(own_.asked_at[1] - own_.asked_at[0], 2'020ms);
}

TEST_F(VoiceTest, TheSpareVoiceGoesOnWhereTheOwnOneStaysAway) {
    spare_used_ = &spare_;
    fail_for(1h, [] { return failed(ProviderErrorCode::unavailable); });
    say(4'100ms);
    EXPECT_EQ(told_, ". whole1 ");
    ASSERT_EQ(spare_.requests.size(), 1U);
    EXPECT_EQ(spare_.requests[0].voice, "") << "names of voices are the provider's own";
    hear();
    const std::size_t asked = own_.requests.size();
    say(100ms);
    EXPECT_EQ(told_, ". whole1 . whole2 ") << "at once";
    EXPECT_EQ(own_.requests.size(), asked) << "the voice changes once in a seat";
}

TEST_F(VoiceTest, WhatNoRetryMendsGoesToTheSpareVoiceAtOnce) {
    spare_used_ = &spare_;
    for (const ProviderErrorCode code :
         {ProviderErrorCode::unauthorized, ProviderErrorCode::rejected,
          ProviderErrorCode::exhausted}) {
        voice_.reset();
        told_.clear();
        own_.requests.clear();
        own_.answer = [code] { return failed(code); };
        say(100ms);
        EXPECT_EQ(told_, ". whole" + number(sentence_)) << name_of(code);
        EXPECT_EQ(own_.requests.size(), 1U);
    }
}

TEST_F(VoiceTest, AConnectionThatGivesNothingIsNoticed) {
    own_.answer = [] { return Events{}; };
    spare_used_ = &spare_;
    say(4'100ms);
    EXPECT_EQ(told_, ". whole1 ") << "by the spare voice, when the patience is over";
    EXPECT_EQ(own_.requests.size(), 2U);
    spare_used_ = nullptr;
    voice_.reset();
    told_.clear();
    fail_for(1s, [] { return Events{}; });
    say(3'500ms);
    EXPECT_EQ(told_, ". whole2 ") << "the second connection is a good one";
}

TEST_F(VoiceTest, AStallBeforeTheSentenceIsHeardIsMended) {
    fail_for(1s, [] { return Events{audio()}; });
    say(3'300ms);
    EXPECT_EQ(told_, ". again1 . whole1 ");
}

TEST_F(VoiceTest, OfASentenceThatStallsWhileItIsHeardTheBeginningStands) {
    fail_for(1s, [] { return Events{audio()}; });
    hears_ = 1;
    say(100ms);
    say(3s);
    EXPECT_EQ(told_, ". part1 . whole2 ") << "nobody hears a beginning twice";
}

TEST_F(VoiceTest, AnAgentsFirstSentenceIsTriedForLong) {
    fail_for(8s, [] { return failed(ProviderErrorCode::timed_out); });
    say(9s);
    EXPECT_EQ(told_, ". whole1 ");
    hear();
    fail_for(8s, [] { return failed(ProviderErrorCode::timed_out); });
    say(9s);
    EXPECT_EQ(told_, ". whole1 lost2 ");
}

TEST_F(VoiceTest, AnAgentThatCannotSayItsFirstSentenceLeavesNobodyInSilence) {
    own_.answer = [] { return failed(ProviderErrorCode::unavailable); };
    say(11s);
    EXPECT_EQ(told_, "lost1 farewell ");
}

TEST_F(VoiceTest, TheCallOutlivesASentenceThatIsLost) {
    say();
    hear();
    told_.clear();
    fail_for(5s, [] { return failed(ProviderErrorCode::unavailable); });
    voice().speak(++sentence_, "One.");
    voice().speak(++sentence_, "Two.");
    say();
    EXPECT_EQ(told_, "lost2 . whole3 ") << "the third waits until the second is heard";
    voice().started(3);
    settle();
    loop_.run_for(100ms);
    EXPECT_EQ(told_, "lost2 . whole3 . whole4 ");
}

TEST_F(VoiceTest, ItEndsWithAFarewellWhenNothingCouldBeSaidForSeconds) {
    say();
    hear();
    told_.clear();
    begun_at_ = loop_.now();
    own_.answer = [] { return failed(ProviderErrorCode::unavailable); };
    for (int count = 0; count < 4; ++count) {
        voice().speak(++sentence_, "One.");
    }
    settle();
    loop_.run_for(9s);
    EXPECT_EQ(told_, "lost2 lost3 ");
    loop_.run_for(5s);
    EXPECT_EQ(told_, "lost2 lost3 lost4 farewell ");
    EXPECT_GE(ended_after_, 10s);
}

TEST_F(VoiceTest, WithoutASpareVoiceAWrongKeyEndsItSoon) {
    own_.answer = [] { return failed(ProviderErrorCode::unauthorized); };
    voice().speak(++sentence_, "One.");
    voice().speak(++sentence_, "Two.");
    say(1s);
    EXPECT_EQ(told_, "lost1 lost2 lost3 farewell ");
}

TEST_F(VoiceTest, WhatEachVoiceWasGivenAndHasMadeIsCounted) {
    spare_used_ = &spare_;
    fail_for(1h, [] { return failed(ProviderErrorCode::unavailable); });
    say(4'100ms);
    ASSERT_EQ(record_.usage.size(), 2U);
    EXPECT_EQ(record_.usage[0].provider, "own");
    EXPECT_EQ(record_.usage[0].amounts.requests, own_.requests.size());
    EXPECT_EQ(record_.usage[0].amounts.characters, own_.requests.size() * 8);
    EXPECT_EQ(record_.usage[0].amounts.audio_ms, 0U);
    EXPECT_EQ(record_.usage[1].provider, "spare");
    const core::UsageAmounts amounts{.requests = 1, .characters = 8, .audio_ms = 200};
    EXPECT_EQ(record_.usage[1].amounts, amounts);
}

}  // namespace
}  // namespace studio::services
