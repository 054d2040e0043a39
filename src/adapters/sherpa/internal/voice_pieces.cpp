#include "adapters/sherpa/internal/voice_pieces.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace studio::adapters::sherpa {

namespace {

struct Mark {
    std::string_view text;
    char mark;
    /// Ends a clause whatever follows.
    bool anywhere;
};

// Marks of other scripts are spoken like their Latin kin.
constexpr std::array marks{
    Mark{"...", '.', false},    Mark{".", '.', false},      Mark{"?", '?', false},
    Mark{"!", '!', false},      Mark{",", ',', false},      Mark{";", ';', false},
    Mark{":", ':', false},      Mark{"\u2026", '.', false}, Mark{"\u2014", ',', true},
    Mark{"\u2013", ',', false}, Mark{"\u3002", '.', true},  Mark{"\uFF1F", '?', true},
    Mark{"\uFF01", '!', true},  Mark{"\uFF0C", ',', true},  Mark{"\u3001", ',', true},
    Mark{"\uFF1B", ';', true},  Mark{"\uFF1A", ':', true},  Mark{"\u0964", '.', false},
    Mark{"\u061F", '?', false}, Mark{"\u060C", ',', false},
};
/// What may stand between a mark and the space behind it.
constexpr std::array<std::string_view, 7> closers{"\"",     "'",      ")",     "]",
                                                  "\u201D", "\u2019", "\u00BB"};

bool is_space(char letter) {
    return std::isspace(static_cast<unsigned char>(letter)) != 0;
}

/// A letter or digit, or a byte of any character that is not ASCII.
bool has_word(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char letter) {
        const auto byte = static_cast<unsigned char>(letter);
        return std::isalnum(byte) != 0 || byte >= 0x80;
    });
}

std::size_t closers_at(std::string_view text) {
    std::size_t length = 0;
    bool found = true;
    while (found) {
        found = false;
        for (const std::string_view closer : closers) {
            if (text.substr(length).starts_with(closer)) {
                length += closer.size();
                found = true;
            }
        }
    }
    return length;
}

/// Whether a full stop ends no clause: behind an initial or short title the next word belongs to
/// it ("Dr. Smith", "J. Doe"), and a number has its point ("No. 5" is spoken well enough).
bool is_abbreviation(std::string_view before) {
    const std::size_t space = before.find_last_of(" (\t\n");
    const std::string_view word =
        space == std::string_view::npos ? before : before.substr(space + 1);
    constexpr std::array<std::string_view, 12> titles{"Dr", "Mr",  "Mrs", "Ms", "St", "Prof",
                                                      "No", "e.g", "i.e", "vs", "Jr", "Sr"};
    return (word.size() == 1 && std::isalpha(static_cast<unsigned char>(word[0])) != 0 &&
            word[0] != 'I') ||
           std::find(titles.begin(), titles.end(), word) != titles.end();
}

class Cutter {
public:
    Cutter(std::string_view text, std::size_t bytes_max) : text_(text), bytes_max_(bytes_max) {}

    [[nodiscard]] std::vector<Clause> cut() {
        for (std::size_t at = 0; at < text_.size();) {
            at += take(at);
        }
        end(text_.size(), 0);
        return std::move(clauses_);
    }

private:
    /// Looks at one place, and returns how many bytes it is about.
    std::size_t take(std::size_t at) {
        const std::string_view rest = text_.substr(at);
        if (is_space(rest.front())) {
            last_space_ = at;
        }
        for (const Mark& mark : marks) {
            if (!rest.starts_with(mark.text)) {
                continue;
            }
            const std::size_t length = mark.text.size() + closers_at(rest.substr(mark.text.size()));
            const bool ends = mark.anywhere || length == rest.size() || is_space(rest[length]);
            if (ends && !(rest.front() == '.' && mark.text.size() == 1 && length < rest.size() &&
                          is_abbreviation(text_.substr(begin_, at - begin_)))) {
                end(at, mark.mark);
                begin_ = at + length;
            }
            return length;
        }
        if (at - begin_ >= bytes_max_) {
            cut_long(at);
        }
        return 1;
    }

    /// Between words where there are some; never within a character.
    void cut_long(std::size_t at) {
        std::size_t where = at;
        if (last_space_ > begin_ + bytes_max_ / 4) {
            where = last_space_;
        } else if ((static_cast<unsigned char>(text_[at]) & 0xC0U) == 0x80U &&
                   at - begin_ < bytes_max_ + 4) {
            return;
        }
        end(where, 0);
        begin_ = where;
    }

    void end(std::size_t where, char mark) {
        std::size_t first = begin_;
        while (first < where && is_space(text_[first])) {
            ++first;
        }
        std::size_t last = where;
        while (last > first && is_space(text_[last - 1])) {
            --last;
        }
        const std::string_view clause = text_.substr(first, last - first);
        if (has_word(clause)) {
            clauses_.push_back({first, std::string(clause), mark});
        } else if (!clauses_.empty() && clauses_.back().mark == 0) {
            clauses_.back().mark = mark;
        }
    }

    std::string_view text_;
    std::size_t bytes_max_;
    std::size_t begin_ = 0;
    std::size_t last_space_ = 0;
    std::vector<Clause> clauses_;
};

std::size_t size_of(const VoicePiece& piece) {
    const Clause& last = piece.clauses.back();
    return last.offset + last.text.size() - piece.clauses.front().offset;
}

bool ends_sentence(char mark) {
    return mark == '.' || mark == '?' || mark == '!';
}

}  // namespace

std::vector<VoicePiece> cut_pieces(std::string_view text, const PieceOptions& options) {
    // The first piece decides how soon something is heard: it is cut shorter.
    std::vector<Clause> clauses = Cutter(text, options.first_bytes_max).cut();
    if (clauses.size() > 1 && clauses.front().mark == 0) {
        const std::size_t offset = clauses[1].offset;
        clauses.resize(1);
        for (Clause& clause : Cutter(text.substr(offset), options.bytes_max).cut()) {
            clause.offset += offset;
            clauses.push_back(std::move(clause));
        }
    } else {
        clauses = Cutter(text, options.bytes_max).cut();
    }
    std::vector<VoicePiece> pieces;
    std::size_t limit = 0;
    for (Clause& clause : clauses) {
        if (!pieces.empty()) {
            VoicePiece& piece = pieces.back();
            const std::size_t size = size_of(piece);
            const std::size_t joined =
                clause.offset + clause.text.size() - piece.clauses.front().offset;
            const bool is_too_short = pieces.size() == 1 && size < options.first_bytes_min;
            const bool fits = joined <= limit && !ends_sentence(piece.mark()) && piece.mark() != 0;
            if (is_too_short || fits) {
                piece.clauses.push_back(std::move(clause));
                continue;
            }
            limit = std::clamp(size * options.growth, options.joined_bytes, options.bytes_max);
        }
        pieces.push_back({{std::move(clause)}});
    }
    return pieces;
}

}  // namespace studio::adapters::sherpa
