#include "core/turn/turn_text.hpp"

#include <algorithm>
#include <cstddef>

namespace studio::core {

namespace {

bool is_word_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '\'' ||
           byte == '-' || static_cast<unsigned char>(byte) >= 0x80U;
}

char lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

/// How many words of `entry` match at `index`; zero where it does not.
std::size_t match_at(const std::vector<std::string>& words, std::size_t index,
                     const std::string& entry) {
    const std::vector<std::string> parts = words_of(entry);
    if (parts.empty() || index + parts.size() > words.size()) {
        return 0;
    }
    const auto from = words.begin() + static_cast<std::ptrdiff_t>(index);
    return std::equal(parts.begin(), parts.end(), from) ? parts.size() : 0;
}

/// The longest entry of a list that matches at `index`, in words.
std::size_t longest_at(const std::vector<std::string>& words, std::size_t index,
                       const std::vector<std::string>& entries) {
    std::size_t longest = 0;
    for (const std::string& entry : entries) {
        longest = std::max(longest, match_at(words, index, entry));
    }
    return longest;
}

bool ends_in(const std::vector<std::string>& words, const std::vector<std::string>& entries) {
    return std::any_of(entries.begin(), entries.end(), [&words](const std::string& entry) {
        const std::size_t size = words_of(entry).size();
        return size <= words.size() && match_at(words, words.size() - size, entry) > 0;
    });
}

bool is_number(const std::string& word, const TurnWords& lists) {
    const bool digits =
        std::all_of(word.begin(), word.end(), [](char byte) { return byte >= '0' && byte <= '9'; });
    return digits ||
           std::find(lists.numbers.begin(), lists.numbers.end(), word) != lists.numbers.end();
}

/// Someone who reads out a telephone or card number pauses between groups: three numbers in a row
/// at the end, which is more than a time or an amount has, and fewer than a telephone number.
bool number_in_progress(const std::vector<std::string>& words, const TurnWords& lists) {
    std::size_t run = 0;
    while (run < words.size() && is_number(words[words.size() - 1 - run], lists)) {
        ++run;
    }
    return run >= 3 && run < 7;
}

}  // namespace

const TurnWords& english_turn_words() {
    static const TurnWords words{
        .unfinished_ends = {"and",       "or",         "but",        "so",        "because",
                            "if",        "when",       "while",      "that",      "which",
                            "then",      "than",       "as",         "since",     "until",
                            "unless",    "although",   "to",         "for",       "with",
                            "at",        "in",         "on",         "of",        "from",
                            "by",        "about",      "into",       "between",   "under",
                            "the",       "a",          "an",         "my",        "your",
                            "his",       "her",        "our",        "their",     "this",
                            "these",     "those",      "um",         "uh",        "er",
                            "erm",       "hmm",        "like",       "well",      "is",
                            "are",       "was",        "were",       "am",        "i",
                            "we",        "i'm",        "i'd",        "i'll",      "we'd",
                            "i'd like",  "would like", "can you",    "could you", "i want",
                            "i need",    "let me",     "my name is", "it's",      "what about",
                            "how about", "please can"},
        .backchannels = {"mm-hm",  "mm hm",  "mhm",   "mm",     "mmm",       "hm",      "hmm",
                         "uh-huh", "uh huh", "yeah",  "yep",    "yes",       "okay",    "ok",
                         "right",  "sure",   "i see", "got it", "all right", "alright", "oh",
                         "ah",     "aha",    "cool",  "good",   "great",     "really",  "wow"},
        .noises = {"um", "uh", "er", "erm", "huh", "eh", "ugh"},
        .numbers = {"zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight",
                    "nine", "ten", "double", "triple"}};
    return words;
}

std::vector<std::string> words_of(std::string_view transcript) {
    std::vector<std::string> words;
    std::string word;
    const auto finish_word = [&words, &word] {
        // A hyphen or apostrophe alone is punctuation.
        if (word.find_first_not_of("-'") != std::string::npos) {
            words.push_back(word);
        }
        word.clear();
    };
    for (const char byte : transcript) {
        const char small = lower(byte);
        if (is_word_byte(small)) {
            word += small;
        } else {
            finish_word();
        }
    }
    finish_word();
    return words;
}

bool sounds_unfinished(std::string_view transcript, const TurnWords& words) {
    const std::size_t last = transcript.find_last_not_of(" \t\n");
    if (last == std::string_view::npos) {
        return false;
    }
    const char end = transcript[last];
    if (end == ',' || end == '-' || end == ':') {
        return true;
    }
    // A recogniser that sets full stops has judged the sentence itself.
    if (end == '?' || end == '!' || (end == '.' && !transcript.substr(0, last).ends_with('.'))) {
        return false;
    }
    const std::vector<std::string> said = words_of(transcript);
    return end == '.' || ends_in(said, words.unfinished_ends) || number_in_progress(said, words);
}

bool has_real_words(std::string_view transcript, const TurnWords& words) {
    const std::vector<std::string> said = words_of(transcript);
    std::size_t index = 0;
    while (index < said.size()) {
        const std::size_t skipped = std::max(longest_at(said, index, words.backchannels),
                                             longest_at(said, index, words.noises));
        if (skipped == 0) {
            return true;
        }
        index += skipped;
    }
    return false;
}

bool is_only_noise(std::string_view transcript, const TurnWords& words) {
    const std::vector<std::string> said = words_of(transcript);
    std::size_t index = 0;
    while (index < said.size()) {
        const std::size_t skipped = longest_at(said, index, words.noises);
        if (skipped == 0) {
            return false;
        }
        index += skipped;
    }
    return true;
}

}  // namespace studio::core
