// The voice detector with its model against the plain one, and what the model costs, as Markdown
// for bench/results/voice_activity.md:
//   taskset -c 0 build/release/bench/audio/voice_activity build/speech
// Times are CPU time of the thread (getrusage), the least of several runs.

#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "audio/silero/internal/kernels.hpp"
#include "voice_activity/installed.hpp"
#include "voice_activity/listener.hpp"

namespace {

using namespace studio;

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void measure_cost(const audio::silero::Weights& weights, const Samples& speech) {
    std::printf(
        "| instructions | batch | us/window | share of a core, always talking "
        "|\n|---|---|---|---|\n");
    for (auto kernels = audio::silero::usable_kernels(); *kernels != nullptr; ++kernels) {
        const auto model = std::make_shared<audio::silero::Model>(weights, **kernels);
        for (const std::size_t batch : {1U, 2U, 4U, 8U, 16U, 32U}) {
            audio::silero::Network network(model, batch);
            std::vector<audio::silero::Memory> memories(batch);
            std::vector<audio::silero::Question> questions;
            for (std::size_t call = 0; call < batch; ++call) {
                questions.push_back({&memories[call],
                                     audio::SpeechWindow(speech.data() + 5'120 + 512 * call, 512)});
            }
            double best = 1.0;
            for (int run = 0; run < 7; ++run) {
                const std::size_t rounds = 6'000 / batch;
                const double began = cpu_seconds();
                for (std::size_t round = 0; round < rounds; ++round) {
                    network.answer(questions);
                }
                best =
                    std::min(best, (cpu_seconds() - began) / static_cast<double>(rounds * batch));
            }
            std::printf("| %s | %zu | %.1f | %.3f %% |\n", (*kernels)->name, batch, best * 1e6,
                        best / 0.032 * 100.0);
        }
    }
}

/// A caller who speaks for 5 s of every 12.5 s, in faint noise.
Samples make_talk(const Samples& speech) {
    Samples talk = sounds::to_samples(sounds::scaled(sounds::white(120 * sounds::rate, 21), 8.0));
    for (std::size_t turn = 0; turn < 9; ++turn) {
        for (std::size_t index = 0; index < 5 * sounds::rate; ++index) {
            std::int16_t& sample = talk[turn * sounds::rate * 25 / 2 + 3 * sounds::rate + index];
            const int sum = sample + speech[(turn * 4 * sounds::rate + index) % speech.size()];
            sample = static_cast<std::int16_t>(std::clamp(sum, -32'768, 32'767));
        }
    }
    return talk;
}

void measure_call(const VoiceModel& model, const Samples& speech) {
    const Samples talk = make_talk(speech);
    const Heard heard = listen(model, talk);
    audio::SpeechEvidence evidence;
    audio::VoiceDetector plain;
    double with = 1.0;
    double without = 1.0;
    const std::size_t frames = talk.size() / audio::frame_samples;
    for (int run = 0; run < 7; ++run) {
        for (const bool joined : {false, true}) {
            const double began = cpu_seconds();
            for (std::size_t index = 0; index < frames; ++index) {
                audio::Frame frame;
                std::copy_n(talk.data() + index * audio::frame_samples, audio::frame_samples,
                            frame.samples.begin());
                if (!joined) {
                    static_cast<void>(plain.process(frame));
                    continue;
                }
                evidence.hear(frame);
                while (evidence.next_window()) {
                    evidence.judged(0.9F, 1);
                }
            }
            double& best = joined ? with : without;
            best = std::min(best, (cpu_seconds() - began) / static_cast<double>(frames));
        }
    }
    std::printf(
        "\nA caller who speaks 38 %% of the time: %zu of %zu windows judged (%.0f %%). A frame "
        "takes "
        "%.1f us, of the plain detector alone %.1f us.\n",
        heard.windows, heard.windows_all,
        100.0 * static_cast<double>(heard.windows) / static_cast<double>(heard.windows_all),
        with * 1e6, without * 1e6);
}

void measure_quality(const std::string& name, const VoiceModel& model, const Samples& reading,
                     const Samples& other) {
    const std::size_t length = reading.size() + 2 * sounds::rate;
    struct Place {
        const char* name;
        sounds::Signal noise;
    };
    const std::array<Place, 5> places{{{"clean", sounds::Signal(length)},
                                       {"hiss", sounds::white(length, 5)},
                                       {"street", sounds::street(length)},
                                       {"music", sounds::music(length)},
                                       {"babble", sounds::babble(other, length)}}};
    for (const Place& place : places) {
        for (const double snr : {10.0, 5.0}) {
            const bool is_clean = &place == places.data();
            if (is_clean && snr < 10.0) {
                continue;
            }
            const Mixed mixed = mix(reading, place.noise, snr);
            const Heard heard = listen(model, mixed.samples);
            const auto percent = [&](const Probabilities& found, Label which) {
                return 100.0 * share(found, mixed.labels, which);
            };
            std::printf("| %s, %s", name.c_str(), place.name);
            if (!is_clean) {
                std::printf(" %.0f dB", snr);
            }
            for (const auto* found : {&heard.plain, &heard.late, &heard.early, &heard.model}) {
                std::printf(" | %.1f / %.1f", percent(*found, Label::speech),
                            percent(*found, Label::other));
            }
            std::printf(" | %.0f %% |\n", 100.0 * static_cast<double>(heard.windows) /
                                              static_cast<double>(heard.windows_all));
        }
    }
}

void measure_thresholds(const VoiceModel& model, const Samples& reading) {
    const std::size_t length = reading.size() + 2 * sounds::rate;
    std::printf("\n| threshold | clean | street 5 dB | music 5 dB |\n|---|---|---|---|\n");
    std::vector<std::pair<Mixed, Heard>> all;
    for (const sounds::Signal& noise :
         {sounds::Signal(length), sounds::street(length), sounds::music(length)}) {
        Mixed mixed = mix(reading, noise, 5.0);
        Heard heard = listen(model, mixed.samples);
        all.emplace_back(std::move(mixed), std::move(heard));
    }
    for (const double threshold : {0.3, 0.4, 0.5, 0.6, 0.7}) {
        std::printf("| %.1f", threshold);
        for (const auto& [mixed, heard] : all) {
            std::printf(" | %.1f / %.1f",
                        100.0 * share(heard.late, mixed.labels, Label::speech, threshold),
                        100.0 * share(heard.late, mixed.labels, Label::other, threshold));
        }
        std::printf(" |\n");
    }
}

}  // namespace

int main(int argc, char** argv) {
    const Installed installed(argc > 1 ? argv[1] : "build/speech");
    const auto weights = installed.weights();
    const Samples beckett = installed.recording("beckett");
    const Samples cities = installed.recording("two_cities");
    if (!weights || beckett.empty() || cities.empty()) {
        return 1;
    }
    measure_cost(*weights, beckett);
    const auto model = std::make_shared<const audio::silero::Model>(*weights);
    measure_call(model, cities);
    std::printf(
        "\n| reading | plain | both, agent listens | both, over the agent | model alone | windows "
        "judged |\n|---|---|---|---|---|---|\n");
    measure_quality("two_cities", model, cities, beckett);
    measure_quality("beckett", model, beckett, cities);
    measure_thresholds(model, cities);
    return 0;
}
