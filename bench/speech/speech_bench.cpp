// usage: speech_bench hear PROVIDER SPEECH_FOLDER FILE.wav…   one JSON line a file
//        speech_bench say SPEECH_FOLDER FOLDER < LINES        see piper_voice.hpp
//
// Each file is one utterance of a caller: 300 ms of quiet before it, 400 ms after it, then the
// endpoint. Everything runs on one thread, in the time of the audio, in which work takes its CPU
// time: as on a core of its own, whatever else this machine does.

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "adapters/pocketsphinx/pocketsphinx_speech_to_text.hpp"
#include "adapters/sherpa/local_speech_to_text.hpp"
#include "audio/wav.hpp"
#include "piper_voice.hpp"
#include "runtime/virtual_loop.hpp"

namespace {

using namespace studio;

double cpu_ms() {
    timespec spent{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return static_cast<double>(spent.tv_sec) * 1e3 + static_cast<double>(spent.tv_nsec) / 1e6;
}

/// The time of the audio, in which what is posted comes as late as it took to compute: a provider
/// sees what it would see on a core of its own.
class CostedLoop final : public runtime::Loop {
public:
    [[nodiscard]] Instant now() const override { return loop_.now(); }
    [[nodiscard]] WallTime wall_now() const override { return loop_.wall_now(); }
    void post(Function function) override {
        const auto cost = microseconds(static_cast<std::int64_t>((cpu_ms() - since_) * 1e3));
        timers_.push_back(loop_.start_timer(loop_.now() + cost, std::move(function)));
    }
    [[nodiscard]] std::unique_ptr<runtime::Timer> start_timer(Instant at,
                                                              Function on_expiry) override {
        return loop_.start_timer(at, std::move(on_expiry));
    }
    /// What is computed from here on costs.
    void begin() { since_ = cpu_ms(); }
    /// Runs for `duration`, in steps of a millisecond.
    void run_for(milliseconds duration) {
        for (auto at = milliseconds(0); at < duration; ++at) {
            begin();
            loop_.run_for(milliseconds(1));
        }
    }
    void forget_timers() { timers_.clear(); }

private:
    runtime::VirtualLoop loop_;
    double since_ = 0.0;
    std::vector<std::unique_ptr<runtime::Timer>> timers_;
};

struct Listener final : SpeechListener {
    explicit Listener(const runtime::Loop& clock) : loop(clock) {}
    void on_speech(const SpeechEvent& event) override {
        if (const auto* final = std::get_if<FinalTranscript>(&event)) {
            text = final->text;
            final_at = loop.now();
        } else if (const auto* failed = std::get_if<SpeechFailed>(&event)) {
            std::cerr << failed->error.message << '\n';
        } else {
            ++partials;
        }
    }
    const runtime::Loop& loop;
    std::string text;
    std::optional<Instant> final_at;
    int partials = 0;
};

std::vector<std::int16_t> read_voice(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
    const auto recording = audio::parse_wav(bytes);
    if (!recording) {
        std::cerr << path << " is no WAV file\n";
        return {};
    }
    return audio::to_voice(*recording);
}

/// With the quiet of a microphone around it, whole frames.
std::vector<std::int16_t> with_quiet(const std::vector<std::int16_t>& voice) {
    constexpr std::size_t before = 4'800;
    constexpr std::size_t after = 6'400;
    std::minstd_rand random(7);
    std::vector<std::int16_t> samples(before + voice.size() + after);
    samples.resize(samples.size() / audio::frame_samples * audio::frame_samples);
    for (std::size_t index = 0; index < samples.size(); ++index) {
        const bool is_voice = index >= before && index - before < voice.size();
        const int noise = static_cast<int>(random() % 9) - 4;
        const int sample = (is_voice ? voice[index - before] : 0) + noise;
        samples[index] = static_cast<std::int16_t>(std::clamp(sample, -32'768, 32'767));
    }
    return samples;
}

int hear(const std::string& provider, const std::string& folder,
         const std::vector<std::string>& files) {
    CostedLoop loop;
    runtime::BlockingPool pool({.name = "inline", .threads = 0});
    auto models =
        std::make_shared<adapters::SpeechModels>(adapters::SpeechModelsOptions{.folder = folder});
    const double before_load = cpu_ms();
    adapters::PocketsphinxSpeechToText pocketsphinx(
        loop, pool, {.decoders_kept = provider == "pocketsphinx" ? 1U : 0U});
    adapters::LocalSpeechToText local(loop, pool, models, pocketsphinx);
    SpeechToText& recogniser =
        provider == "pocketsphinx" ? static_cast<SpeechToText&>(pocketsphinx) : local;
    if (provider == "local") {
        local.preload();
    }
    loop.run_for(seconds(10));
    std::cout << R"({"load_cpu_ms": )" << cpu_ms() - before_load << "}\n";
    for (const std::string& file : files) {
        const auto samples = with_quiet(read_voice(file));
        Listener listener(loop);
        const auto stream = recogniser.open({}, listener);
        loop.run_for(milliseconds(1));
        const double start = cpu_ms();
        audio::Frame frame;
        for (std::size_t at = 0; at < samples.size(); at += audio::frame_samples) {
            std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(at), audio::frame_samples,
                        frame.samples.begin());
            loop.begin();
            stream->write(1, frame);
            loop.run_for(audio::frame_duration);
        }
        const Instant endpoint = loop.now();
        loop.begin();
        stream->finish_utterance(1);
        while (!listener.final_at) {
            loop.run_for(milliseconds(1));
        }
        const double end = cpu_ms();
        loop.forget_timers();
        std::cout << serialize_json(
                         JsonObject{{"file", file},
                                    {"text", listener.text},
                                    {"partials", listener.partials},
                                    {"audio_ms", samples.size() * 1'000 / audio::sample_rate_hz},
                                    {"cpu_ms", end - start},
                                    {"final_ms", to_milliseconds(*listener.final_at - endpoint)}})
                  << std::endl;
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::cout << R"({"rss_max_kib": )" << usage.ru_maxrss << "}\n";
    pool.stop();
    return 0;
}

}  // namespace

int main(int count, char** words) {
    const std::vector<std::string> arguments(words + 1, words + count);
    if (arguments.size() >= 4 && arguments[0] == "hear") {
        return hear(arguments[1], arguments[2], {arguments.begin() + 3, arguments.end()});
    }
    if (arguments.size() == 3 && arguments[0] == "say") {
        return say_lines(arguments[1], arguments[2]);
    }
    std::cerr << "usage: speech_bench hear PROVIDER SPEECH_FOLDER FILE.wav…\n"
                 "       speech_bench say SPEECH_FOLDER FOLDER\n";
    return 2;
}
