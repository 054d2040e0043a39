#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace studio::core {

/// How easily the caller takes the turn from the agent.
enum class Interruptions : std::uint8_t { eager, normal, patient, off };

/// What that means in delays and words. The caller's voice makes the agent quieter in every profile
/// but `off`; only what is understood, and stands, stops it for good.
struct InterruptionProfile {
    std::string_view name;
    /// False: nothing that is said stops the agent; it is answered when the agent has finished.
    bool is_allowed = true;
    /// Speech of so many frames of 20 ms ducks the agent: 80 ms leave 70 of 150 to the voice
    /// detector's own delay and the tick.
    int duck_frames = 4;
    /// From the first frame of speech until a ducked agent is stopped or resumes. Under 500 ms by
    /// the tick of 20 ms and the voice detector's delay.
    milliseconds decision_delay{440};
    /// Words that no second partial transcript has confirmed stop the agent when they have stood
    /// for so long; it is held meanwhile. A stop word ("wait") does not wait.
    milliseconds stable_after{240};
    /// One short word in a partial transcript may be what a recogniser makes of the beginning of
    /// "yeah": it stops the agent only where the caller has spoken for so long.
    milliseconds doubt_max{800};
    /// A single word of so many letters is no such beginning.
    std::size_t sure_letters = 5;
    /// So many words that are no backchannels are needed; fewer are answered when the agent has
    /// finished. A stop word is enough.
    std::size_t words_needed = 1;
    /// Voice alone stops the agent where the recogniser gives no partial transcripts, because
    /// waiting would mean talking over someone.
    bool by_voice = true;
    /// The recogniser's word that somebody speaks is enough, before it knows what.
    bool by_start = false;
};

/// In the order of Interruptions.
inline constexpr std::array<InterruptionProfile, 4> interruption_profiles{{
    {.name = "eager",
     .duck_frames = 3,
     .decision_delay = milliseconds(300),
     .stable_after = milliseconds(0),
     .doubt_max = milliseconds(400),
     .sure_letters = 3,
     .by_start = true},
    {.name = "normal"},
    {.name = "patient",
     .duck_frames = 8,
     .stable_after = milliseconds(300),
     .doubt_max = milliseconds(1'600),
     .words_needed = 3,
     .by_voice = false},
    {.name = "off", .is_allowed = false},
}};

[[nodiscard]] constexpr const InterruptionProfile& profile_of(Interruptions interruptions) {
    return interruption_profiles[static_cast<std::size_t>(interruptions)];
}
[[nodiscard]] constexpr std::string_view name_of(Interruptions interruptions) {
    return profile_of(interruptions).name;
}
/// Nothing for a name that none has.
[[nodiscard]] constexpr std::optional<Interruptions> parse_interruptions(std::string_view name) {
    for (std::size_t index = 0; index < interruption_profiles.size(); ++index) {
        if (interruption_profiles[index].name == name) {
            return static_cast<Interruptions>(index);
        }
    }
    return std::nullopt;
}

}  // namespace studio::core
