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
    /// Those of them with which no sentence ends, so that it goes on behind a full stop too: "I
    /// would like to." is what recognisers make of a pause for breath.
    std::vector<std::string> never_ends;
    /// Heard alone they mean "go on", not "stop": "mm-hm", "yeah".
    std::vector<std::string> backchannels;
    /// Sounds that recognisers write down although nothing was said.
    std::vector<std::string> noises;
    /// One of them alone stops the agent as soon as it is heard.
    std::vector<std::string> interruptions;
    DictationWords dictation;
    /// Whether the language writes spaces between its words. Where it does not, the entries above
    /// are found at any place between two marks, and a character counts as two letters.
    bool is_spaced = true;
};

/// The words of a language by its code (BCP 47; of "en-IN" the "en" counts): en, es, de, fr, pt,
/// hi, ja and zh. Of any other only what people hum nearly everywhere; there nothing is held to be
/// unfinished except by punctuation. Lives as long as the process.
[[nodiscard]] const TurnWords& turn_words(std::string_view language);
[[nodiscard]] const TurnWords& english_turn_words();

/// The words of a transcript in lower case (ASCII and Latin-1) without punctuation; hyphens and
/// apostrophes stay. Bytes above 127 are letters, but for the punctuation of Unicode that
/// recognisers write.
[[nodiscard]] std::vector<std::string> words_of(std::string_view transcript);

/// Whether the speaker plainly means to go on.
[[nodiscard]] bool sounds_unfinished(std::string_view transcript, const TurnWords& words);

/// Whether a recogniser that sets full stops set one, or a question mark, where a sentence may end.
[[nodiscard]] bool sounds_complete(std::string_view transcript, const TurnWords& words);

/// What the words of a transcript tell about the end of a turn.
enum class Finish : std::uint8_t {
    /// The speaker plainly means to go on: a comma, "I would like to", half a number.
    goes_on,
    /// It may be over or not. A full stop is no more than that: recognisers that decode pieces set
    /// one behind each of them. So is a last word with which a sentence seldom ends: "for".
    open,
    /// A question, or a shout.
    over,
};
[[nodiscard]] Finish finish_of(std::string_view transcript, const TurnWords& words);

/// Whether it holds a real word: one that is neither a noise nor part of a backchannel. Several
/// backchannels in a row are still none.
[[nodiscard]] bool has_real_words(std::string_view transcript, const TurnWords& words);

/// How many real words it holds, counted up to `most`; where no spaces are written, two characters
/// count as a word.
[[nodiscard]] std::size_t count_real_words(std::string_view transcript, const TurnWords& words,
                                           std::size_t most);

/// Whether its first word that is more than a backchannel tells the agent to be silent: "wait",
/// "yeah no".
[[nodiscard]] bool is_stop(std::string_view transcript, const TurnWords& words);

/// Whether the first words of `now` were in `before` already: up to the first real word, which is
/// complete where another follows it. What a recogniser has kept over two partial transcripts it
/// keeps.
[[nodiscard]] bool has_survived(std::string_view before, std::string_view now,
                                const TurnWords& words);

/// Whether two transcripts hold the same words, whatever their case and marks.
[[nodiscard]] bool same_words(std::string_view one, std::string_view other);

/// Whether `text` holds the words of `beginning`, and perhaps more behind them.
[[nodiscard]] bool begins_with_words(std::string_view text, std::string_view beginning);

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
