#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace studio::core {

/// What callers read out piece by piece, in the words of one language; lower case, entries may
/// consist of several words. All lists may be empty: groups of digits are known in every language.
struct DictationWords {
    /// Spoken digits, and letters that stand for one: "oh".
    std::vector<std::string> digits;
    /// Numbers that make two digits: "fifteen", "fifty".
    std::vector<std::string> pairs;
    /// The next digit counts twice or three times.
    std::vector<std::string> multipliers;
    /// Names of letters beside the letters themselves: "alpha", "zulu".
    std::vector<std::string> code_words;
    /// Between a letter and its example: "b as in bravo".
    std::vector<std::string> examples;
    /// Parts of addresses and numbers that are spoken: "dot", "dash".
    std::vector<std::string> symbols;
    /// The sign @ as it is spoken.
    std::vector<std::string> at_signs;
    /// Places whose address is not complete without an ending: "gmail".
    std::vector<std::string> mail_hosts;
    /// Months and ordinals: part of a date that was asked for.
    std::vector<std::string> date_parts;
    /// Single letters that are whole words: "p m", "u k".
    std::vector<std::string> abbreviations;
    /// Before them a number of four digits is a year: "in 1985".
    std::vector<std::string> before_years;
    /// Said between two pieces without an end of the dictation.
    std::vector<std::string> fillers;
    /// A sentence of the agent that holds one of these wants a number, letters or an address.
    std::vector<std::string> requests;
};

/// Whether a sentence of the agent asks for something that is read out.
[[nodiscard]] bool asks_for_dictation(std::string_view sentence, const DictationWords& words);

/// Whether someone seems to be in the middle of reading out a number, letters or an address:
/// `pieces` are what was said in this turn, one text for each utterance, so that a pause counts as
/// the end of a group. `is_asked`: the agent asked for something of the kind.
///
/// What tells it from a short answer. These count as dictation: a group of three digits or more
/// ("415", "0132"), or one with a leading zero; three single digits in a row ("four one five");
/// three letters of which two differ; a spoken or written part of an address ("john dot"). "four",
/// "two", "seven thirty", "10:30", "7 p.m." do not, unless they follow such a group or were asked
/// for. Of a whole number nothing is expected: ten digits (a telephone number, E.164 has at most
/// fifteen), sixteen in groups of four and fifteen in groups of 4, 6, 5 (payment cards, ISO/IEC
/// 7812), seven single digits in one breath, a date that ends in its year, an address with its
/// ending.
[[nodiscard]] bool dictation_goes_on(const std::vector<std::string>& pieces,
                                     const DictationWords& words, bool is_asked);

}  // namespace studio::core
