#include "core/turn/words/languages.hpp"

namespace studio::core {

namespace {

DictationWords english_dictation_words() {
    return {.digits = {"zero", "oh", "o", "one", "two", "three", "four", "five", "six", "seven",
                       "eight", "nine"},
            .pairs = {"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen",
                      "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty",
                      "sixty", "seventy", "eighty", "ninety"},
            .multipliers = {"double", "triple"},
            .code_words = {"alpha", "alfa",     "bravo",  "charlie", "delta",   "echo",   "foxtrot",
                           "golf",  "hotel",    "india",  "juliet",  "juliett", "kilo",   "lima",
                           "mike",  "november", "oscar",  "papa",    "quebec",  "romeo",  "sierra",
                           "tango", "uniform",  "victor", "whiskey", "xray",    "yankee", "zulu"},
            .examples = {"as in", "for", "like", "is for"},
            .symbols = {"dot", "dash", "hyphen", "underscore", "slash"},
            .at_signs = {"at"},
            .mail_hosts = {"gmail", "yahoo", "hotmail", "outlook", "icloud", "aol", "gmx"},
            .date_parts = {"january",    "february",  "march",     "april",        "may",
                           "june",       "july",      "august",    "september",    "october",
                           "november",   "december",  "first",     "second",       "third",
                           "fourth",     "fifth",     "sixth",     "seventh",      "eighth",
                           "ninth",      "tenth",     "eleventh",  "twelfth",      "thirteenth",
                           "fourteenth", "fifteenth", "sixteenth", "seventeenth",  "eighteenth",
                           "nineteenth", "twentieth", "thirtieth", "twenty first", "the",
                           "of"},
            .abbreviations = {"a m", "p m", "t v", "u s", "u k", "u s a", "i d", "o k"},
            .before_years = {"in", "since", "of", "from", "until", "by", "the year", "around"},
            .fillers = {"um", "uh", "er", "erm", "hmm"},
            .requests = {"phone number",
                         "telephone number",
                         "mobile number",
                         "cell number",
                         "contact number",
                         "callback number",
                         "number to reach",
                         "number can we reach",
                         "best number",
                         "card number",
                         "account number",
                         "reference number",
                         "booking number",
                         "booking reference",
                         "confirmation number",
                         "confirmation code",
                         "order number",
                         "policy number",
                         "member number",
                         "membership number",
                         "serial number",
                         "security code",
                         "zip code",
                         "post code",
                         "postcode",
                         "postal code",
                         "date of birth",
                         "born",
                         "spell",
                         "e mail",
                         "email",
                         "mail address"}};
}

}  // namespace

const TurnWords& english_turn_words() {
    static const TurnWords words{
        .unfinished_ends = {"and",       "or",         "but",        "so",           "because",
                            "if",        "when",       "while",      "that",         "which",
                            "then",      "than",       "as",         "since",        "until",
                            "unless",    "although",   "to",         "for",          "with",
                            "at",        "in",         "on",         "of",           "from",
                            "by",        "about",      "into",       "between",      "under",
                            "the",       "a",          "an",         "my",           "your",
                            "his",       "her",        "our",        "their",        "this",
                            "these",     "those",      "um",         "uh",           "er",
                            "erm",       "hmm",        "like",       "well",         "is",
                            "are",       "was",        "were",       "am",           "i",
                            "we",        "i'm",        "i'd",        "i'll",         "we'd",
                            "i'd like",  "would like", "can you",    "could you",    "i want",
                            "i need",    "let me",     "my name is", "it's",         "what about",
                            "how about", "please can", "let me see", "let me check", "let me think",
                            "hold on",   "hang on",    "one second", "one moment"},
        // A recogniser that sets full stops sets them behind these too.
        .never_ends = {"and", "or", "because", "the", "a", "an", "my", "i'd", "i'd like",
                       "would like", "i would like to", "i want to", "i need to", "going to",
                       "my name is", "my number is", "i'm"},
        .backchannels = {"mm-hm",  "mm hm",  "mhm",       "mm",      "mmm",    "hm",
                         "hmm",    "mm-hmm", "mmhmm",     "mm hmm",  "mmhm",   "mhmm",
                         "uh-hum", "uhhuh",  "yup",       "uh-huh",  "uh huh", "yeah",
                         "yep",    "yes",    "okay",      "ok",      "right",  "sure",
                         "i see",  "got it", "all right", "alright", "oh",     "ah",
                         "aha",    "cool",   "good",      "great",   "really", "wow"},
        .noises = {"um", "uh", "er", "erm", "huh", "eh", "ugh"},
        .interruptions = {"stop", "wait", "no", "nope", "hold", "hang", "sorry", "excuse", "pardon",
                          "help", "hey", "hello", "bye"},
        .dictation = english_dictation_words()};
    return words;
}

}  // namespace studio::core
