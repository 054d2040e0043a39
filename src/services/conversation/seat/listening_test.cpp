#include "services/conversation/seat/internal/listening.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "services/conversation/session/internal/link_stand_in.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;

/// A recogniser whose streams do what the test says; each is remembered for what it was given.
class ScriptedRecogniser final : public SpeechToText {
public:
    struct Given {
        SpeechListener* listener = nullptr;
        std::vector<std::uint32_t> frames;
        std::vector<std::uint32_t> finished;
        bool is_open = true;
    };

    [[nodiscard]] std::vector<OptionError> validate(const SpeechToTextOptions&) const override {
        return {};
    }
    [[nodiscard]] std::unique_ptr<SpeechStream> open(const SpeechToTextOptions&,
                                                     SpeechListener& listener) override {
        auto given = std::make_shared<Given>();
        given->listener = &listener;
        streams.push_back(given);
        return std::make_unique<Stream>(std::move(given));
    }
    [[nodiscard]] Given& last() { return *streams.back(); }

    std::vector<std::shared_ptr<Given>> streams;

private:
    class Stream final : public SpeechStream {
    public:
        explicit Stream(std::shared_ptr<Given> given) : given_(std::move(given)) {}
        ~Stream() override { given_->is_open = false; }
        void write(std::uint32_t utterance, const audio::Frame&) override {
            given_->frames.push_back(utterance);
        }
        void finish_utterance(std::uint32_t utterance) override {
            given_->finished.push_back(utterance);
        }

    private:
        std::shared_ptr<Given> given_;
    };
};

/// Listening alone, with a session of which only time and queue are real.
class ListeningTest : public testing::Test, public LinkStandIn {
protected:
    void SetUp() override {
        set_log_level(LogLevel::off);
        listening_.open();
        listening_.attend();
    }
    void TearDown() override { set_log_level(LogLevel::info); }

    [[nodiscard]] Instant now() const override { return now_; }
    void settle() override {
        while (!queue_.empty()) {
            const MachineInput input = queue_.pop();
            if (const auto* call = std::get_if<core::CallInput>(&input)) {
                ended_ = ended_ || std::holds_alternative<core::HangUp>(*call);
                continue;
            }
            const auto& turn = std::get<core::TurnInput>(input);
            if (const auto* whole = std::get_if<core::FinalHeard>(&turn)) {
                finals_.push_back(whole->text);
            }
            away_ = away_ || std::holds_alternative<core::RecogniserAway>(turn);
            judged_ += std::holds_alternative<core::JudgeFound>(turn)      ? "j"
                       : std::holds_alternative<core::StartHeard>(turn)    ? "s"
                       : std::holds_alternative<core::EarlyEndHeard>(turn) ? "m"
                       : std::holds_alternative<core::ResumeHeard>(turn)   ? "r"
                       : std::holds_alternative<core::EndHeard>(turn)      ? "e"
                                                                           : "";
        }
    }

    /// Time passes as in a call: a frame every 20 ms, deadlines as they come.
    void pass(nanoseconds duration, bool is_speaking = false) {
        for (const Instant until = now_ + duration; now_ < until;) {
            now_ += 20ms;
            listening_.frame({}, is_speaking, utterance_);
            if (const Deadline due = listening_.next_deadline(); due && now_ >= *due) {
                listening_.tick(now_);
                settle();
                const Deadline next = listening_.next_deadline();
                EXPECT_TRUE(!next || *next > now_) << "a deadline that is past was handled";
            }
            if (refuses_ && recogniser_.last().is_open) {
                emit(SpeechFailed{{refuses_with_, "mock"}});
            }
        }
    }
    void speak(nanoseconds duration) {
        listening_.begin_utterance(++utterance_);
        pass(duration, true);
        listening_.finish_utterance(utterance_);
    }
    void emit(const SpeechEvent& event) { recogniser_.last().listener->on_speech(event); }
    void fail(ProviderErrorCode code = ProviderErrorCode::unavailable) {
        emit(SpeechFailed{{code, "mock"}});
    }

    Instant now_{1h};
    CallSessionOptions options_;
    ScriptedRecogniser recogniser_;
    Listening listening_{*this, recogniser_, "ears", {}, options_};
    std::uint32_t utterance_ = 0;
    std::vector<std::string> finals_;
    bool ended_ = false;
    bool away_ = false;
    /// The first letters of what it judged.
    std::string judged_;
    bool refuses_ = false;
    ProviderErrorCode refuses_with_ = ProviderErrorCode::unavailable;
};

TEST_F(ListeningTest, AnOutageOfFourSecondsInSilenceIsNotNoticed) {
    pass(1s);
    refuses_ = true;
    pass(4s);
    EXPECT_TRUE(away_);
    refuses_ = false;
    pass(3s);
    EXPECT_FALSE(ended_);
    EXPECT_LE(recogniser_.streams.size(), 10U) << "with back-off";
    const auto failed = static_cast<std::uint32_t>(recogniser_.streams.size() - 1);
    EXPECT_EQ(
        record_.errors,
        (std::vector<core::CallError>{{core::CallStage::stt, "ears", "unavailable", failed}}));
    speak(1s);
    EXPECT_EQ(recogniser_.last().frames.size(), 68U) << "18 of them from before the speech";
    emit(FinalTranscript{1, "hello", 1.0});
    EXPECT_EQ(finals_, std::vector<std::string>{"hello"});
}

TEST_F(ListeningTest, ARecogniserThatJudgesHearsNothingTwice) {
    pass(1s);
    emit(TurnsJudged{});
    EXPECT_TRUE(listening_.judges_turns());
    speak(1s);
    EXPECT_EQ(recogniser_.last().frames.size(), 68U);
    speak(1s);
    EXPECT_EQ(recogniser_.last().frames.size(), 68U + 50U) << "the call is one stream to it";
    fail();
    EXPECT_FALSE(listening_.judges_turns()) << "until the next stream says so";
}

TEST_F(ListeningTest, WhatARecogniserHasJudgedIsNotSentAgain) {
    emit(TurnsJudged{});
    listening_.begin_utterance(++utterance_);
    pass(1s, true);
    emit(SpeakerStarted{1});
    emit(SpeakerMayBeDone{1, "hello"});
    emit(SpeakerResumed{1});
    emit(SpeakerDone{1, "hello there"});
    listening_.finish_utterance(1);
    EXPECT_EQ(listening_.buffered_bytes(), 0U);
    EXPECT_EQ(judged_, "jsmre");
    fail();
    pass(6s);
    EXPECT_TRUE(recogniser_.last().frames.empty());
    EXPECT_FALSE(ended_) << "nor is it waited for";
}

TEST_F(ListeningTest, WhatIsSaidBehindItsWordIsKept) {
    emit(TurnsJudged{});
    listening_.begin_utterance(++utterance_);
    pass(1s, true);
    emit(SpeakerDone{1, "hello"});
    pass(1s, true);
    emit(PartialTranscript{1, "hello there"});
    listening_.finish_utterance(1);
    EXPECT_GT(listening_.buffered_bytes(), 0U);
}

TEST_F(ListeningTest, WhatWasSaidInAnOutageIsSentAgain) {
    refuses_ = true;
    pass(500ms);
    speak(1s);
    pass(1s);
    refuses_ = false;
    pass(3s);
    ASSERT_FALSE(ended_);
    EXPECT_EQ(recogniser_.last().frames, std::vector<std::uint32_t>(68, 1U));
    EXPECT_EQ(recogniser_.last().finished, std::vector<std::uint32_t>{1});
    emit(FinalTranscript{1, "hello", 1.0});
    EXPECT_EQ(finals_, std::vector<std::string>{"hello"});
    EXPECT_EQ(listening_.buffered_bytes(), 0U);
}

TEST_F(ListeningTest, ACutInTheMiddleOfAnUtteranceLosesNothing) {
    pass(500ms);
    listening_.begin_utterance(++utterance_);
    pass(1s, true);
    emit(PartialTranscript{1, "hel"});
    fail();
    pass(1s, true);
    listening_.finish_utterance(1);
    EXPECT_EQ(recogniser_.streams.size(), 2U);
    EXPECT_EQ(recogniser_.last().frames.size(), 118U);
    EXPECT_EQ(recogniser_.last().finished, std::vector<std::uint32_t>{1});
}

TEST_F(ListeningTest, ALongOutageEndsTheCallSoonerWhereTheCallerSpeaks) {
    refuses_ = true;
    pass(1s);
    speak(1s);
    pass(13'500ms);
    EXPECT_FALSE(ended_);
    pass(1s);
    EXPECT_TRUE(ended_);
    EXPECT_EQ(listening_.next_deadline(), std::nullopt);
    EXPECT_EQ(listening_.buffered_bytes(), 0U);
}

TEST_F(ListeningTest, ALongOutageIsBorneInSilenceForAMinute) {
    refuses_ = true;
    pass(59s);
    EXPECT_FALSE(ended_);
    pass(2s);
    EXPECT_TRUE(ended_);
}

TEST_F(ListeningTest, WhatNoRetryCanMendEndsTheCallAtOnce) {
    fail(ProviderErrorCode::unauthorized);
    settle();
    EXPECT_TRUE(ended_);
}

TEST_F(ListeningTest, ARateLimitIsGivenTime) {
    refuses_ = true;
    refuses_with_ = ProviderErrorCode::rate_limited;
    pass(4s);
    EXPECT_FALSE(ended_);
    EXPECT_LE(recogniser_.streams.size(), 8U);
}

TEST_F(ListeningTest, OutagesThatPassDoNotAddUp) {
    for (int outage = 0; outage < 10; ++outage) {
        refuses_ = true;
        pass(10s);
        refuses_ = false;
        // Nothing but time tells that the stream holds.
        pass(10s);
        EXPECT_FALSE(ended_) << outage;
    }
}

TEST_F(ListeningTest, ADeafStreamIsOpenedAnewAfterTheFirstUnansweredUtterance) {
    pass(500ms);
    speak(1s);
    pass(3'900ms);
    EXPECT_EQ(recogniser_.streams.size(), 1U);
    pass(300ms);
    ASSERT_EQ(recogniser_.streams.size(), 2U);
    EXPECT_FALSE(recogniser_.streams[0]->is_open);
    EXPECT_EQ(recogniser_.last().finished, std::vector<std::uint32_t>{1});
    emit(FinalTranscript{1, "hello", 1.0});
    EXPECT_EQ(finals_, std::vector<std::string>{"hello"});
    pass(60s);
    EXPECT_EQ(recogniser_.streams.size(), 2U);
    EXPECT_FALSE(ended_);
}

TEST_F(ListeningTest, ARecogniserThatStaysDeafEndsTheCallAfterThreeUtterances) {
    for (int count = 0; count < 3; ++count) {
        EXPECT_FALSE(ended_);
        speak(1s);
        pass(7s);
    }
    EXPECT_TRUE(ended_);
}

TEST_F(ListeningTest, ASoundThatIsNoSpeechMayBeUnansweredWithoutAnEnd) {
    speak(200ms);
    pass(120s);
    EXPECT_FALSE(ended_);
    EXPECT_LE(recogniser_.streams.size(), 3U);
}

TEST_F(ListeningTest, AnUtteranceWithPartialsIsNotDeaf) {
    speak(1s);
    emit(PartialTranscript{1, "hello"});
    pass(30s);
    EXPECT_EQ(recogniser_.streams.size(), 1U);
    EXPECT_EQ(listening_.buffered_bytes(), 0U);
}

TEST_F(ListeningTest, KeepsNoMoreThanItsBoundAndNothingInSilence) {
    pass(10s);
    EXPECT_EQ(listening_.buffered_bytes(), 0U);
    listening_.begin_utterance(++utterance_);
    pass(60s, true);
    EXPECT_LE(listening_.buffered_bytes(), 1'024 * sizeof(audio::Frame));
    fail();
    pass(1s, true);
    EXPECT_LE(recogniser_.last().frames.size(), 1'050U);
    listening_.finish_utterance(utterance_);
    emit(FinalTranscript{utterance_, "a long story", 1.0});
    EXPECT_EQ(listening_.buffered_bytes(), 0U);
}

TEST_F(ListeningTest, TheSoundThatARecogniserWasGivenIsCountedAlsoWhereItIsSentAgain) {
    pass(1s);
    speak(2s);
    ASSERT_EQ(record_.usage.size(), 1U);
    EXPECT_EQ(record_.usage[0].provider, "ears");
    EXPECT_EQ(record_.usage[0].amounts.requests, 1U);
    // With what was heard just before it was noticed.
    const std::uint64_t once = record_.usage[0].amounts.audio_ms;
    EXPECT_GE(once, 2'000U);
    EXPECT_LE(once, 2'500U);
    fail();
    pass(1s);
    listening_.close();
    EXPECT_EQ(record_.usage[0].amounts.audio_ms, 2 * once);
    EXPECT_EQ(record_.usage[0].amounts.requests, 1U);
}

}  // namespace
}  // namespace studio::services
