#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

namespace studio::sounds {

// Sounds of telephone calls that are no speech, made up, at 16 kHz and about -25 dBFS. They are
// caricatures: each has what detectors stumble over.

using Signal = std::vector<double>;
inline constexpr std::size_t rate = 16'000;
inline constexpr double two_pi = 2.0 * std::numbers::pi;

inline double level(const Signal& signal) {
    double sum = 0.0;
    for (const double value : signal) {
        sum += value * value;
    }
    return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(signal.size(), 1)));
}

inline Signal scaled(Signal signal, double target) {
    const double factor = target / std::max(level(signal), 1e-9);
    for (double& value : signal) {
        value *= factor;
    }
    return signal;
}

/// One pole at `hz`.
inline Signal low_pass(Signal signal, double hz) {
    const double keep = std::exp(-two_pi * hz / rate);
    double state = 0.0;
    for (double& value : signal) {
        state = keep * state + (1.0 - keep) * value;
        value = state;
    }
    return signal;
}

inline Signal white(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(0.0, 1.0);
    Signal signal(count);
    for (double& value : signal) {
        value = normal(random);
    }
    return signal;
}

/// Cars that pass by: rumble that swells, and engines' hum.
inline Signal street(std::size_t count, unsigned seed = 11) {
    Signal rumble = low_pass(low_pass(white(count, seed), 400.0), 1'500.0);
    const Signal hiss = white(count, seed + 1);
    double phase = 0.0;
    const double loud = level(rumble);
    for (std::size_t index = 0; index < count; ++index) {
        const double time = static_cast<double>(index) / rate;
        const double swell = 0.35 + 0.65 * std::pow(std::sin(0.4 * time + 0.7 * std::sin(time)), 2);
        phase += two_pi * (45.0 + 10.0 * std::sin(0.5 * time)) / rate;
        double engine = 0.0;
        for (int harmonic = 1; harmonic <= 6; ++harmonic) {
            engine += std::sin(harmonic * phase) / harmonic;
        }
        rumble[index] = swell * (rumble[index] + 0.4 * loud * engine + 0.08 * loud * hiss[index]);
    }
    return scaled(std::move(rumble), 1'800.0);
}

/// Music on hold: a melody of plucked harmonic tones over a chord and a beat.
inline Signal music(std::size_t count, unsigned seed = 12) {
    static constexpr int scale[] = {0, 2, 4, 7, 9, 12, 14, 16};
    std::mt19937 random(seed);
    Signal signal(count);
    const Signal drum = low_pass(white(count, seed), 3'000.0);
    constexpr std::size_t note = rate * 3 / 10;
    double hz = 220.0;
    double phase = 0.0;
    for (std::size_t index = 0; index < count; ++index) {
        const std::size_t within = index % note;
        const double time = static_cast<double>(within) / rate;
        if (within == 0) {
            hz = 220.0 * std::pow(2.0, scale[random() % 8] / 12.0);
        }
        phase += two_pi * hz / rate;
        double tone = 0.0;
        for (int harmonic = 1; harmonic <= 8; ++harmonic) {
            tone += std::exp(-time * (2.0 + harmonic)) * std::sin(harmonic * phase) / harmonic;
        }
        double chord = 0.0;
        for (const double part : {110.0, 138.6, 164.8}) {
            const double at = static_cast<double>(index) / rate;
            chord += 0.25 * (std::sin(two_pi * part * at) + 0.4 * std::sin(two_pi * 2 * part * at));
        }
        const double beat = std::exp(-time * 40.0) * drum[index];
        signal[index] = tone + chord + 1.2 * beat;
    }
    return scaled(std::move(signal), 1'800.0);
}

/// Keys, about six in a second: two clicks each, with the ring of a table.
inline Signal typing(std::size_t count, unsigned seed = 13) {
    std::mt19937 random(seed);
    Signal signal(count);
    std::size_t next = 2'000;
    while (next + 4'000 < count) {
        std::normal_distribution<double> normal(0.0, 1.0);
        const double loud = 4'000.0 + static_cast<double>(random() % 6'000);
        for (const std::size_t offset : {std::size_t{0}, std::size_t{1'100}}) {
            for (std::size_t index = 0; index < 1'200; ++index) {
                const double time = static_cast<double>(index) / rate;
                const double ring = std::sin(two_pi * 480.0 * time) * std::exp(-time * 90.0);
                signal[next + offset + index] +=
                    (offset == 0 ? 1.0 : 0.4) * loud *
                    (normal(random) * std::exp(-time * 500.0) + 0.3 * ring);
            }
        }
        next += 1'600 + random() % 2'400;
    }
    return signal;
}

/// A cough every 1.5 s: a burst of breath, and a short rough voice behind it.
inline Signal coughs(std::size_t count, unsigned seed = 14) {
    Signal breath = low_pass(white(count, seed), 2'500.0);
    const double loud = level(breath);
    double phase = 0.0;
    std::mt19937 random(seed);
    for (std::size_t index = 0; index < count; ++index) {
        const double time = static_cast<double>(index % (rate * 3 / 2)) / rate;
        const double burst =
            time < 0.3 ? std::exp(-time * 14.0) * std::min(time * 200.0, 1.0) : 0.0;
        const bool voiced = time > 0.05 && time < 0.22;
        phase += two_pi * (170.0 - 200.0 * time + static_cast<double>(random() % 60)) / rate;
        double voice = 0.0;
        for (int harmonic = 1; voiced && harmonic <= 12; ++harmonic) {
            voice += std::sin(harmonic * phase) / harmonic;
        }
        breath[index] = burst * breath[index] + (voiced ? 1.2 * loud * burst * voice : 0.0);
    }
    return scaled(std::move(breath), 1'800.0);
}

/// Things that fall over: single clicks and knocks.
inline Signal clicks(std::size_t count, unsigned seed = 15) {
    std::mt19937 random(seed);
    Signal signal(count);
    for (std::size_t next = 3'000; next + 3'000 < count; next += 6'000 + random() % 9'000) {
        const double hz = 150.0 + static_cast<double>(random() % 500);
        for (std::size_t index = 0; index < 2'400; ++index) {
            const double time = static_cast<double>(index) / rate;
            signal[next + index] = (index < 8 ? 18'000.0 : 0.0) +
                                   9'000.0 * std::sin(two_pi * hz * time) * std::exp(-time * 45.0);
        }
    }
    return signal;
}

/// Several people far away: pieces of a recording, one over the other.
inline Signal babble(const std::vector<std::int16_t>& speech, std::size_t count) {
    Signal signal(count);
    constexpr std::size_t voices = 7;
    for (std::size_t voice = 0; voice < voices; ++voice) {
        const std::size_t from = voice * speech.size() / voices;
        for (std::size_t index = 0; index < count && !speech.empty(); ++index) {
            signal[index] += speech[(from + index) % speech.size()];
        }
    }
    return scaled(low_pass(std::move(signal), 2'500.0), 1'800.0);
}

inline std::vector<std::int16_t> to_samples(const Signal& signal) {
    std::vector<std::int16_t> samples(signal.size());
    for (std::size_t index = 0; index < signal.size(); ++index) {
        samples[index] =
            static_cast<std::int16_t>(std::lround(std::clamp(signal[index], -32'768.0, 32'767.0)));
    }
    return samples;
}

}  // namespace studio::sounds
