#include "base/json.hpp"

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "base/utf8.hpp"

namespace studio {

namespace {

using boost::json::error_code;
using TextView = boost::json::string_view;

constexpr std::size_t path_bytes_max = 256;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view view_of(TextView text) {
    return {text.data(), text.size()};
}

/// What basic_parser calls: builds the value, checks what the grammar does not, and knows where it
/// is, so that an author is told the place.
class Builder {
public:
    static constexpr std::size_t max_object_size = JsonObject::max_size();
    static constexpr std::size_t max_array_size = JsonArray::max_size();
    static constexpr std::size_t max_key_size = boost::json::string::max_size();
    static constexpr std::size_t max_string_size = boost::json::string::max_size();

    explicit Builder(const JsonRules& rules) : rules_(rules) { stack_.reset(); }

    [[nodiscard]] Json release() { return stack_.release(); }
    [[nodiscard]] std::optional<JsonError>& refusal() { return refusal_; }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        steps_.push_back({.is_list = false, .name = {}, .index = 0});
        return true;
    }
    bool on_object_end(std::size_t count, error_code&) {
        stack_.push_object(count);
        steps_.pop_back();
        return end_value();
    }
    bool on_array_begin(error_code&) {
        steps_.push_back({.is_list = true, .name = {}, .index = 0});
        return true;
    }
    bool on_array_end(std::size_t count, error_code&) {
        stack_.push_array(count);
        steps_.pop_back();
        return end_value();
    }
    bool on_key_part(TextView part, std::size_t size, error_code& error) {
        return add_text(part, size, error);
    }
    bool on_key(TextView part, std::size_t size, error_code& error) {
        if (!add_text(part, size, error) || !check_text(error)) {
            return false;
        }
        stack_.push_key(text_);
        steps_.back().name = std::exchange(text_, {});
        return true;
    }
    bool on_string_part(TextView part, std::size_t size, error_code& error) {
        return add_text(part, size, error);
    }
    bool on_string(TextView part, std::size_t size, error_code& error) {
        if (!add_text(part, size, error) || !check_text(error)) {
            return false;
        }
        stack_.push_string(text_);
        text_.clear();
        return end_value();
    }
    bool on_number_part(TextView part, error_code&) {
        number_ += view_of(part);
        return true;
    }
    bool on_int64(std::int64_t value, TextView, error_code&) {
        number_.clear();
        stack_.push_int64(value);
        return end_value();
    }
    bool on_uint64(std::uint64_t value, TextView, error_code&) {
        number_.clear();
        stack_.push_uint64(value);
        return end_value();
    }
    bool on_double(double value, TextView part, error_code& error) {
        number_ += view_of(part);
        const std::string text = std::exchange(number_, {});
        // What was stored was a double when it was written: other writers print 1e20 in full.
        if (rules_.stance != JsonStance::restore &&
            text.find_first_of(".eE") == std::string::npos) {
            return refuse_number(
                text, "is a whole number beyond 64 bits: write it as a text to keep its digits",
                error);
        }
        // Boost rounds long numbers carelessly.
        double exact = value;
        const auto end = text.data() + text.size();
        const bool is_read = std::from_chars(text.data(), end, exact).ec == std::errc{};
        if (!is_read && std::abs(value) < 1) {
            exact = value;  // Too small for a double: zero, or nearly.
        } else if (!is_read || !std::isfinite(exact)) {
            return refuse_number(text, "is a number too large to be kept (at most 1.8e308)", error);
        }
        stack_.push_double(exact);
        return end_value();
    }
    bool on_bool(bool value, error_code&) {
        stack_.push_bool(value);
        return end_value();
    }
    bool on_null(error_code&) {
        stack_.push_null();
        return end_value();
    }
    bool on_comment_part(TextView, error_code&) { return true; }
    bool on_comment(TextView, error_code&) { return true; }

private:
    struct Step {
        bool is_list = false;
        std::string name;
        std::size_t index = 0;
    };

    bool end_value() {
        if (!steps_.empty()) {
            ++steps_.back().index;
        }
        return true;
    }
    bool add_text(TextView part, std::size_t size, error_code& error) {
        if (size > rules_.text_bytes_max) {
            return refuse(
                "is a text longer than " + std::to_string(rules_.text_bytes_max) + " bytes", error);
        }
        text_ += view_of(part);
        return true;
    }
    bool check_text(error_code& error) {
        if (text_.find('\0') == std::string::npos) {
            return true;
        }
        if (rules_.stance == JsonStance::refuse) {
            return refuse("holds the character U+0000", error);
        }
        text_ = to_plain_text(text_);
        return true;
    }
    bool refuse_number(const std::string& text, std::string message, error_code& error) {
        if (rules_.stance == JsonStance::refuse) {
            return refuse(std::move(message), error);
        }
        stack_.push_string(text);
        return end_value();
    }
    bool refuse(std::string message, error_code& error) {
        refusal_ = JsonError{std::move(message), path()};
        error = boost::json::error::syntax;
        return false;
    }
    [[nodiscard]] std::string path() const {
        std::string path;
        for (const Step& step : steps_) {
            if (step.is_list) {
                path += '[' + std::to_string(step.index) + ']';
            } else if (!step.name.empty()) {
                path += (path.empty() ? "" : ".") + step.name;
            }
        }
        return to_plain_text(std::string_view(path).substr(0, path_bytes_max));
    }

    const JsonRules& rules_;
    boost::json::value_stack stack_;
    std::vector<Step> steps_;
    std::string text_;
    std::string number_;
    std::optional<JsonError> refusal_;
};

Result<Json, JsonError> parse(std::string_view text, const JsonRules& rules) {
    boost::json::parse_options options;
    options.max_depth = rules.depth_max;
    boost::json::basic_parser<Builder> parser(options, rules);
    error_code error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) {
        error = boost::json::error::extra_data;
    }
    if (!error) {
        return parser.handler().release();
    }
    if (parser.handler().refusal()) {
        return fail(std::move(*parser.handler().refusal()));
    }
    if (error == boost::json::error::too_deep) {
        return fail(
            JsonError{"is nested deeper than " + std::to_string(rules.depth_max) + " levels", {}});
    }
    return fail(JsonError{"is not valid JSON: " + error.message(), {}});
}

/// Words that earlier versions wrote for numbers that are none, as null.
std::string without_infinities(std::string_view text) {
    constexpr std::array<std::string_view, 3> words = {"-Infinity", "Infinity", "NaN"};
    std::string result;
    result.reserve(text.size());
    bool is_inside = false;
    while (!text.empty()) {
        std::size_t size = 1;
        if (is_inside && text[0] == '\\') {
            size = std::min<std::size_t>(2, text.size());
        } else if (text[0] == '"') {
            is_inside = !is_inside;
        }
        std::string_view piece = text.substr(0, size);
        for (const std::string_view word : words) {
            if (!is_inside && text.starts_with(word)) {
                size = word.size();
                piece = "null";
                break;
            }
        }
        result += piece;
        text.remove_prefix(size);
    }
    return result;
}

class Writer {
public:
    void write(const Json& value, std::size_t depth) {
        switch (value.kind()) {
            case boost::json::kind::object:
                write_object(value.get_object(), depth);
                break;
            case boost::json::kind::array:
                write_list(value.get_array(), depth);
                break;
            case boost::json::kind::string:
                write_text(view_of(value.get_string()));
                break;
            case boost::json::kind::int64:
                text_ += std::to_string(value.get_int64());
                break;
            case boost::json::kind::uint64:
                text_ += std::to_string(value.get_uint64());
                break;
            case boost::json::kind::double_: {
                const std::string number = text_of_number(value.get_double());
                text_ += number.empty() ? "null" : number;
                break;
            }
            case boost::json::kind::bool_:
                text_ += value.get_bool() ? "true" : "false";
                break;
            case boost::json::kind::null:
                text_ += "null";
                break;
        }
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    void write_object(const JsonObject& object, std::size_t depth) {
        if (depth == json_as_stored.depth_max) {
            text_ += "null";
            return;
        }
        char before = '{';
        for (const auto& member : object) {
            text_ += before;
            before = ',';
            write_text(view_of(member.key()));
            text_ += ':';
            write(member.value(), depth + 1);
        }
        text_ += before == '{' ? "{}" : "}";
    }
    void write_list(const JsonArray& list, std::size_t depth) {
        if (depth == json_as_stored.depth_max) {
            text_ += "null";
            return;
        }
        char before = '[';
        for (const Json& item : list) {
            text_ += before;
            before = ',';
            write(item, depth + 1);
        }
        text_ += before == '[' ? "[]" : "]";
    }
    void write_text(std::string_view text) {
        if (!is_plain_text(text)) {
            write_text(to_plain_text(text));
            return;
        }
        text_ += '"';
        for (const char letter : text) {
            write_letter(letter);
        }
        text_ += '"';
    }
    void write_letter(char letter) {
        // RFC 8259, section 7: these must be escaped, all others may stand as they are.
        constexpr std::string_view short_letters = "\"\\\b\f\n\r\t";
        constexpr std::string_view short_names = "\"\\bfnrt";
        constexpr std::string_view digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(letter);
        if (const auto at = short_letters.find(letter); at != std::string_view::npos) {
            text_ += '\\';
            text_ += short_names[at];
        } else if (byte < 0x20) {
            text_ += "\\u00";
            text_ += digits[byte >> 4U];
            text_ += digits[byte & 0x0FU];
        } else {
            text_ += letter;
        }
    }

    std::string text_;
};

}  // namespace

Result<Json, JsonError> parse_json(std::string_view text, const JsonRules& rules) {
    if (text.size() > rules.bytes_max) {
        return fail(JsonError{"is longer than " + std::to_string(rules.bytes_max) + " bytes", {}});
    }
    if (rules.stance == JsonStance::refuse) {
        return is_utf8(text) ? parse(text, rules) : fail(JsonError{"is not valid UTF-8", {}});
    }
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    std::string plain;
    if (!is_utf8(text)) {
        plain = to_plain_text(text);
        text = plain;
    }
    auto value = parse(text, rules);
    if (value || rules.stance != JsonStance::restore) {
        return value;
    }
    auto restored = parse(without_infinities(text), rules);
    return restored ? std::move(restored) : std::move(value);
}

std::string serialize_json(const Json& value) {
    Writer writer;
    writer.write(value, 0);
    return writer.take();
}

std::string text_of_number(double number) {
    if (!std::isfinite(number)) {
        return {};
    }
    // In full only where parse_json takes whole numbers: a client may send back what it got.
    const double size = std::abs(number);
    const bool is_plain = size == 0 || (size >= 1e-6 && number >= -0x1p63 && number < 0x1p64);
    std::array<char, 64> buffer{};
    const auto written =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), number == 0 ? 0.0 : number,
                      is_plain ? std::chars_format::fixed : std::chars_format::scientific);
    std::string text(buffer.data(), written.ptr);
    // to_chars writes exponents with two digits at least.
    const std::size_t exponent = text.find('e');
    if (exponent != std::string::npos && text[exponent + 2] == '0') {
        text.erase(exponent + 2, 1);
    }
    return text;
}

const Json* find_member(const Json& value, std::string_view name) {
    const JsonObject* object = value.if_object();
    return object == nullptr ? nullptr : object->if_contains({name.data(), name.size()});
}

std::string member_text(const Json& value, std::string_view name, std::string_view otherwise) {
    const Json* member = find_member(value, name);
    if (member == nullptr || !member->is_string()) {
        return std::string(otherwise);
    }
    const auto& text = member->get_string();
    return {text.data(), text.size()};
}

}  // namespace studio
