#include "adapters/pocketsphinx/internal/vocabulary.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <utility>

#include "adapters/pocketsphinx/internal/sphinx.hpp"

namespace studio::adapters::pocketsphinx {

namespace {

constexpr std::size_t phrases_max = 200;
constexpr std::size_t phrase_bytes_max = 200;
constexpr std::size_t grammar_bytes_max = 16'384;
/// Bounds the memory and time of compiling a grammar, whose rules multiply.
constexpr std::size_t grammar_words_max = 5'000;
/// Of the probability after a word, what is kept for words that no phrase has there.
constexpr double backed_off = 0.2;

std::vector<std::string> words_of(std::string_view text) {
    std::string clean;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool belongs = std::isalnum(byte) != 0 || letter == '\'' || letter == '-' ||
                             letter == '.' || byte >= 0x80U;
        clean += belongs ? static_cast<char>(std::tolower(byte)) : ' ';
    }
    std::vector<std::string> words;
    std::istringstream stream(clean);
    for (std::string word; stream >> word;) {
        // A full stop belongs to words such as "a.m." but not to the end of a sentence.
        while (!word.empty() && (word.back() == '-' || word.find('.') == word.size() - 1)) {
            word.pop_back();
        }
        if (!word.empty()) {
            words.push_back(std::move(word));
        }
    }
    return words;
}

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += text.empty() ? word : ' ' + word;
    }
    return text;
}

OptionError unknown_word(std::string path, std::string_view word) {
    return {std::move(path),
            "the word '" + std::string(word) + "' is not in the recogniser's dictionary"};
}

void parse_phrases(const Json& value, const Vocabulary& vocabulary, Hints& hints,
                   std::vector<OptionError>& errors) {
    if (!value.is_array() || value.get_array().size() > phrases_max) {
        errors.push_back({"phrases", "must be a list of at most 200 texts"});
        return;
    }
    std::size_t index = 0;
    for (const Json& entry : value.get_array()) {
        const std::string path = "phrases[" + std::to_string(index++) + "]";
        if (!entry.is_string() || entry.get_string().size() > phrase_bytes_max) {
            errors.push_back({path, "must be a text of at most 200 bytes"});
            continue;
        }
        const std::vector<std::string> words = words_of(entry.get_string());
        if (words.empty()) {
            errors.push_back({path, "must have a word"});
            continue;
        }
        for (const std::string& word : words) {
            if (!vocabulary.empty() && !vocabulary.contains(word)) {
                errors.push_back(unknown_word(path, word));
            }
        }
        hints.phrases.push_back(join(words));
    }
}

template <auto Function>
struct Deleter {
    template <class Object>
    void operator()(Object* object) const {
        Function(object);
    }
};

void check_words(const std::string& grammar, const Vocabulary& vocabulary,
                 std::vector<OptionError>& errors) {
    err_set_logfp(nullptr);
    const std::unique_ptr<jsgf_t, Deleter<jsgf_grammar_free>> jsgf(
        jsgf_parse_string(grammar.c_str(), nullptr));
    jsgf_rule_t* const rule = jsgf ? jsgf_get_public_rule(jsgf.get()) : nullptr;
    if (rule == nullptr) {
        errors.push_back({"grammar", "is not a JSGF grammar with a public rule"});
        return;
    }
    constexpr double base_of_the_model = 1.0001;
    const std::unique_ptr<logmath_t, Deleter<logmath_free>> logmath(
        logmath_init(base_of_the_model, 0, 0));
    const std::unique_ptr<fsg_model_t, Deleter<fsg_model_free>> fsg(
        jsgf_build_fsg(jsgf.get(), rule, logmath.get(), 1.0F));
    if (!fsg) {
        errors.push_back({"grammar", "cannot be compiled: a rule is missing or contains itself"});
        return;
    }
    for (int index = 0; index < fsg->n_word; ++index) {
        const std::string_view word = fsg->vocab[index];
        if (!vocabulary.empty() && !word.starts_with('<') && !vocabulary.contains(word)) {
            errors.push_back(unknown_word("grammar", word));
        }
    }
}

void parse_grammar(const Json& value, const Vocabulary& vocabulary, Hints& hints,
                   std::vector<OptionError>& errors) {
    if (!value.is_string() || value.get_string().size() > grammar_bytes_max) {
        errors.push_back({"grammar", "must be a JSGF grammar of at most 16384 bytes"});
        return;
    }
    hints.grammar = value.get_string();
    if (hints.grammar.find("import") != std::string::npos ||
        hints.grammar.find('\0') != std::string::npos) {
        // An import would read files of this machine.
        errors.push_back({"grammar", "must not import another grammar"});
        return;
    }
    const std::size_t size = expanded_size(hints.grammar);
    if (size == 0 || size > grammar_words_max) {
        errors.push_back({"grammar",
                          "must have words, name only rules that it has, none that "
                          "contains itself, and at most 5000 words written out"});
        return;
    }
    check_words(hints.grammar, vocabulary, errors);
}

using Rules = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Tokens of each rule: `<name>` for a rule, else a word. Weights, tags and signs are left out.
Rules read_rules(std::string_view grammar) {
    Rules rules;
    std::istringstream statements{std::string(grammar)};
    for (std::string statement; std::getline(statements, statement, ';');) {
        const std::size_t equals = statement.find('=');
        const std::size_t open = statement.find('<');
        const std::size_t close = statement.find('>');
        if (equals == std::string::npos || close == std::string::npos || open > close ||
            close > equals) {
            continue;
        }
        std::vector<std::string>& tokens = rules[statement.substr(open, close - open + 1)];
        std::string token;
        for (const char letter : statement.substr(equals + 1) + ' ') {
            const bool ends = std::isspace(static_cast<unsigned char>(letter)) != 0 ||
                              std::string_view("|()[]*+").find(letter) != std::string_view::npos;
            if (letter == '<' || ends) {
                if (!token.empty()) {
                    tokens.push_back(std::exchange(token, {}));
                }
            }
            if (!ends) {
                token += letter;
            }
            if (letter == '>') {
                tokens.push_back(std::exchange(token, {}));
            }
        }
    }
    return rules;
}

/// Words of a rule written out, at most grammar_words_max + 1; 0 where it contains itself or
/// misses.
std::size_t size_of_rule(const std::string& name, const Rules& rules,
                         std::map<std::string, std::size_t>& known, std::set<std::string>& open) {
    if (const auto found = known.find(name); found != known.end()) {
        return found->second;
    }
    const auto rule = rules.find(name);
    if (rule == rules.end() || !open.insert(name).second) {
        return 0;
    }
    std::size_t size = 0;
    for (const std::string& token : rule->second) {
        std::size_t add = 1;
        if (token.starts_with('<') && token != "<NULL>" && token != "<VOID>") {
            add = size_of_rule(token, rules, known, open);
            if (add == 0) {
                size = 0;
                break;
            }
        }
        size = std::min(size + add, grammar_words_max + 1);
    }
    open.erase(name);
    known[name] = size;
    return size;
}

}  // namespace

Vocabulary::Vocabulary(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    text_.assign(std::istreambuf_iterator<char>(file), {});
    const std::string_view text = text_;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::string_view line = text.substr(start, end - start);
        words_.push_back(line.substr(0, std::min(line.find(' '), line.size())));
        start = end + 1;
    }
    std::sort(words_.begin(), words_.end());
}

bool Vocabulary::contains(std::string_view word) const {
    return std::binary_search(words_.begin(), words_.end(), word);
}

Result<Hints, std::vector<OptionError>> parse_hints(const Json& options,
                                                    const Vocabulary& vocabulary) {
    Hints hints;
    std::vector<OptionError> errors;
    if (options.is_null()) {
        return hints;
    }
    if (!options.is_object()) {
        return fail(std::vector<OptionError>{{"", "must be an object"}});
    }
    for (const auto& member : options.get_object()) {
        if (member.key() == "phrases") {
            parse_phrases(member.value(), vocabulary, hints, errors);
        } else if (member.key() == "grammar") {
            parse_grammar(member.value(), vocabulary, hints, errors);
        } else {
            errors.push_back({std::string(member.key()), "unknown; known are: phrases grammar"});
        }
    }
    if (!hints.phrases.empty() && !hints.grammar.empty()) {
        errors.push_back({"phrases", "have no effect beside a grammar; give one of them"});
    }
    if (!errors.empty()) {
        return fail(std::move(errors));
    }
    return hints;
}

std::string make_phrase_model(const std::vector<std::string>& phrases) {
    std::map<std::string, double> words;
    std::map<std::pair<std::string, std::string>, double> pairs;
    std::map<std::string, double> followed;
    double total = 0.0;
    for (const std::string& phrase : phrases) {
        std::string previous = "<s>";
        std::istringstream stream(phrase + " </s>");
        words[previous] += 1.0;
        for (std::string word; stream >> word; previous = word) {
            words[word] += 1.0;
            pairs[{previous, word}] += 1.0;
            followed[previous] += 1.0;
            total += 1.0;
        }
    }
    // The ARPA format holds logarithms to the base 10; -99 stands for impossible.
    std::ostringstream model;
    model << "\\data\\\nngram 1=" << words.size() << "\nngram 2=" << pairs.size()
          << "\n\n\\1-grams:\n";
    for (const auto& [word, count] : words) {
        model << (word == "<s>" ? -99.0 : std::log10(count / total)) << ' ' << word << ' '
              << std::log10(backed_off) << '\n';
    }
    model << "\n\\2-grams:\n";
    for (const auto& [pair, count] : pairs) {
        model << std::log10((1.0 - backed_off) * count / followed[pair.first]) << ' ' << pair.first
              << ' ' << pair.second << '\n';
    }
    model << "\n\\end\\\n";
    return model.str();
}

std::size_t expanded_size(std::string_view grammar) {
    const Rules rules = read_rules(grammar);
    std::map<std::string, std::size_t> known;
    std::size_t total = 0;
    for (const auto& rule : rules) {
        std::set<std::string> open;
        const std::size_t size = size_of_rule(rule.first, rules, known, open);
        if (size == 0) {
            return 0;
        }
        total = std::max(total, size);
    }
    return total;
}

}  // namespace studio::adapters::pocketsphinx
