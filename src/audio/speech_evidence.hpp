#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "audio/frame.hpp"
#include "audio/voice_detector.hpp"

namespace studio::audio {

/// Samples that a model judges at a time: 32 ms.
inline constexpr std::size_t speech_window_samples = 512;
using SpeechWindow = std::span<const std::int16_t, speech_window_samples>;

/// The values are measured: bench/results/voice_activity.md.
struct SpeechEvidenceOptions {
    /// From which probability of the plain detector on the model is asked. Low, because it decides
    /// nothing: it only asks.
    float open_threshold = 0.05F;
    /// After so many frames without that, and with the model's word below `close_threshold`, the
    /// model is not asked any more: half a second.
    int close_frames = 25;
    float close_threshold = 0.15F;
    /// Windows from before the first sign that the model hears first, 128 ms: it judges by what it
    /// heard before.
    std::uint64_t catch_up_windows = 4;
    /// The plain detector's word may count until the model has judged so many windows that ended
    /// after it rose, 96 ms ...
    std::uint64_t early_windows = 3;
    /// ... or one of them, and found less than this: real speech is never that unlikely by then.
    float veto_threshold = 0.1F;
    /// After so many frames that do not stand out of the background the lesser word counts: the
    /// model lets go of a word 60 ms later than the plain detector does.
    int hush_frames = 3;
};

/// Joins the plain detector, which is quick and costs next to nothing, and a model, which knows
/// speech from other voiced sounds. The plain detector is a gate: without any sign of speech the
/// model is not asked. When it opens, the model is given the last windows, and then every one.
///
///   quiet --any sign of speech--> asking --half a second of nothing--> quiet
///   (plain)                       (the model, but early the greater of both)
///
/// Sans-IO: whoever owns it has the windows judged, in order, and brings back what was found. No
/// allocation; one owner.
class SpeechEvidence {
public:
    explicit SpeechEvidence(const SpeechEvidenceOptions& options = {});

    /// 20 ms were heard.
    void hear(const Frame& frame);
    /// The next window to be judged, oldest first; valid until the next hear(). Windows that are
    /// not taken are lost after a while.
    [[nodiscard]] std::optional<SpeechWindow> next_window();
    /// The model has judged `windows` more, the newest with this result.
    void judged(float probability, int windows);

    /// How likely the newest frame belongs to speech, 0 to 1. `early`: a new sound counts as what
    /// the plain detector holds it for until the model has heard enough of it. That is quick, and
    /// now and then wrong for a tenth of a second.
    [[nodiscard]] float probability(bool early) const;
    /// What the plain detector alone says.
    [[nodiscard]] float plain() const { return plain_; }
    /// Whether the model is asked.
    [[nodiscard]] bool is_asking() const { return is_asking_; }

private:
    static constexpr std::size_t windows_kept = 8;

    void keep(const Frame& frame);
    void watch_plain();
    void start_asking();

    SpeechEvidenceOptions options_;
    VoiceDetector detector_;
    float plain_ = 0.0F;
    /// The plain detector holds it for speech, and since which window.
    bool is_plain_speech_ = false;
    std::uint64_t plain_since_ = 0;
    int hush_frames_ = 0;

    bool is_asking_ = false;
    int quiet_frames_ = 0;
    float judged_ = 0.0F;

    /// Windows since the beginning that are whole, taken and judged. The newest whole ones are
    /// kept, and the one that is being filled.
    std::uint64_t whole_ = 0;
    std::uint64_t taken_ = 0;
    std::uint64_t judged_until_ = 0;
    std::size_t in_window_ = 0;
    std::array<std::array<std::int16_t, speech_window_samples>, windows_kept> ring_{};
};

}  // namespace studio::audio
