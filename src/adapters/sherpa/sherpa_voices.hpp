#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/espeak/espeak_phonemes.hpp"
#include "base/result.hpp"
#include "runtime/blocking_pool.hpp"

namespace studio::adapters {

namespace sherpa {
struct VoiceFolder;
class VoiceLane;
class VoiceModel;
using OpenVoice =
    std::function<Result<std::unique_ptr<VoiceModel>, std::string>(const VoiceFolder&)>;
}  // namespace sherpa

struct SherpaVoicesOptions {
    /// Holds a folder for each voice, and `lib` with the library. Empty: there are no voices.
    std::string folder;
    /// Pieces of speech that are made at once in the process, each on one core.
    std::size_t width = 1;
    /// Pieces that wait; a call has one at a time.
    std::size_t waiting_max = 256;
};

/// The neural voices of a process, which every loop shares: a network has 60 MB and is loaded once,
/// with the first text that it speaks or by preload(). Any thread.
class SherpaVoices {
public:
    /// Looks for voices; reads files, at start-up. `phonemes` outlives it.
    SherpaVoices(SherpaVoicesOptions options, PhonemeSource& phonemes);
    /// The same with other networks, for tests.
    SherpaVoices(SherpaVoicesOptions options, PhonemeSource& phonemes, sherpa::OpenVoice open);
    ~SherpaVoices();
    SherpaVoices(const SherpaVoices&) = delete;
    SherpaVoices& operator=(const SherpaVoices&) = delete;

    [[nodiscard]] bool is_empty() const;
    /// Sorted.
    [[nodiscard]] std::vector<std::string> names() const;
    /// The voice of that name; with an empty one the first that speaks the language, rather one of
    /// the same country. Its language, and whether it has a voice at all: empty where there is
    /// none.
    [[nodiscard]] std::string name_for(std::string_view name, std::string_view language) const;
    /// As an agent writes it (`en-US`). Precondition: one of names().
    [[nodiscard]] std::string language_of(std::string_view name) const;
    /// Loads the voice for a language on the pool, where there is one, so that the first call need
    /// not wait for it.
    void preload(runtime::BlockingPool& pool, std::string_view language);

    struct Voice;
    /// For the adapter. nullptr for none.
    [[nodiscard]] Voice* find(std::string_view name);
    /// Loads its network where that is still to be done; blocks. The error is for operators; a
    /// voice that could not be loaded is not tried again.
    [[nodiscard]] Result<sherpa::VoiceModel*, std::string> load(Voice& voice);
    [[nodiscard]] static const sherpa::VoiceFolder& folder_of(const Voice& voice);
    [[nodiscard]] PhonemeSource& phonemes() { return phonemes_; }
    [[nodiscard]] sherpa::VoiceLane& lane() { return *lane_; }

private:
    PhonemeSource& phonemes_;
    sherpa::OpenVoice open_;
    std::unique_ptr<sherpa::VoiceLane> lane_;
    /// Sorted by name; they stay where they are.
    std::vector<std::unique_ptr<Voice>> voices_;
};

}  // namespace studio::adapters
