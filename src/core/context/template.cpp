#include "core/context/template.hpp"

#include <algorithm>
#include <utility>

#include "core/context/context_path.hpp"

namespace studio::core {

namespace {

/// Templates of bodies nest at most as deep as parse_json allows.
constexpr std::size_t depth_max = 40;

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_unreserved(unsigned char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

std::string escaped(std::string text, Escape escape) {
    if (escape == Escape::none) {
        return text;
    }
    std::string result;
    result.reserve(text.size());
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (escape == Escape::header) {
            result += byte < 0x20 || byte == 0x7F ? ' ' : character;
        } else if (is_unreserved(byte)) {
            result += character;
        } else {
            // RFC 3986, section 2.1: upper-case hexadecimal digits.
            constexpr std::string_view digits = "0123456789ABCDEF";
            result += '%';
            result += digits[byte >> 4U];
            result += digits[byte & 0x0FU];
        }
    }
    return result;
}

/// Appends within the limit; false where the text had to be cut.
bool append_bounded(std::string& target, std::string_view text, std::size_t bytes_max) {
    const std::size_t room = bytes_max - std::min(bytes_max, target.size());
    if (text.size() <= room) {
        target += text;
        return true;
    }
    std::size_t size = room;
    // A byte 10xxxxxx continues a UTF-8 character: cut before its first byte.
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
        --size;
    }
    target += text.substr(0, size);
    return false;
}

/// The path of a text that is exactly one substitution.
std::optional<std::string_view> single_path(std::string_view text) {
    TemplateReader reader(text);
    const auto first = reader.next();
    if (!first || !first->is_path || reader.next()) {
        return std::nullopt;
    }
    return first->text;
}

class ValueRenderer {
public:
    ValueRenderer(const ValueSource& source, const RenderOptions& options)
        : source_(source), options_(options) {}

    Json render(const Json& value, std::size_t depth) {
        if (truncated_ || depth == depth_max) {
            truncated_ = true;
            return nullptr;
        }
        if (const auto* text = value.if_string()) {
            return render_string({text->data(), text->size()});
        }
        if (const JsonArray* list = value.if_array()) {
            JsonArray result;
            for (const Json& item : *list) {
                result.push_back(render(item, depth + 1));
            }
            return result;
        }
        if (const JsonObject* object = value.if_object()) {
            JsonObject result;
            for (const auto& member : *object) {
                result.emplace(member.key(), render(member.value(), depth + 1));
            }
            return result;
        }
        return value;
    }

    [[nodiscard]] bool truncated() const { return truncated_; }

private:
    Json render_string(std::string_view text) {
        if (const auto path = single_path(text)) {
            const Json* found = source_.find(*path);
            if (found == nullptr) {
                return nullptr;
            }
            if (!found->is_string()) {
                spend(serialize_json(*found).size());
                return truncated_ ? Json(nullptr) : *found;
            }
        }
        RenderOptions options = options_;
        options.bytes_max = options_.bytes_max - std::min(options_.bytes_max, spent_);
        RenderedText rendered = render_text(text, source_, options);
        truncated_ = truncated_ || rendered.truncated;
        spend(rendered.text.size());
        return Json(rendered.text);
    }

    void spend(std::size_t bytes) {
        spent_ += bytes;
        truncated_ = truncated_ || spent_ > options_.bytes_max;
    }

    const ValueSource& source_;
    const RenderOptions& options_;
    std::size_t spent_ = 0;
    bool truncated_ = false;
};

}  // namespace

std::optional<TemplateReader::Part> TemplateReader::next() {
    if (rest_.empty()) {
        return std::nullopt;
    }
    std::size_t search_from = 0;
    while (true) {
        const std::size_t open = rest_.find("{{", search_from);
        const std::size_t close =
            open == std::string_view::npos ? open : rest_.find("}}", open + 2);
        if (close == std::string_view::npos) {
            return Part{.text = std::exchange(rest_, {}), .is_path = false};
        }
        const std::string_view path = trimmed(rest_.substr(open + 2, close - open - 2));
        if (!is_context_path(path)) {
            search_from = open + 2;
            continue;
        }
        if (open > 0) {
            const std::string_view literal = rest_.substr(0, open);
            rest_.remove_prefix(open);
            return Part{.text = literal, .is_path = false};
        }
        rest_.remove_prefix(close + 2);
        return Part{.text = path, .is_path = true};
    }
}

std::string text_of_value(const Json& value) {
    if (value.is_null()) {
        return "";
    }
    if (const auto* text = value.if_string()) {
        return {text->data(), text->size()};
    }
    if (const double* number = value.if_double()) {
        return text_of_number(*number);
    }
    return serialize_json(value);
}

RenderedText render_text(std::string_view text, const ValueSource& source,
                         const RenderOptions& options) {
    RenderedText result;
    TemplateReader reader(text);
    while (const auto part = reader.next()) {
        bool fits = true;
        if (!part->is_path) {
            fits = append_bounded(result.text, part->text, options.bytes_max);
        } else if (const Json* value = source.find(part->text)) {
            fits = append_bounded(result.text, escaped(text_of_value(*value), options.escape),
                                  options.bytes_max);
        }
        if (!fits) {
            result.truncated = true;
            break;
        }
    }
    return result;
}

RenderedValue render_value(const Json& value, const ValueSource& source,
                           const RenderOptions& options) {
    ValueRenderer renderer(source, options);
    Json rendered = renderer.render(value, 0);
    return {.value = std::move(rendered), .truncated = renderer.truncated()};
}

std::optional<std::string> check_template(std::string_view text) {
    std::size_t open = text.find("{{");
    while (open != std::string_view::npos) {
        const std::size_t close = text.find("}}", open + 2);
        if (close == std::string_view::npos) {
            return "'{{' without '}}'";
        }
        const std::string_view inside = trimmed(text.substr(open + 2, close - open - 2));
        if (!is_context_path(inside)) {
            return "'{{" + std::string(inside.substr(0, 64)) + "}}' names no value";
        }
        open = text.find("{{", close + 2);
    }
    return std::nullopt;
}

}  // namespace studio::core
