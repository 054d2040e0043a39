#include "adapters/sherpa/local_speech_to_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <numbers>
#include <optional>
#include <random>
#include <variant>

#include "adapters/sherpa/internal/model.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::adapters {
namespace {

using sherpa::Model;
using sherpa::ModelKind;

/// Says how much it was given, and counts.
struct FakeModel final : Model {
    explicit FakeModel(ModelKind chosen) : which(chosen) {}

    struct Stream final : sherpa::ModelStream {
        void feed(std::span<const std::int16_t> samples) override { heard += samples.size(); }
        std::string text() override { return "heard " + std::to_string(heard / 1'600); }
        std::string finish() override {
            std::string all = text() + ".";
            heard = 0;
            return all;
        }
        std::size_t heard = 0;
    };

    [[nodiscard]] ModelKind kind() const override { return which; }
    [[nodiscard]] std::string decode(std::span<const std::int16_t> samples) const override {
        ++decodes;
        last_samples = samples.size();
        return text;
    }
    [[nodiscard]] std::unique_ptr<sherpa::ModelStream> open() const override {
        return std::make_unique<Stream>();
    }

    ModelKind which;
    std::string text = "A table for two.";
    mutable int decodes = 0;
    mutable std::size_t last_samples = 0;
};

struct Listener final : SpeechListener {
    void on_speech(const SpeechEvent& event) override {
        if (const auto* partial = std::get_if<PartialTranscript>(&event)) {
            partials.push_back(*partial);
        } else if (const auto* final = std::get_if<FinalTranscript>(&event)) {
            finals.push_back(*final);
        } else {
            error = std::get<SpeechFailed>(event).error;
        }
    }
    std::vector<PartialTranscript> partials;
    std::vector<FinalTranscript> finals;
    std::optional<ProviderError> error;
};

/// What listens where the model cannot.
struct Spare final : SpeechToText {
    struct Stream final : SpeechStream {
        void write(std::uint32_t /*utterance*/, const audio::Frame& /*frame*/) override {}
        void finish_utterance(std::uint32_t /*utterance*/) override {}
    };
    [[nodiscard]] std::vector<OptionError> validate(
        const SpeechToTextOptions& /*options*/) const override {
        return {{"phrases[0]", "was asked"}, {"language", "was asked"}};
    }
    [[nodiscard]] std::unique_ptr<SpeechStream> open(const SpeechToTextOptions& /*options*/,
                                                     SpeechListener& /*listener*/) override {
        ++opened;
        return std::make_unique<Stream>();
    }
    int opened = 0;
};

class LocalSpeech : public ::testing::Test {
protected:
    LocalSpeech() { use(ModelKind::moonshine_merged); }
    ~LocalSpeech() override { pool_.stop(); }

    void use(ModelKind kind) {
        model_ = std::make_shared<FakeModel>(kind);
        models_ = std::make_shared<SpeechModels>(
            SpeechModelsOptions{.folder = ::testing::TempDir()},
            [this](const std::string& path, const std::string& language)
                -> Result<std::shared_ptr<const Model>, std::string> {
                loads_.push_back(path.substr(path.rfind('/') + 1) + ':' + language);
                if (fails_) {
                    return fail(std::string("is broken"));
                }
                return std::shared_ptr<const Model>(model_);
            });
        LocalSpeechOptions options;
        options.streams_max = 2;
        provider_ = std::make_unique<LocalSpeechToText>(loop_, pool_, models_, spare_, options);
    }

    static SpeechToTextOptions options(Json chosen = {}) {
        SpeechToTextOptions made;
        made.options = std::move(chosen);
        return made;
    }

    std::unique_ptr<SpeechStream> open(Listener& listener, Json chosen = {}) {
        auto stream = provider_->open(options(std::move(chosen)), listener);
        drain();
        return stream;
    }

    void drain() { loop_.run_for(milliseconds(1)); }

    /// 20 ms that the voice detector takes for a voice: the harmonics of 140 Hz, changing.
    audio::Frame voice() {
        audio::Frame frame;
        for (auto& sample : frame.samples) {
            const double t = static_cast<double>(at_++) / audio::sample_rate_hz;
            const double pitch = 140.0 + 20.0 * std::sin(2 * std::numbers::pi * 3 * t);
            double sum = 0.0;
            for (int harmonic = 1; harmonic < 12; ++harmonic) {
                sum += std::sin(phase_ * harmonic) / harmonic;
            }
            phase_ += 2 * std::numbers::pi * pitch / audio::sample_rate_hz;
            sample = static_cast<std::int16_t>(3'000 * sum);
        }
        return frame;
    }

    void speak(SpeechStream& stream, std::uint32_t utterance, milliseconds duration) {
        for (auto at = milliseconds(0); at < duration; at += audio::frame_duration) {
            stream.write(utterance, voice());
            loop_.run_for(audio::frame_duration);
        }
    }
    void quiet(SpeechStream& stream, std::uint32_t utterance, milliseconds duration) {
        std::minstd_rand random(1);
        for (auto at = milliseconds(0); at < duration; at += audio::frame_duration) {
            audio::Frame frame;
            for (auto& sample : frame.samples) {
                sample = static_cast<std::int16_t>(random() % 9);
            }
            stream.write(utterance, frame);
            loop_.run_for(audio::frame_duration);
        }
    }

    runtime::VirtualLoop loop_;
    runtime::BlockingPool pool_{{.name = "inline", .threads = 0}};
    Spare spare_;
    std::shared_ptr<FakeModel> model_;
    std::shared_ptr<SpeechModels> models_;
    std::unique_ptr<LocalSpeechToText> provider_;
    std::vector<std::string> loads_;
    bool fails_ = false;
    std::size_t at_ = 0;
    double phase_ = 0.0;
};

TEST_F(LocalSpeech, GivesPartialsAndOneFinal) {
    Listener listener;
    const auto stream = open(listener);
    quiet(*stream, 3, milliseconds(300));
    speak(*stream, 3, milliseconds(2'000));
    quiet(*stream, 3, milliseconds(400));
    const int decodes = model_->decodes;
    stream->finish_utterance(3);
    EXPECT_TRUE(listener.finals.empty()) << "never from inside a call";
    drain();
    ASSERT_EQ(listener.finals.size(), 1U);
    EXPECT_EQ(listener.finals[0].text, "A table for two.");
    EXPECT_EQ(listener.finals[0].utterance, 3U);
    ASSERT_EQ(listener.partials.size(), 1U) << "the same text is said once";
    EXPECT_EQ(listener.partials[0].utterance, 3U);
    EXPECT_EQ(model_->decodes, decodes) << "the pause was decoded, the end is the same";
}

TEST_F(LocalSpeech, SilenceAndAnEmptyUtteranceAreEmptyFinalsWithoutTheModel) {
    Listener listener;
    const auto stream = open(listener);
    quiet(*stream, 1, milliseconds(1'000));
    stream->finish_utterance(1);
    stream->finish_utterance(2);
    drain();
    ASSERT_EQ(listener.finals.size(), 2U);
    EXPECT_EQ(listener.finals[0].text, "");
    EXPECT_EQ(listener.finals[1].utterance, 2U);
    EXPECT_EQ(model_->decodes, 0);
}

TEST_F(LocalSpeech, FinalsComeInTheirOrderAndAnUnfinishedUtteranceIsForNobody) {
    Listener listener;
    const auto stream = open(listener);
    speak(*stream, 1, milliseconds(500));
    stream->finish_utterance(1);
    speak(*stream, 2, milliseconds(500));
    speak(*stream, 3, milliseconds(500));
    stream->finish_utterance(3);
    drain();
    ASSERT_EQ(listener.finals.size(), 2U);
    EXPECT_EQ(listener.finals[0].utterance, 1U);
    EXPECT_EQ(listener.finals[1].utterance, 3U);
    speak(*stream, 4, milliseconds(500));
    stream->finish_utterance(5);
    drain();
    ASSERT_EQ(listener.finals.size(), 3U);
    EXPECT_EQ(listener.finals[2].utterance, 5U);
}

TEST_F(LocalSpeech, LoadsTheModelOnceForAll) {
    Listener first;
    Listener second;
    const auto one = open(first);
    const auto two = open(second);
    EXPECT_EQ(loads_, (std::vector<std::string>{"moonshine-tiny-en:"}));
}

TEST_F(LocalSpeech, WhatIsSaidWhileTheModelLoadsIsHeard) {
    Listener listener;
    const auto stream = provider_->open(options(), listener);
    for (int frame = 0; frame < 20; ++frame) {
        stream->write(1, audio::Frame{});
    }
    for (int frame = 0; frame < 50; ++frame) {
        stream->write(1, voice());
    }
    stream->finish_utterance(1);
    drain();
    drain();
    ASSERT_EQ(listener.finals.size(), 1U);
    EXPECT_EQ(listener.finals[0].text, "A table for two.");
    EXPECT_GE(model_->last_samples, 50 * audio::frame_samples);
}

TEST_F(LocalSpeech, ABrokenModelIsSaid) {
    fails_ = true;
    Listener listener;
    const auto stream = open(listener);
    ASSERT_TRUE(listener.error);
    EXPECT_EQ(listener.error->code, ProviderErrorCode::unavailable);
    EXPECT_EQ(listener.error->message, "local: the model moonshine-tiny-en is broken");
}

TEST_F(LocalSpeech, RefusesMoreStreamsThanTheProcessHolds) {
    Listener listener;
    auto one = open(listener);
    const auto two = open(listener);
    Listener refused;
    const auto three = open(refused);
    ASSERT_TRUE(refused.error);
    EXPECT_EQ(refused.error->code, ProviderErrorCode::rate_limited);
    one.reset();
    Listener late;
    const auto four = open(late);
    EXPECT_FALSE(late.error) << "a place that is given back is free";
    EXPECT_FALSE(listener.error);
}

TEST_F(LocalSpeech, SaysNothingOnceItsStreamIsGone) {
    Listener listener;
    auto stream = open(listener);
    speak(*stream, 1, milliseconds(1'000));
    listener.partials.clear();
    stream->finish_utterance(1);
    stream.reset();
    drain();
    EXPECT_TRUE(listener.finals.empty());
    EXPECT_TRUE(listener.partials.empty());
    EXPECT_EQ(models_->decoding(), 0U);
}

TEST_F(LocalSpeech, AStreamingModelHearsAsItComes) {
    use(ModelKind::streaming_transducer);
    Listener listener;
    const auto stream = open(listener);
    quiet(*stream, 1, milliseconds(300));
    speak(*stream, 1, milliseconds(1'000));
    EXPECT_EQ(listener.partials.size(), 13U);
    stream->finish_utterance(1);
    quiet(*stream, 2, milliseconds(200));
    speak(*stream, 2, milliseconds(300));
    quiet(*stream, 2, milliseconds(300));
    stream->finish_utterance(2);
    quiet(*stream, 3, milliseconds(500));
    stream->finish_utterance(3);
    drain();
    ASSERT_EQ(listener.finals.size(), 3U);
    EXPECT_EQ(listener.finals[0].text, "heard 13.");
    EXPECT_EQ(listener.finals[1].text, "heard 8.");
    EXPECT_EQ(listener.finals[2].text, "") << "nobody spoke";
}

TEST_F(LocalSpeech, AnAgentNamesAFolderAndNoPath) {
    Listener listener;
    const auto good = open(listener, JsonObject{{"model_dir", "whisper-tiny"}});
    EXPECT_EQ(loads_, (std::vector<std::string>{"whisper-tiny:en"}));
    for (const char* bad : {"../whisper", "/etc", "..", "", "a/b"}) {
        Listener refused;
        const auto stream = open(refused, JsonObject{{"model_dir", bad}});
        ASSERT_TRUE(refused.error) << bad;
        EXPECT_EQ(refused.error->code, ProviderErrorCode::rejected);
        EXPECT_EQ(provider_->validate(options(JsonObject{{"model_dir", bad}})).at(0).path,
                  "model_dir");
    }
    EXPECT_EQ(loads_.size(), 1U);
}

TEST_F(LocalSpeech, ModelsThatNobodyUsesMakeRoom) {
    const auto opened = [this](const char* name) {
        Listener listener;
        const auto stream = open(listener, JsonObject{{"model_dir", name}});
        return !listener.error;
    };
    // The fake is one object, which the test holds, too: each use counts as a stream's.
    for (const char* name : {"a", "b", "c"}) {
        EXPECT_TRUE(opened(name)) << name;
    }
    EXPECT_FALSE(opened("d")) << "three are in use";
}

TEST_F(LocalSpeech, ValidatesWithPaths) {
    const auto paths = [&](const Json& chosen, const char* language = "en") {
        SpeechToTextOptions all = options(chosen);
        all.language = language;
        std::string text;
        for (const OptionError& error : provider_->validate(all)) {
            text += error.path + ';';
        }
        return text;
    };
    EXPECT_EQ(paths(nullptr), "");
    EXPECT_EQ(paths(nullptr, "en-GB"), "");
    EXPECT_EQ(paths(nullptr, "de"), "language;");
    EXPECT_EQ(paths(JsonArray{}), ";");
    EXPECT_EQ(paths(JsonObject{{"model_dir", 3}}), "model_dir;");
    EXPECT_EQ(paths(JsonObject{{"model_dir", "not-there"}}), "model_dir;");
    EXPECT_EQ(paths(JsonObject{{"threads", 3}}), "threads;");
    EXPECT_EQ(paths(JsonObject{{"phrases", JsonArray{}}}), "phrases[0];");
    EXPECT_EQ(paths(JsonObject{{"grammar", ""}}), "phrases[0];language;") << "all is for the spare";
    EXPECT_EQ(paths(JsonObject{{"model_dir", "not-there"}, {"phrases", JsonArray{}}}),
              "model_dir;phrases;");
}

TEST_F(LocalSpeech, TheSpareListensForAGrammarAndWhereNothingIsInstalled) {
    Listener listener;
    const auto hinted = open(listener, JsonObject{{"phrases", JsonArray{"a"}}});
    EXPECT_EQ(spare_.opened, 0) << "a model needs no hints";
    const auto strict = open(listener, JsonObject{{"grammar", "g"}});
    EXPECT_EQ(spare_.opened, 1);
    models_ = std::make_shared<SpeechModels>(SpeechModelsOptions{});
    EXPECT_FALSE(models_->trouble().empty());
    provider_ = std::make_unique<LocalSpeechToText>(loop_, pool_, models_, spare_);
    const auto plain = open(listener);
    EXPECT_EQ(spare_.opened, 2);
    EXPECT_EQ(provider_->validate(options()).size(), 2U);
    const auto named = open(listener, JsonObject{{"model_dir", "whisper-tiny"}});
    ASSERT_TRUE(listener.error) << "what was asked for by name is not replaced";
    EXPECT_EQ(listener.error->code, ProviderErrorCode::unavailable);
}

}  // namespace
}  // namespace studio::adapters
