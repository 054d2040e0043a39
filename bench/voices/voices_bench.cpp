// What the voices of this machine cost: 20 sentences of an agent, one after the other on one
// thread. CPU is that of the process and the programs that it starts. Prints JSON.

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "adapters/espeak/espeak_phonemes.hpp"
#include "adapters/espeak/espeak_text_to_speech.hpp"
#include "adapters/flite/flite_text_to_speech.hpp"
#include "adapters/sherpa/sherpa_text_to_speech.hpp"
#include "base/json.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/blocking_pool.hpp"

namespace studio {
namespace {

constexpr std::array sentences{
    "Hello, this is the Riverside restaurant.",
    "How can I help you?",
    "With pleasure.",
    "For how many people?",
    "On which day would you like to come?",
    "At what time?",
    "And what is your name?",
    "A table for two, tomorrow evening at seven o'clock, for John Smith.",
    "Shall I book it?",
    "Your table is booked.",
    "The confirmation code is R 4 7 2.",
    "Is there anything else that I can do for you today?",
    "I am sorry, I did not understand.",
    "I can book a table, tell you when we are open, or take a message for my colleagues.",
    "We are open from noon until eleven in the evening, every day except Monday.",
    "We are on the riverside, next to the old bridge.",
    "We cook fish and vegetables of the season, and there is always a vegetarian dish.",
    "One moment, please.",
    "Are you still there?",
    "Thank you for calling, we look forward to seeing you, goodbye!",
};

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// `who` as of getrusage(2).
double cpu_of(int who) {
    rusage usage{};
    getrusage(who, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double wall() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Speaks all sentences, each when the last is over.
class Round final : public SynthesisListener {
public:
    Round(runtime::AsioLoop& loop, TextToSpeech& voice) : loop_(loop), voice_(voice) { next(); }

    void on_synthesis(const SynthesisEvent& event) override {
        if (const auto* audio = std::get_if<SynthesisAudio>(&event)) {
            if (!has_audio_) {
                has_audio_ = true;
                first_wall.push_back((wall() - began_) * 1e3);
                first_cpu.push_back((cpu_of(RUSAGE_SELF) - cpu_began_) * 1e3);
            }
            samples += audio->samples.size();
        } else if (const auto* failed = std::get_if<SynthesisFailed>(&event)) {
            std::cerr << failed->error.message << '\n';
            std::exit(1);
        } else if (std::holds_alternative<SynthesisFinished>(event)) {
            loop_.post([this] { next(); });
        }
    }

    std::vector<double> first_wall;
    std::vector<double> first_cpu;
    std::size_t samples = 0;

private:
    void next() {
        synthesis_.reset();
        if (index_ == sentences.size()) {
            loop_.stop();
            return;
        }
        has_audio_ = false;
        began_ = wall();
        cpu_began_ = cpu_of(RUSAGE_SELF);
        SynthesisRequest request;
        request.text = sentences.at(index_++);
        request.language = "en-US";
        request.timeout = seconds(60);
        synthesis_ = voice_.speak(std::move(request), *this);
    }

    runtime::AsioLoop& loop_;
    TextToSpeech& voice_;
    std::unique_ptr<Synthesis> synthesis_;
    std::size_t index_ = 0;
    double began_ = 0.0;
    double cpu_began_ = 0.0;
    bool has_audio_ = false;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.at(values.size() / 2);
}

double highest(const std::vector<double>& values) {
    return *std::max_element(values.begin(), values.end());
}

void speak_all(runtime::AsioLoop& loop, TextToSpeech& voice, JsonObject& result) {
    const Round round(loop, voice);
    loop.run();
    result["audio_s"] = static_cast<double>(round.samples) / 16'000;
    result["first_audio_ms_p50"] = median(round.first_wall);
    result["first_audio_ms_max"] = highest(round.first_wall);
    result["first_audio_cpu_ms_p50"] = median(round.first_cpu);
    result["first_audio_cpu_ms_max"] = highest(round.first_cpu);
}

template <class Voice, class... Parts>
JsonObject measure(const char* name, runtime::BlockingPool& pool, Parts&&... parts) {
    runtime::AsioLoop loop;
    JsonObject result{{"voice", name}};
    const double before = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN);
    Voice voice(loop, pool, std::forward<Parts>(parts)...);
    speak_all(loop, voice, result);
    result["cpu_s"] = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN) - before;
    return result;
}

JsonObject measure_local(runtime::BlockingPool& pool) {
    runtime::AsioLoop loop;
    JsonObject result{{"voice", "local"}};
    SystemEntropy entropy;
    auto phonemes = std::make_unique<adapters::EspeakPhonemes>(entropy);
    adapters::SherpaVoices voices({.folder = STUDIO_SPEECH_FOLDER}, *phonemes);
    if (voices.is_empty()) {
        return {};
    }
    const double unloaded = cpu_of(RUSAGE_SELF);
    static_cast<void>(voices.load(*voices.find(voices.name_for("", "en"))));
    const double before = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN);
    result["name"] = voices.name_for("", "en");
    result["load_cpu_s"] = before - unloaded;
    adapters::SherpaTextToSpeech voice(loop, pool, voices);
    speak_all(loop, voice, result);
    // With the program that made the phonemes, once it is gone.
    phonemes.reset();
    result["cpu_s"] = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN) - before;
    return result;
}

}  // namespace
}  // namespace studio

int main() {
    using namespace studio;
    runtime::BlockingPool pool({.name = "voice", .threads = 1});
    JsonArray results;
    results.push_back(measure<adapters::FliteTextToSpeech>("flite", pool));
    results.push_back(measure<adapters::EspeakTextToSpeech>("espeak-ng", pool));
    const JsonObject local = measure_local(pool);
    if (!local.empty()) {
        results.push_back(local);
    }
    pool.stop();
    for (Json& each : results) {
        JsonObject& result = each.as_object();
        result["cpu_s_per_audio_s"] = result["cpu_s"].as_double() / result["audio_s"].as_double();
    }
    std::cout << serialize_json(JsonObject{{"sentences", sentences.size()}, {"voices", results}})
              << '\n';
    return 0;
}
