#pragma once

#include <string>
#include <string_view>
#include <vector>

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
    /// Number words: a transcript that ends in several may be a number in progress.
    std::vector<std::string> numbers;
};

/// The list for English. Other languages get theirs from the agent's options; without one nothing
/// is held to be unfinished except by punctuation.
[[nodiscard]] const TurnWords& english_turn_words();

/// The words of a transcript in lower case without punctuation; hyphens and apostrophes stay.
/// Bytes above 127 are letters.
[[nodiscard]] std::vector<std::string> words_of(std::string_view transcript);

/// Whether the speaker plainly means to go on.
[[nodiscard]] bool sounds_unfinished(std::string_view transcript, const TurnWords& words);

/// Whether it holds a real word: one that is neither a noise nor part of a backchannel. Several
/// backchannels in a row are still none.
[[nodiscard]] bool has_real_words(std::string_view transcript, const TurnWords& words);

/// Whether nothing was said: no words, or noises only.
[[nodiscard]] bool is_only_noise(std::string_view transcript, const TurnWords& words);

}  // namespace studio::core
