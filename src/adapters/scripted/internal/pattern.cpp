#include "adapters/scripted/internal/pattern.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace studio::adapters {

namespace {

constexpr std::size_t text_bytes_max = 256;
constexpr std::size_t parts_max = 64;
constexpr std::size_t depth_max = 8;
constexpr std::size_t steps_max = 20'000;

bool is_word_character(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '\'' ||
           byte > 127;
}

}  // namespace

namespace {

/// "7pm" as recognisers write it is two words.
void add_word(Words& words, std::string word) {
    const std::size_t letters = word.find_first_not_of("0123456789");
    if (letters != std::string::npos && letters > 0) {
        const std::string half = word.substr(letters);
        if (half == "pm" || half == "am") {
            words.push_back(word.substr(0, letters));
            word = half;
        }
    }
    words.push_back(std::move(word));
}

}  // namespace

Words to_words(std::string_view text) {
    constexpr std::string_view curly_apostrophe = "\xE2\x80\x99";
    Words words;
    std::string word;
    for (std::size_t at = 0; at < text.size(); ++at) {
        char character = text[at];
        if (text.substr(at, curly_apostrophe.size()) == curly_apostrophe) {
            character = '\'';
            at += curly_apostrophe.size() - 1;
        }
        if (character >= 'A' && character <= 'Z') {
            character = static_cast<char>(character - 'A' + 'a');
        }
        if (is_word_character(character)) {
            word += character;
        } else if (!word.empty()) {
            add_word(words, std::exchange(word, {}));
        }
    }
    if (!word.empty()) {
        add_word(words, std::move(word));
    }
    return words;
}

class PatternParser {
public:
    PatternParser(std::string_view text, const WordLists& lists) : text_(text), lists_(lists) {}

    Result<Pattern, std::string> parse() {
        if (text_.size() > text_bytes_max) {
            return fail(std::string("is longer than 256 bytes"));
        }
        skip_spaces();
        pattern_.at_start_ = take('^');
        pattern_.root_ = choice(0);
        pattern_.at_end_ = take('$');
        skip_spaces();
        if (error_.empty() && !text_.empty()) {
            error_ = "has '" + std::string(text_.substr(0, 1)) + "' where it means nothing";
        }
        // An optional word alone would match everything that is said.
        if (error_.empty() && pattern_.match({}, lists_) && !pattern_.at_start_) {
            error_ = "would match anything";
        }
        if (!error_.empty()) {
            return fail(error_);
        }
        return pattern_;
    }

private:
    using Kind = Pattern::Kind;

    std::size_t choice(std::size_t depth) {
        if (depth > depth_max) {
            error_ = "is nested too deep";
            return 0;
        }
        std::vector<std::size_t> children{sequence(depth)};
        while (error_.empty() && take('|')) {
            children.push_back(sequence(depth));
        }
        return children.size() == 1 ? children.front() : add(Kind::choice, {}, children);
    }

    std::size_t sequence(std::size_t depth) {
        std::vector<std::size_t> children;
        while (error_.empty()) {
            skip_spaces();
            if (text_.empty() ||
                std::string_view("|)]$").find(text_.front()) != std::string_view::npos) {
                break;
            }
            children.push_back(item(depth));
        }
        return add(Kind::sequence, {}, children);
    }

    std::size_t item(std::size_t depth) {
        if (take('(')) {
            const std::size_t inner = choice(depth + 1);
            expect(')');
            return inner;
        }
        if (take('[')) {
            const std::size_t inner = choice(depth + 1);
            expect(']');
            return add(take('*') ? Kind::repeat : Kind::optional, {}, {inner});
        }
        if (take('{')) {
            const std::size_t end = text_.find('}');
            const std::string name(text_.substr(0, end));
            text_.remove_prefix(std::min(name.size(), text_.size()));
            expect('}');
            if (error_.empty() && !is_builtin_list(name) && !lists_.contains(name)) {
                error_ = "names the unknown list {" + name + "}";
            }
            return add(Kind::capture, name, {});
        }
        std::size_t size = 0;
        while (size < text_.size() && is_word_character(text_[size])) {
            ++size;
        }
        if (size == 0) {
            error_ = "has '" + std::string(text_.substr(0, 1)) +
                     "': words are lower-case letters, digits and apostrophes";
            return 0;
        }
        const std::string word(text_.substr(0, size));
        text_.remove_prefix(size);
        return add(Kind::word, word, {});
    }

    std::size_t add(Kind kind, std::string text, std::vector<std::size_t> children) {
        if (pattern_.parts_.size() == parts_max) {
            error_ = "has more than 64 parts";
            return 0;
        }
        pattern_.parts_.push_back(
            {.kind = kind, .text = std::move(text), .children = std::move(children)});
        return pattern_.parts_.size() - 1;
    }

    void skip_spaces() {
        while (!text_.empty() && text_.front() == ' ') {
            text_.remove_prefix(1);
        }
    }

    bool take(char character) {
        skip_spaces();
        if (text_.empty() || text_.front() != character) {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }

    void expect(char character) {
        if (error_.empty() && !take(character)) {
            error_ = std::string("lacks a '") + character + "'";
        }
    }

    std::string_view text_;
    const WordLists& lists_;
    Pattern pattern_;
    std::string error_;
};

/// Backtracking with continuations and a budget of steps: patterns are small, words few.
class PatternMatcher {
public:
    using Next = std::function<bool(std::size_t)>;

    PatternMatcher(const Pattern& pattern, const Words& words, const WordLists& lists)
        : pattern_(pattern), words_(words), lists_(lists) {}

    std::optional<PatternMatch> find() {
        const std::size_t last_start = pattern_.at_start_ ? 0 : words_.size();
        for (std::size_t start = 0; start <= last_start; ++start) {
            value_.reset();
            std::size_t match_end = start;
            const bool found = match_part(pattern_.root_, start, [&](std::size_t end) {
                match_end = end;
                return !pattern_.at_end_ || end == words_.size();
            });
            if (found) {
                return PatternMatch{value_.value_or(Json(true)), start, match_end};
            }
        }
        return std::nullopt;
    }

private:
    bool match_part(std::size_t index, std::size_t at, const Next& next) {
        if (++steps_ > steps_max) {
            return false;
        }
        const Pattern::Part& part = pattern_.parts_[index];
        switch (part.kind) {
            case Pattern::Kind::word:
                return at < words_.size() && words_[at] == part.text && next(at + 1);
            case Pattern::Kind::sequence:
                return match_from(part, 0, at, next);
            case Pattern::Kind::choice:
                for (const std::size_t child : part.children) {
                    if (match_part(child, at, next)) {
                        return true;
                    }
                }
                return false;
            case Pattern::Kind::optional:
                return match_part(part.children.front(), at, next) || next(at);
            case Pattern::Kind::repeat:
                return match_repeat(part, at, next);
            case Pattern::Kind::capture:
                return match_capture(part, at, next);
        }
        return false;
    }

    bool match_from(const Pattern::Part& sequence, std::size_t child, std::size_t at,
                    const Next& next) {
        if (child == sequence.children.size()) {
            return next(at);
        }
        return match_part(sequence.children[child], at, [&](std::size_t end) {
            return match_from(sequence, child + 1, end, next);
        });
    }

    /// As often as possible; a round that takes no word would go on for ever.
    bool match_repeat(const Pattern::Part& part, std::size_t at, const Next& next) {
        const bool goes_on = match_part(part.children.front(), at, [&](std::size_t end) {
            return end > at && match_repeat(part, end, next);
        });
        return goes_on || next(at);
    }

    bool match_capture(const Pattern::Part& part, std::size_t at, const Next& next) {
        for (const Capture& capture : read_capture(part.text, lists_, words_, at)) {
            const std::optional<Json> before = value_;
            if (!value_) {
                value_ = capture.value;
            }
            if (next(at + capture.words)) {
                return true;
            }
            value_ = before;
        }
        return false;
    }

    const Pattern& pattern_;
    const Words& words_;
    const WordLists& lists_;
    std::optional<Json> value_;
    std::size_t steps_ = 0;
};

Result<Pattern, std::string> Pattern::parse(std::string_view text, const WordLists& lists) {
    return PatternParser(text, lists).parse();
}

std::optional<PatternMatch> Pattern::find(const Words& words, const WordLists& lists) const {
    return PatternMatcher(*this, words, lists).find();
}

std::optional<Json> Pattern::match(const Words& words, const WordLists& lists) const {
    auto found = find(words, lists);
    return found ? std::optional(std::move(found->value)) : std::nullopt;
}

}  // namespace studio::adapters
