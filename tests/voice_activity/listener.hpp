#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audio/level.hpp"
#include "audio/silero/network.hpp"
#include "audio/speech_evidence.hpp"
#include "voice_activity/sounds.hpp"

namespace studio {

using Samples = std::vector<std::int16_t>;
using Probabilities = std::vector<double>;
using VoiceModel = std::shared_ptr<const audio::silero::Model>;

/// What is found in each frame of a sound.
struct Heard {
    /// By the plain detector alone.
    Probabilities plain;
    /// By both, over the agent and while the agent listens.
    Probabilities early;
    Probabilities late;
    /// By the model alone, which hears everything; for comparison.
    Probabilities model;
    /// That the model judged for early and late, of those that there were.
    std::size_t windows = 0;
    std::size_t windows_all = 0;
};

/// Hears a sound as a call does: what is judged after one frame is known at the next one.
inline Heard listen(const VoiceModel& model, const Samples& samples) {
    using audio::frame_samples;
    using audio::speech_window_samples;
    Heard heard;
    audio::silero::Network network(model, 1);
    audio::silero::Memory gated;
    audio::silero::Memory always;
    const auto judge = [&network](audio::silero::Memory& memory, audio::SpeechWindow window) {
        audio::silero::Question question{&memory, window};
        network.answer({&question, 1});
        return question.probability;
    };
    audio::SpeechEvidence evidence;
    float verdict = 0.0F;
    int fresh = 0;
    float newest = 0.0F;
    for (std::size_t at = 0; at + frame_samples <= samples.size(); at += frame_samples) {
        audio::Frame frame;
        std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(at), frame_samples,
                    frame.samples.begin());
        if (fresh > 0) {
            evidence.judged(verdict, std::exchange(fresh, 0));
        }
        evidence.hear(frame);
        heard.plain.push_back(static_cast<double>(evidence.plain()));
        heard.early.push_back(static_cast<double>(evidence.probability(true)));
        heard.late.push_back(static_cast<double>(evidence.probability(false)));
        heard.model.push_back(static_cast<double>(newest));
        while (const auto window = evidence.next_window()) {
            verdict = judge(gated, *window);
            ++fresh;
            ++heard.windows;
        }
        while ((heard.windows_all + 1) * speech_window_samples <= at + frame_samples) {
            newest = judge(always, audio::SpeechWindow(
                                       samples.data() + heard.windows_all * speech_window_samples,
                                       speech_window_samples));
            ++heard.windows_all;
        }
    }
    return heard;
}

enum class Label : std::uint8_t { speech, other, unclear };

/// What a clean recording is, frame by frame, by its level alone: speech is within 25 dB of the
/// loud frames, and gaps of up to 100 ms belong to it. Other is 30 dB below them and 160 ms away
/// from speech. What lies between is unclear, and not counted.
inline std::vector<Label> label(const Samples& clean) {
    const std::size_t count = clean.size() / audio::frame_samples;
    std::vector<double> levels(count);
    for (std::size_t index = 0; index < count; ++index) {
        levels[index] = audio::level_dbfs(
            std::span(clean).subspan(index * audio::frame_samples, audio::frame_samples));
    }
    std::vector<double> sorted = levels;
    std::sort(sorted.begin(), sorted.end());
    const double loud = sorted[count * 95 / 100];
    std::vector<bool> active(count);
    std::size_t last = count;
    for (std::size_t index = 0; index < count; ++index) {
        if (levels[index] <= loud - 25.0) {
            continue;
        }
        if (last < index && index - last <= 6) {
            std::fill(active.begin() + static_cast<std::ptrdiff_t>(last),
                      active.begin() + static_cast<std::ptrdiff_t>(index), true);
        }
        active[index] = true;
        last = index;
    }
    std::vector<Label> labels(count, Label::unclear);
    for (std::size_t index = 0; index < count; ++index) {
        const std::size_t from = index < 8 ? 0 : index - 8;
        const std::size_t until = std::min(count, index + 9);
        const bool is_near = std::any_of(active.begin() + static_cast<std::ptrdiff_t>(from),
                                         active.begin() + static_cast<std::ptrdiff_t>(until),
                                         [](bool speech) { return speech; });
        if (active[index]) {
            labels[index] = Label::speech;
        } else if (!is_near && levels[index] < loud - 30.0) {
            labels[index] = Label::other;
        }
    }
    return labels;
}

/// A recording in noise, behind two seconds of the noise alone.
struct Mixed {
    Samples samples;
    std::vector<Label> labels;
};

/// `snr_db` is the level of what is labelled speech above that of the noise.
inline Mixed mix(const Samples& clean, const sounds::Signal& noise, double snr_db) {
    constexpr std::size_t lead = 2 * sounds::rate;
    const std::vector<Label> labels = label(clean);
    sounds::Signal speech;
    for (std::size_t index = 0; index < clean.size(); ++index) {
        const std::size_t frame = index / audio::frame_samples;
        if (frame < labels.size() && labels[frame] == Label::speech) {
            speech.push_back(clean[index]);
        }
    }
    sounds::Signal both =
        sounds::scaled(noise, sounds::level(speech) / std::pow(10.0, snr_db / 20.0));
    both.resize(lead + clean.size());
    for (std::size_t index = 0; index < clean.size(); ++index) {
        both[lead + index] += clean[index];
    }
    Mixed mixed{sounds::to_samples(both), {}};
    mixed.labels.assign(lead / audio::frame_samples, Label::other);
    mixed.labels.insert(mixed.labels.end(), labels.begin(), labels.end());
    return mixed;
}

/// Of the frames with this label, the share that counts as speech.
inline double share(const Probabilities& found, const std::vector<Label>& labels, Label which,
                    double threshold = 0.5) {
    std::size_t all = 0;
    std::size_t taken = 0;
    for (std::size_t index = 0; index < std::min(found.size(), labels.size()); ++index) {
        if (labels[index] == which) {
            ++all;
            taken += found[index] >= threshold ? 1U : 0U;
        }
    }
    return all == 0 ? 0.0 : static_cast<double>(taken) / static_cast<double>(all);
}

}  // namespace studio
