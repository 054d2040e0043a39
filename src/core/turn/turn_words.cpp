#include <algorithm>

#include "core/turn/words/languages.hpp"

namespace studio::core {

namespace {

/// What people hum and say nearly everywhere, and what recognisers write of it. No language's own
/// words: "no" means two things in the languages that have it.
TurnWords common_turn_words() {
    return {.unfinished_ends = entries("um, uh, erm, hmm"),
            .never_ends = {},
            .backchannels = entries("mm-hm, mm-hmm, mm hm, mm hmm, mhm, mm, mmm, hm, hmm, aha, "
                                    "uh-huh, ok, okay, oh, ah"),
            .noises = entries("um, uh, er, erm, eh"),
            .interruptions = entries("stop, hello"),
            .dictation = {}};
}

std::string primary_subtag(std::string_view language) {
    std::string primary(language.substr(0, language.find_first_of("-_")));
    std::transform(primary.begin(), primary.end(), primary.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return primary;
}

}  // namespace

std::vector<std::string> entries(std::string_view comma_separated) {
    std::vector<std::string> list;
    while (!comma_separated.empty()) {
        const std::size_t end = std::min(comma_separated.find(','), comma_separated.size());
        std::string_view entry = comma_separated.substr(0, end);
        comma_separated.remove_prefix(std::min(end + 1, comma_separated.size()));
        const std::size_t first = entry.find_first_not_of(' ');
        if (first != std::string_view::npos) {
            entry = entry.substr(first, entry.find_last_not_of(' ') + 1 - first);
            list.emplace_back(entry);
        }
    }
    return list;
}

const TurnWords& turn_words(std::string_view language) {
    // Made once each, and never changed: every call of the process reads the same lists.
    static const TurnWords chinese = chinese_turn_words();
    static const TurnWords common = common_turn_words();
    static const TurnWords french = french_turn_words();
    static const TurnWords german = german_turn_words();
    static const TurnWords hindi = hindi_turn_words();
    static const TurnWords japanese = japanese_turn_words();
    static const TurnWords portuguese = portuguese_turn_words();
    static const TurnWords spanish = spanish_turn_words();
    const struct {
        std::string_view code;
        const TurnWords& words;
    } known[] = {{"en", english_turn_words()},
                 {"es", spanish},
                 {"de", german},
                 {"fr", french},
                 {"pt", portuguese},
                 {"hi", hindi},
                 {"ja", japanese},
                 {"zh", chinese},
                 {"cmn", chinese}};
    const std::string primary = primary_subtag(language);
    for (const auto& [code, words] : known) {
        if (code == primary) {
            return words;
        }
    }
    return common;
}

}  // namespace studio::core
