#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "audio/silero/network.hpp"
#include "base/metric.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ports/speech_judge.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

struct SileroOptions {
    /// Windows computed at once: from 8 on a further one gains nothing (bench/results).
    std::size_t batch_max = 16;
    /// How long a window may wait for those of other calls. Less than the tick of 20 ms at which
    /// its call asks for the verdict, by what a busy loop's timers are late.
    milliseconds delay{14};
    /// Windows that may wait on a loop; at this many they are judged at once. 512 take half a MiB
    /// and are judged in some 6 ms.
    std::size_t waiting_max = 512;
};

/// Reads silero-vad/weights.bin below `folder`, where tools/speech put it. The error is a line for
/// people. Blocks; at start.
[[nodiscard]] Result<std::shared_ptr<const audio::silero::Model>, std::string> load_silero(
    const std::string& folder);

/// The network of Silero VAD for the calls of one loop. The calls of a loop tick one after the
/// other within 20 ms: their windows gather for most of that, and are judged in batches. Metrics
/// studio_vad_windows_total and studio_vad_batches_total. No allocation per window.
class SileroJudge final : public SpeechJudge {
public:
    /// The loop outlives it. The model is shared by the loops of a process.
    SileroJudge(runtime::Loop& loop, std::shared_ptr<const audio::silero::Model> model,
                SileroOptions options = {});

    [[nodiscard]] std::unique_ptr<SpeechEar> open() override;

private:
    class Ear;
    struct Waiting {
        /// nullptr where the call has ended.
        Ear* ear = nullptr;
        std::array<std::int16_t, audio::speech_window_samples> samples{};
    };

    void add(Ear& ear, audio::SpeechWindow window);
    void forget(const Ear& ear);
    void judge_all();
    void judge_some();

    runtime::Loop& loop_;
    audio::silero::Network network_;
    SileroOptions options_;
    std::vector<Waiting> waiting_;
    std::size_t waiting_count_ = 0;
    /// The batch that is being judged, and whose windows they are.
    std::vector<audio::silero::Question> questions_;
    std::vector<Ear*> ears_;
    /// Where those lie that wait for the next one.
    std::vector<std::size_t> order_;
    std::uint64_t batches_ = 0;
    std::unique_ptr<runtime::Timer> timer_;
    Counter& windows_total_;
    Counter& batches_total_;
};

}  // namespace studio::adapters
