#pragma once

// What tests of voices and recognisers share: texts that are spoken, and listeners that keep what
// they are told.

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/flite/flite_text_to_speech.hpp"
#include "audio/frame.hpp"
#include "ports/speech_to_text.hpp"
#include "ports/text_to_speech.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio {

struct Spoken {
    std::vector<std::int16_t> samples;
    std::vector<SynthesisWord> words;
    std::optional<ProviderError> error;
    int pieces = 0;
    int finished = 0;
    int events = 0;
};

struct SpokenListener final : SynthesisListener, Spoken {
    void on_synthesis(const SynthesisEvent& event) override {
        if (const auto* piece = std::get_if<SynthesisAudio>(&event)) {
            samples.insert(samples.end(), piece->samples.begin(), piece->samples.end());
            ++pieces;
        } else if (const auto* word = std::get_if<SynthesisWord>(&event)) {
            words.push_back(*word);
        } else if (const auto* failed = std::get_if<SynthesisFailed>(&event)) {
            error = failed->error;
        } else {
            ++finished;
        }
        ++events;
    }
};

struct Heard {
    std::vector<PartialTranscript> partials;
    std::vector<FinalTranscript> finals;
    std::optional<ProviderError> error;
    std::function<void()> on_final;
};

struct HeardListener final : SpeechListener, Heard {
    void on_speech(const SpeechEvent& event) override {
        if (const auto* partial = std::get_if<PartialTranscript>(&event)) {
            partials.push_back(*partial);
        } else if (const auto* final = std::get_if<FinalTranscript>(&event)) {
            finals.push_back(*final);
            if (on_final) {
                on_final();
            }
        } else {
            error = std::get<SpeechFailed>(event).error;
        }
    }
};

inline SynthesisRequest request_of(const std::string& text, const std::string& voice = "",
                                   Json options = {}) {
    SynthesisRequest request;
    request.text = text;
    request.voice = voice;
    request.options = std::move(options);
    return request;
}

inline SpeechToTextOptions options_of(Json options) {
    SpeechToTextOptions chosen;
    chosen.options = std::move(options);
    return chosen;
}

/// Everything on one thread: the pool runs what it is given at once.
struct Inline {
    ~Inline() { pool.stop(); }
    void drain() { loop.run_for(milliseconds(1)); }

    runtime::VirtualLoop loop;
    runtime::BlockingPool pool{{.name = "inline", .threads = 0}};
};

inline std::vector<audio::Frame> frames_of(const std::vector<std::int16_t>& samples) {
    // 200 ms of quiet before and 300 ms after, as the session writes around speech.
    std::vector<std::int16_t> padded(3'200);
    padded.insert(padded.end(), samples.begin(), samples.end());
    padded.resize(padded.size() + 4'800);
    padded.resize(padded.size() / audio::frame_samples * audio::frame_samples);
    std::vector<audio::Frame> frames(padded.size() / audio::frame_samples);
    for (std::size_t index = 0; index < padded.size(); ++index) {
        frames[index / audio::frame_samples].samples[index % audio::frame_samples] = padded[index];
    }
    return frames;
}

inline Spoken say(const std::string& text, const std::string& voice = "slt", Json options = {}) {
    Inline place;
    adapters::FliteTextToSpeech flite(place.loop, place.pool);
    SpokenListener spoken;
    const auto synthesis = flite.speak(request_of(text, voice, std::move(options)), spoken);
    EXPECT_EQ(spoken.events, 0) << "never from inside speak";
    place.drain();
    return spoken;
}

}  // namespace studio
