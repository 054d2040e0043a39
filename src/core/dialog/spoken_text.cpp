#include "core/dialog/spoken_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/dialog/internal/characters.hpp"
#include "core/dialog/internal/inline_markup.hpp"

namespace studio::core {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blank);
    return begin == std::string_view::npos
               ? std::string_view()
               : text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

bool consists_of(std::string_view text, std::string_view bytes) {
    return !text.empty() && text.find_first_not_of(bytes) == std::string_view::npos;
}

/// A fence opens or ends a block of code; on one line with its end it only marks code in a line.
bool is_fence(std::string_view line) {
    for (const std::string_view fence : {"```", "~~~"}) {
        if (line.starts_with(fence)) {
            const std::size_t after = line.find_first_not_of(fence[0]);
            return after == std::string_view::npos ||
                   line.find(fence, after) == std::string_view::npos;
        }
    }
    return false;
}

/// Without the marks of a quotation, heading, list or task at its beginning. Numbers of a list are
/// said.
std::string_view without_line_marks(std::string_view line) {
    for (bool again = true; again;) {
        again = false;
        if (line.starts_with('>')) {
            line = trimmed(line.substr(1));
            again = true;
        }
        const std::size_t heading = line.find_first_not_of('#');
        if (heading != std::string_view::npos && heading > 0 && heading <= 6 &&
            (line[heading] == ' ' || line[heading] == '\t')) {
            line = trimmed(line.substr(heading));
        }
        for (const std::string_view mark :
             {"- ", "* ", "+ ", "• ", "◦ ", "▪ ", "[ ] ", "[x] ", "[X] "}) {
            if (line.starts_with(mark)) {
                line = trimmed(line.substr(mark.size()));
                again = true;
            }
        }
    }
    return line;
}

/// A row of a table has bars at its ends or between its cells.
bool is_table_row(std::string_view line) {
    return line.front() == '|' || line.back() == '|' || line.find(" | ") != std::string_view::npos;
}

/// The cells with commas between them.
std::string read_row(std::string_view line) {
    std::string text;
    while (!line.empty()) {
        const std::size_t bar = std::min(line.find('|'), line.size());
        const std::string_view cell = trimmed(line.substr(0, bar));
        if (!cell.empty()) {
            text += (text.empty() ? "" : ", ") + std::string(cell);
        }
        line.remove_prefix(std::min(bar + 1, line.size()));
    }
    return text;
}

}  // namespace

bool has_speech(std::string_view text) {
    for (std::size_t index = 0; index < text.size();) {
        const internal::Character character = internal::read_character(text, index);
        if (internal::is_said(character.code)) {
            return true;
        }
        index += character.size;
    }
    return false;
}

std::string SpokenText::clean(std::string_view text) {
    std::string spoken;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (is_fence(line)) {
            in_code_ = !in_code_;
            continue;
        }
        // Rules, underlines of headings, and the line between the head and the body of a table.
        if (in_code_ || consists_of(line, "-*_= \t") || consists_of(line, "|:- \t")) {
            continue;
        }
        const std::string_view content = without_line_marks(line);
        const std::string said = internal::without_markup(
            !content.empty() && is_table_row(content) ? read_row(content) : content);
        if (!said.empty()) {
            spoken += (spoken.empty() ? "" : " ") + said;
        }
    }
    return has_speech(spoken) ? spoken : std::string();
}

}  // namespace studio::core
