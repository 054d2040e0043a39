#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/turn/dictation.hpp"

namespace studio::core {

/// What the words of a language tell about turns. Words are lower case, without punctuation;
/// entries may consist of several words.
struct TurnWords {
    /// A transcript that ends in one of these goes on: conjunctions, prepositions, fillers,
    /// openings.
    std::vector<std::string> unfinished_ends;
    /// Heard alone they mean "go on", not "stop": "mm-hm", "yeah".
    std::vector<std::string> backchannels;
    /// Sounds that recognisers write down although nothing was said.
    std::vector<std::string> noises;
    /// One of them alone stops the agent as soon as it is heard.
    std::vector<std::string> interruptions;
    DictationWords dictation;
};

/// The list for English. Other languages get theirs from the agent's options; without one nothing
/// is held to be unfinished except by punctuation.
[[nodiscard]] const TurnWords& english_turn_words();

/// The words of a transcript in lower case without punctuation; hyphens and apostrophes stay. Bytes
/// above 127 are letters, but for the punctuation of Unicode that recognisers write.
[[nodiscard]] std::vector<std::string> words_of(std::string_view transcript);

/// Whether the speaker plainly means to go on.
[[nodiscard]] bool sounds_unfinished(std::string_view transcript, const TurnWords& words);

/// Whether it holds a real word: one that is neither a noise nor part of a backchannel. Several
/// backchannels in a row are still none.
[[nodiscard]] bool has_real_words(std::string_view transcript, const TurnWords& words);

/// How sure it is that a partial transcript, heard over the agent, holds words of an interruption.
enum class Evidence : std::uint8_t {
    /// No words, or backchannels.
    none,
    /// What may become a backchannel with its next sound, or a word: "ye", "m", "a".
    stump,
    /// One short word, with which partial transcripts of "yeah" and "mm-hm" often begin: "he",
    /// "ca".
    doubtful,
    /// Two words, a word of TurnWords::interruptions, or a word of `sure_letters` letters.
    sure,
};
[[nodiscard]] Evidence evidence_of(std::string_view partial, const TurnWords& words,
                                   std::size_t sure_letters);

/// Whether nothing was said: no words, or noises only.
[[nodiscard]] bool is_only_noise(std::string_view transcript, const TurnWords& words);

}  // namespace studio::core
