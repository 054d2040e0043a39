#include "apps/config/config_file.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace studio::apps {
namespace {

constexpr std::size_t file_bytes_max = 1'048'576;

bool is_key_letter(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '_';
}

/// Goes through the text once. Each read_… leaves it behind what it read, or notes the trouble.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    Result<std::vector<ConfigItem>, std::string> read_all() {
        std::vector<ConfigItem> items;
        for (skip_empty_lines(); !rest_.empty(); skip_empty_lines()) {
            auto item = read_item();
            if (!item) {
                return fail("line " + std::to_string(line_) + ": " + trouble_);
            }
            const bool is_twice =
                std::any_of(items.begin(), items.end(),
                            [&item](const ConfigItem& each) { return each.key == item->key; });
            if (is_twice) {
                return fail("line " + std::to_string(item->line) + ": " + item->key +
                            " is there twice");
            }
            items.push_back(*std::move(item));
        }
        return items;
    }

private:
    std::optional<ConfigItem> read_item() {
        ConfigItem item;
        item.line = line_;
        if (rest_.front() == '[') {
            return give_up("sections are not used: each line is `option = value`");
        }
        while (!rest_.empty() && is_key_letter(rest_.front())) {
            item.key += take();
        }
        skip_blanks();
        if (item.key.empty() || rest_.empty() || rest_.front() != '=') {
            return give_up("is not `option = value`");
        }
        take();
        skip_blanks();
        auto value = read_value();
        if (!value) {
            return std::nullopt;
        }
        item.value = *std::move(value);
        skip_blanks();
        skip_comment();
        if (!rest_.empty() && rest_.front() != '\n') {
            return give_up("there is something behind the value");
        }
        return item;
    }

    std::optional<std::string> read_value() {
        if (rest_.empty()) {
            return give_up("has no value");
        }
        if (rest_.front() == '[') {
            return read_list();
        }
        if (rest_.front() == '"' || rest_.front() == '\'') {
            return read_text();
        }
        std::string word;
        while (!rest_.empty() && is_key_letter(rest_.front())) {
            word += take();
        }
        const bool is_number =
            !word.empty() && std::all_of(word.begin(), word.end(), [](char letter) {
                return std::isdigit(static_cast<unsigned char>(letter)) != 0 || letter == '_';
            });
        if (is_number) {
            std::erase(word, '_');
        } else if (word != "true" && word != "false") {
            return give_up("the value must be a text in quotes, a whole number, true or false");
        }
        return word;
    }

    std::optional<std::string> read_list() {
        std::string list;
        take();
        for (skip_empty_lines(); !rest_.empty() && rest_.front() != ']'; skip_empty_lines()) {
            if (rest_.front() != '"' && rest_.front() != '\'') {
                return give_up("a list holds texts in quotes");
            }
            const auto text = read_text();
            if (!text) {
                return std::nullopt;
            }
            list += (list.empty() ? "" : ",") + *text;
            skip_empty_lines();
            if (!rest_.empty() && rest_.front() == ',') {
                take();
            } else if (rest_.empty() || rest_.front() != ']') {
                break;
            }
        }
        if (rest_.empty() || rest_.front() != ']') {
            return give_up("the list has no end");
        }
        take();
        return list;
    }

    /// With escapes between double quotes, without between single ones.
    std::optional<std::string> read_text() {
        const char quote = take();
        std::string text;
        while (!rest_.empty() && rest_.front() != quote && rest_.front() != '\n') {
            char letter = take();
            if (letter == '\\' && quote == '"') {
                constexpr std::string_view names = "btnfr\"\\";
                constexpr std::string_view meanings = "\b\t\n\f\r\"\\";
                const std::size_t at = rest_.empty() ? std::string_view::npos : names.find(take());
                if (at == std::string_view::npos) {
                    return give_up("there is an unknown escape in the text");
                }
                letter = meanings[at];
            }
            text += letter;
        }
        if (rest_.empty() || rest_.front() != quote) {
            return give_up("the text has no end");
        }
        take();
        return text;
    }

    char take() {
        const char letter = rest_.front();
        rest_.remove_prefix(1);
        line_ += letter == '\n' ? 1U : 0U;
        return letter;
    }

    void skip_blanks() {
        while (!rest_.empty() &&
               (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\r')) {
            take();
        }
    }

    void skip_comment() {
        if (!rest_.empty() && rest_.front() == '#') {
            rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
        }
    }

    /// Blanks, comments and ends of lines.
    void skip_empty_lines() {
        skip_blanks();
        skip_comment();
        while (!rest_.empty() && rest_.front() == '\n') {
            take();
            skip_blanks();
            skip_comment();
        }
    }

    std::nullopt_t give_up(const char* trouble) {
        trouble_ = trouble;
        return std::nullopt;
    }

    std::string_view rest_;
    std::size_t line_ = 1;
    const char* trouble_ = "";
};

}  // namespace

Result<std::vector<ConfigItem>, std::string> parse_config(std::string_view text) {
    return Reader(text).read_all();
}

Result<std::vector<ConfigItem>, std::string> load_config(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        return fail(path + " is a folder");
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return fail(path + " cannot be read: " + std::strerror(errno));
    }
    std::string text(file_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > file_bytes_max) {
        return fail(path + " is larger than 1 MiB");
    }
    auto items = parse_config(text);
    if (!items) {
        return fail(path + ", " + items.error());
    }
    return items;
}

}  // namespace studio::apps
