#include "core/dialog/internal/inline_markup.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/dialog/internal/characters.hpp"

namespace studio::core::internal {
namespace {

/// A tag is not longer; what looks like one and goes on is text.
constexpr std::size_t tag_bytes_max = 400;

bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}
bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}
/// Bytes of other scripts count as letters.
bool is_word(char byte) {
    return is_digit(byte) || is_letter(byte) || static_cast<unsigned char>(byte) >= 0x80U;
}

std::string utf8(std::uint32_t code) {
    std::string text;
    const auto add = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (code < 0x80) {
        add(code);
    } else if (code < 0x800) {
        add(0xC0 | (code >> 6U));
        add(0x80 | (code & 0x3FU));
    } else if (code < 0x10000) {
        add(0xE0 | (code >> 12U));
        add(0x80 | ((code >> 6U) & 0x3FU));
        add(0x80 | (code & 0x3FU));
    } else {
        add(0xF0 | (code >> 18U));
        add(0x80 | ((code >> 12U) & 0x3FU));
        add(0x80 | ((code >> 6U) & 0x3FU));
        add(0x80 | (code & 0x3FU));
    }
    return text;
}

/// The character references that models write (HTML, section 13.5).
constexpr std::array<std::pair<std::string_view, std::string_view>, 22> references{{
    {"amp", "&"},   {"lt", "<"},     {"gt", ">"},    {"quot", "\""},  {"apos", "'"},
    {"nbsp", " "},  {"ndash", "–"},  {"mdash", "—"}, {"hellip", "…"}, {"rsquo", "’"},
    {"lsquo", "‘"}, {"rdquo", "”"},  {"ldquo", "“"}, {"euro", "€"},   {"pound", "£"},
    {"yen", "¥"},   {"cent", "¢"},   {"deg", "°"},   {"copy", ""},    {"reg", ""},
    {"trade", ""},  {"eacute", "é"},
}};

struct Reference {
    std::string text;
    std::size_t size = 0;
};

/// What the reference at `&` stands for, and its length.
std::optional<Reference> read_reference(std::string_view text) {
    const std::size_t end = text.substr(0, 12).find(';');
    if (end == std::string_view::npos || end < 2) {
        return std::nullopt;
    }
    const std::string_view name = text.substr(1, end - 1);
    if (name[0] == '#') {
        const bool is_hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
        const std::string_view digits = name.substr(is_hex ? 2 : 1);
        std::uint32_t code = 0;
        const auto [last, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hex ? 16 : 10);
        const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
        if (error != std::errc() || last != digits.data() + digits.size() || code == 0 ||
            code > 0x10FFFF || is_surrogate) {
            return std::nullopt;
        }
        return Reference{code == 0xA0 ? " " : utf8(code), end + 1};
    }
    const auto* const known =
        std::find_if(references.begin(), references.end(),
                     [name](const auto& entry) { return entry.first == name; });
    if (known == references.end()) {
        return std::nullopt;
    }
    return Reference{std::string(known->second), end + 1};
}

/// Of an address that stands in the text: its host, without `www.`. `size` is what it takes.
std::optional<Reference> read_address(std::string_view text) {
    std::size_t scheme = 0;
    for (const std::string_view known : {"https://", "http://", "mailto:", "tel:", "ftp://"}) {
        scheme = text.starts_with(known) ? known.size() : scheme;
    }
    if (scheme == 0 && !text.starts_with("www.")) {
        return std::nullopt;
    }
    std::size_t size = std::min(text.find_first_of(" \t<>\"'`|[]{}"), text.size());
    // A full stop or bracket at the end belongs to the sentence.
    while (size > scheme &&
           std::string_view(".,;:!?)*_~").find(text[size - 1]) != std::string_view::npos) {
        --size;
    }
    std::string_view host = text.substr(scheme, size - scheme);
    if (!text.starts_with("tel:")) {
        host = host.substr(0, host.find_first_of("/?#"));
    }
    if (const std::size_t port = host.find(':'); port != std::string_view::npos) {
        host = host.substr(0, port);
    }
    host.remove_prefix(host.starts_with("www.") ? 4 : 0);
    return Reference{std::string(host), size};
}

/// Reads one line from left to right.
class LineReader {
public:
    explicit LineReader(std::string_view line) : line_(line) {}

    std::string read() {
        while (index_ < line_.size()) {
            if (!skip_markup()) {
                copy_character();
            }
        }
        while (!text_.empty() && text_.back() == ' ') {
            text_.pop_back();
        }
        return std::move(text_);
    }

private:
    [[nodiscard]] std::string_view rest() const { return line_.substr(index_); }
    [[nodiscard]] char next(std::size_t offset = 1) const {
        return index_ + offset < line_.size() ? line_[index_ + offset] : ' ';
    }
    [[nodiscard]] char before() const { return index_ > 0 ? line_[index_ - 1] : ' '; }

    void add(std::string_view text) {
        for (const char byte : text) {
            const bool is_space = byte == ' ' || byte == '\t' || byte == '\r';
            if (!is_space) {
                constexpr std::string_view closing = ",.;:!?";
                if (removed_ && !text_.empty() && text_.back() == ' ' &&
                    closing.find(byte) != std::string_view::npos) {
                    text_.pop_back();
                }
                removed_ = false;
                text_ += byte;
            } else if (!text_.empty() && text_.back() != ' ') {
                text_ += ' ';
            }
        }
    }

    void copy_character() {
        const Character character = read_character(line_, index_);
        const std::string_view bytes = line_.substr(index_, character.size);
        index_ += character.size;
        constexpr std::uint32_t joiner = 0x200D;  // Of letters too, in Indic scripts.
        const bool joins_pictures = character.code == joiner && after_picture_;
        if (is_picture(character.code) || joins_pictures) {
            after_picture_ = true;
            removed_ = true;
            return;
        }
        if (is_picture_modifier(character.code)) {
            return;
        }
        after_picture_ = false;
        // No voice says what is no text.
        const bool is_control = character.code < 0x20 && character.code != '\t';
        add(character.code == 0xFFFD || is_control ? " " : bytes);
    }

    /// True where what begins here is no text, or was read.
    bool skip_markup() {
        switch (line_[index_]) {
            case '\\':
                return skip_escape();
            case '<':
                return skip_tag();
            case '&':
                return replace(read_reference(rest()));
            case '[':
            case '!':
                return skip_link_begin();
            case ']':
                return skip_link_end();
            case '*':
                return skip_star();
            case '_':
                return skip_underscore();
            case '~':
                return skip_run('~', 2);
            case '`':
                return skip_run('`', 1);
            case '#':
                return skip_hash();
            default:
                return skip_address() || skip_source();
        }
    }

    bool replace(const std::optional<Reference>& reference) {
        if (!reference) {
            return false;
        }
        add(reference->text);
        index_ += reference->size;
        return true;
    }

    bool skip_escape() {
        constexpr std::string_view escaped = "\\`*_{}[]()#+-.!|<>~\"'$:";
        if (next() == 'n') {  // A line feed that was escaped twice.
            add(" ");
            index_ += 2;
            return true;
        }
        ++index_;
        if (index_ < line_.size() && escaped.find(line_[index_]) != std::string_view::npos) {
            // `\*` is a star for the eye; a voice has as little use for it as for the mark.
            add(std::string_view("*_`#~|<>[]\\{}").find(line_[index_]) == std::string_view::npos
                    ? line_.substr(index_, 1)
                    : "");
            ++index_;
        }
        return true;
    }

    bool skip_tag() {
        // `<https://…>` and `<somebody@example.com>` are links.
        const std::size_t close = rest().find('>');
        const std::string_view inner =
            close == std::string_view::npos ? "" : rest().substr(1, close - 1);
        const bool has_space = inner.find(' ') != std::string_view::npos;
        if (!inner.empty() && !has_space) {
            const auto address = read_address(inner);
            if (address || inner.find('@') != std::string_view::npos) {
                add(address ? std::string_view(address->text) : inner);
                index_ += close + 1;
                return true;
            }
        }
        const std::size_t end = tag_end(line_, index_);
        if (end == 0) {
            return false;
        }
        add(" ");
        index_ = std::min(end, line_.size());
        return true;
    }

    bool skip_link_begin() {
        const bool is_image = line_[index_] == '!';
        if (is_image && next() != '[') {
            return false;
        }
        index_ += is_image ? 2 : 1;
        const std::size_t close = rest().find(']');
        if (close == std::string_view::npos) {
            return true;
        }
        // `[1]`, `[^1]`: the number of a source.
        const std::string_view inner = rest().substr(0, close);
        const std::string_view number = inner.substr(inner.starts_with('^') ? 1 : 0);
        const bool is_number =
            number.size() <= 3 && std::all_of(number.begin(), number.end(), is_digit);
        if (inner.starts_with('^') || (is_number && !inner.empty())) {
            index_ += close;
            removed_ = true;
        }
        return true;
    }

    /// `](address)` and `][reference]`, also where the sentence began within the link's text.
    bool skip_link_end() {
        ++index_;
        if (index_ >= line_.size() || (line_[index_] != '(' && line_[index_] != '[')) {
            return true;
        }
        const char open = line_[index_];
        const char close = open == '(' ? ')' : ']';
        int depth = 0;
        for (std::size_t at = index_; at < line_.size(); ++at) {
            depth += line_[at] == open ? 1 : 0;
            depth -= line_[at] == close ? 1 : 0;
            if (depth == 0) {
                index_ = at + 1;
                return true;
            }
        }
        // The address goes on in what was cut off.
        index_ = open == '(' ? line_.size() : index_;
        return true;
    }

    bool skip_star() {
        const std::size_t from = line_.find_first_not_of(' ', index_ + 1);
        const std::size_t last =
            index_ == 0 ? std::string_view::npos : line_.find_last_not_of(' ', index_ - 1);
        const bool multiplies = from != std::string_view::npos && last != std::string_view::npos &&
                                is_digit(line_[from]) && is_digit(line_[last]);
        add(multiplies ? "×" : "");
        ++index_;
        return true;
    }

    bool skip_underscore() {
        // Within a word it is a name of programmers: the words of it are said.
        add(is_word(before()) && is_word(next()) ? " " : "");
        ++index_;
        return true;
    }

    bool skip_run(char mark, std::size_t least) {
        const std::size_t size = std::min(rest().find_first_not_of(mark), rest().size());
        if (size < least) {
            return false;
        }
        index_ += size;
        return true;
    }

    bool skip_hash() {
        // "C#", and "#5" for number five.
        if (is_letter(before()) || is_digit(next())) {
            return false;
        }
        ++index_;
        return true;
    }

    bool skip_address() { return !is_word(before()) && replace(read_address(rest())); }

    /// `【4:0†source】`, as some models name their sources.
    bool skip_source() {
        constexpr std::string_view open = "【";
        constexpr std::string_view close = "】";
        if (!rest().starts_with(open)) {
            return false;
        }
        const std::size_t end = rest().find(close);
        const bool is_source = end != std::string_view::npos &&
                               rest().substr(0, end).find("†") != std::string_view::npos;
        index_ += is_source ? end + close.size() : 0;
        return is_source;
    }

    std::string_view line_;
    std::size_t index_ = 0;
    std::string text_;
    bool after_picture_ = false;
    /// Something was left out after the last character: the space before it may be one too many.
    bool removed_ = false;
};

}  // namespace

std::string without_markup(std::string_view line) {
    return LineReader(line).read();
}

std::size_t tag_end(std::string_view text, std::size_t index) {
    const std::string_view rest = text.substr(index, tag_bytes_max);
    const std::size_t incomplete = rest.size() < tag_bytes_max ? std::string_view::npos : 0;
    if (rest.starts_with("<!--")) {
        const std::size_t end = rest.find("-->");
        return end == std::string_view::npos ? incomplete : index + end + 3;
    }
    std::size_t at = rest.starts_with("</") ? 2 : 1;
    if (at >= rest.size() || !is_letter(rest[at])) {
        return 0;
    }
    while (at < rest.size() &&
           (is_letter(rest[at]) || is_digit(rest[at]) || rest[at] == ':' || rest[at] == '-')) {
        ++at;
    }
    const std::size_t close = rest.find_first_of("<>", at);
    const std::string_view attributes = rest.substr(at, close - at);
    const bool has_attributes = attributes.find('=') != std::string_view::npos;
    const bool is_plain = attributes.find_first_not_of(" /\t\n") == std::string_view::npos;
    if (close == std::string_view::npos) {
        return has_attributes || is_plain ? incomplete : 0;
    }
    const bool begins_well = at < rest.size() && (rest[at] == '>' || rest[at] == '/' ||
                                                  rest[at] == ' ' || rest[at] == '\t');
    return rest[close] == '>' && begins_well && (has_attributes || is_plain) ? index + close + 1
                                                                             : 0;
}

}  // namespace studio::core::internal
