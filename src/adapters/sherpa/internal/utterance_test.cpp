#include "adapters/sherpa/internal/utterance.hpp"

#include <gtest/gtest.h>

namespace studio::adapters::sherpa {
namespace {

using std::chrono::milliseconds;

class UtteranceTest : public ::testing::Test {
protected:
    static audio::Frame frame(int amplitude) {
        audio::Frame made;
        for (std::size_t index = 0; index < made.samples.size(); ++index) {
            made.samples[index] =
                static_cast<std::int16_t>(index % 2 == 0 ? amplitude : -amplitude);
        }
        return made;
    }

    /// `duration` of a voice, of quiet, or of a consonant without a voice.
    void speak(milliseconds duration) { write(duration, 3'000, 0.9F); }
    void quiet(milliseconds duration) { write(duration, 10, 0.0F); }
    void hiss(milliseconds duration) { write(duration, 600, 0.1F); }

    void write(milliseconds duration, int amplitude, float voice) {
        for (auto at = milliseconds(0); at < duration; at += audio::frame_duration) {
            now_ += audio::frame_duration;
            taken_ += utterance_.write(frame(amplitude), voice) ? 1 : 0;
            answer();
        }
    }

    /// Decodes what is asked for, `cost_` later.
    void answer() {
        if (asked_ && now_ >= due_) {
            utterance_.on_text(*asked_, "p" + std::to_string(asked_->piece), now_);
            asked_.reset();
        }
        if (!asked_) {
            if (auto request = utterance_.poll(now_, is_busy_)) {
                requests_.push_back(*request);
                asked_ = request;
                due_ = now_ + cost_;
            }
        }
    }

    std::size_t count(bool must) const {
        std::size_t found = 0;
        for (const auto& request : requests_) {
            found += request.must == must ? 1U : 0U;
        }
        return found;
    }

    UtteranceOptions options_;
    Utterance utterance_{1, options_};
    Instant now_{};
    milliseconds cost_{40};
    bool is_busy_ = false;
    int taken_ = 0;
    std::optional<Utterance::Request> asked_;
    Instant due_{};
    std::vector<Utterance::Request> requests_;
};

TEST_F(UtteranceTest, TheEndIsKnownAtTheEndpointWhereThePauseWasDecoded) {
    quiet(milliseconds(300));
    speak(milliseconds(2'000));
    quiet(milliseconds(400));
    ASSERT_FALSE(requests_.empty());
    EXPECT_GE(requests_.back().end, 115U + 6U) << "the pause was decoded";
    utterance_.finish();
    EXPECT_TRUE(utterance_.is_complete()) << "so nothing is left to do";
    EXPECT_EQ(utterance_.text(), "p0");
}

TEST_F(UtteranceTest, WhatIsSaidAfterThePauseIsDecodedAtTheEnd) {
    speak(milliseconds(1'000));
    quiet(milliseconds(400));
    speak(milliseconds(200));
    utterance_.finish();
    EXPECT_FALSE(utterance_.is_complete());
    for (int round = 0; round < 3; ++round) {
        now_ += milliseconds(500);
        answer();
    }
    EXPECT_EQ(requests_.back().end, 80U) << "all of it";
    EXPECT_TRUE(utterance_.is_complete());
}

TEST_F(UtteranceTest, AConsonantAfterTheLastVowelBelongsToTheWord) {
    quiet(milliseconds(300));
    speak(milliseconds(400));
    hiss(milliseconds(160));
    quiet(milliseconds(400));
    ASSERT_FALSE(requests_.empty());
    const auto& last = requests_.back();
    EXPECT_GE(last.end, 15U + 20U + 8U) << "up to behind the hiss";
}

TEST_F(UtteranceTest, SilenceAsksForNothingAndIsComplete) {
    quiet(milliseconds(3'000));
    utterance_.finish();
    EXPECT_TRUE(requests_.empty());
    EXPECT_TRUE(utterance_.is_complete());
    EXPECT_EQ(utterance_.text(), "");
}

TEST_F(UtteranceTest, PartialsTakeAShareOfTheTimeHoweverLongTheyTake) {
    cost_ = milliseconds(20);
    speak(milliseconds(4'000));
    const auto cheap = count(false);
    EXPECT_GE(cheap, 8U);
    EXPECT_LE(cheap, 10U) << "each 400 ms";

    utterance_ = Utterance(2, options_);
    requests_.clear();
    asked_.reset();
    cost_ = milliseconds(600);
    speak(milliseconds(4'000));
    EXPECT_LE(count(false), 2U) << "600 ms each 3 s is 0.2";
}

TEST_F(UtteranceTest, NoPartialsWhereThePoolIsBehindButTheEndIs) {
    is_busy_ = true;
    speak(milliseconds(3'000));
    EXPECT_EQ(count(false), 0U);
    quiet(milliseconds(400));
    EXPECT_EQ(count(true), 1U);
}

TEST_F(UtteranceTest, NoPartialsWhereNobodyWantsThem) {
    options_.partials = false;
    utterance_ = Utterance(1, options_);
    speak(milliseconds(3'000));
    EXPECT_EQ(requests_.size(), 0U);
}

TEST_F(UtteranceTest, UpToTwelveSecondsAreOnePieceWhateverPausesTheyHave) {
    for (int sentence = 0; sentence < 3; ++sentence) {
        speak(milliseconds(3'000));
        quiet(milliseconds(500));
    }
    utterance_.finish();
    for (int round = 0; round < 3; ++round) {
        now_ += milliseconds(500);
        answer();
    }
    EXPECT_TRUE(utterance_.is_complete());
    EXPECT_EQ(utterance_.text(), "p0");
    EXPECT_EQ(requests_.back().begin, 0U);
    EXPECT_GE(requests_.back().end, 500U);
}

TEST_F(UtteranceTest, ALongUtteranceIsSplitAtAPause) {
    for (int sentence = 0; sentence < 4; ++sentence) {
        speak(milliseconds(4'000));
        quiet(milliseconds(300));
    }
    utterance_.finish();
    now_ += milliseconds(500);
    answer();
    now_ += milliseconds(500);
    answer();
    EXPECT_TRUE(utterance_.is_complete());
    EXPECT_EQ(utterance_.text(), "p0 p1");
    for (const auto& request : requests_) {
        EXPECT_LE(request.end - request.begin, 12'000U / 20U);
    }
}

TEST_F(UtteranceTest, WithoutAPauseItIsSplitAtItsQuietestPlaceAndNothingIsLost) {
    speak(milliseconds(9'000));
    write(milliseconds(60), 1'500, 0.9F);
    speak(milliseconds(6'980));
    utterance_.finish();
    for (int round = 0; round < 4; ++round) {
        now_ += milliseconds(500);
        answer();
    }
    EXPECT_TRUE(utterance_.is_complete());
    EXPECT_EQ(utterance_.text(), "p0 p1");
    std::size_t first = 0;
    std::size_t second = 0;
    for (const auto& request : requests_) {
        if (request.piece > 0) {
            second = request.end;
        } else if (request.must) {
            first = request.end;
        }
    }
    EXPECT_NEAR(static_cast<double>(first), 452.0, 6.0);
    EXPECT_EQ(first + second, 16'040U / 20U) << first << ' ' << second;
}

TEST_F(UtteranceTest, ATextThatReadAcrossTheSplitIsReadAgain) {
    // A decode of everything is under way while the piece is split.
    speak(milliseconds(11'000));
    cost_ = milliseconds(60'000);
    speak(milliseconds(1'000));
    ASSERT_TRUE(asked_);
    const auto early = *asked_;
    asked_.reset();
    utterance_.on_text(early, "too much", now_);
    utterance_.finish();
    const auto again = utterance_.poll(now_);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->piece, 0U);
    EXPECT_TRUE(again->must);
}

TEST_F(UtteranceTest, DropsWhatTheRecogniserIsTooSlowFor) {
    cost_ = milliseconds(1'000'000);
    speak(milliseconds(40'000));
    EXPECT_EQ(taken_, 30'000 / 20);
}

TEST_F(UtteranceTest, NoiseForMinutesTakesNoMemory) {
    for (int minute = 0; minute < 3; ++minute) {
        write(milliseconds(60'000), 3'000, 0.0F);
    }
    EXPECT_EQ(taken_, 9'000);
    EXPECT_TRUE(requests_.empty());
}

}  // namespace
}  // namespace studio::adapters::sherpa
