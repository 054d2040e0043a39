// usage: turn_ends SPEECH_FOLDER FILE.wav…   one JSON line a file
//
// How likely the model of turn ends holds each file for a turn that is over, and the CPU time of
// this thread that it took: of the features, and of both. See turn_ends.py.

#include <sys/resource.h>
#include <time.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "adapters/smart_turn/turn_model.hpp"
#include "audio/log_mel/log_mel.hpp"
#include "audio/wav.hpp"
#include "base/json.hpp"

namespace {

using namespace studio;

double cpu_ms() {
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return static_cast<double>(spent.tv_sec) * 1e3 + static_cast<double>(spent.tv_nsec) / 1e6;
}

long resident_kib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

}  // namespace

int main(int count, char** words) {
    const std::vector<std::string> arguments(words + 1, words + count);
    if (arguments.size() < 2) {
        std::cerr << "usage: turn_ends SPEECH_FOLDER FILE.wav…\n";
        return 2;
    }
    const long kib_before = resident_kib();
    const double load_began = cpu_ms();
    const auto model = adapters::TurnModel::load(arguments[0]);
    if (!model) {
        std::cerr << model.error() << '\n';
        return 1;
    }
    std::cout << serialize_json(JsonObject{{"load_cpu_ms", cpu_ms() - load_began},
                                           {"load_kib", resident_kib() - kib_before}})
              << '\n';
    const audio::LogMel log_mel;
    std::vector<float> features(audio::LogMel::bands * audio::LogMel::frames);
    for (std::size_t index = 1; index < arguments.size(); ++index) {
        std::ifstream in(arguments[index], std::ios::binary);
        const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
        const auto recording = audio::parse_wav(bytes);
        if (!recording) {
            std::cerr << arguments[index] << " is no WAV file\n";
            return 1;
        }
        const auto sound = audio::to_voice(*recording);
        const double features_began = cpu_ms();
        log_mel.compute(sound, features);
        const double began = cpu_ms();
        const auto is_over = (*model)->is_over(sound);
        const double ended = cpu_ms();
        if (!is_over) {
            std::cerr << is_over.error() << '\n';
            return 1;
        }
        std::cout << serialize_json(JsonObject{{"file", arguments[index]},
                                               {"is_over", static_cast<double>(*is_over)},
                                               {"features_ms", began - features_began},
                                               {"cpu_ms", ended - began}})
                  << '\n';
    }
    std::cout << serialize_json(JsonObject{{"all_kib", resident_kib() - kib_before}}) << '\n';
    return 0;
}
