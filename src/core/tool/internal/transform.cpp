#include "core/tool/internal/transform.hpp"

#include <charconv>
#include <cmath>
#include <string>

#include "core/context/template.hpp"

namespace studio::core::internal {

namespace {

bool is_lower(char character) {
    return character >= 'a' && character <= 'z';
}
bool is_upper(char character) {
    return character >= 'A' && character <= 'Z';
}

char to_upper(char character) {
    return is_lower(character) ? static_cast<char>(character - 'a' + 'A') : character;
}

char to_lower(char character) {
    return is_upper(character) ? static_cast<char>(character - 'A' + 'a') : character;
}

std::string with_case(std::string text, TransformOperation operation) {
    bool starts_word = true;
    for (char& character : text) {
        const bool raise = operation == TransformOperation::upper ||
                           (operation == TransformOperation::title && starts_word);
        starts_word = character == ' ' || character == '-';
        character = raise ? to_upper(character) : to_lower(character);
    }
    return text;
}

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first == std::string::npos
               ? ""
               : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<Json> join(const Json& value, std::string_view separator) {
    const JsonArray* list = value.if_array();
    if (list == nullptr) {
        return std::nullopt;
    }
    std::string text;
    for (const Json& item : *list) {
        if (&item != list->begin()) {
            text += separator;
        }
        text += text_of_value(item);
    }
    return Json(text);
}

Json split(const std::string& text, std::string_view separator) {
    JsonArray list;
    std::size_t start = 0;
    for (std::size_t end = text.find(separator); end != std::string::npos;
         end = text.find(separator, start)) {
        list.emplace_back(text.substr(start, end - start));
        start = end + separator.size();
    }
    list.emplace_back(text.substr(start));
    return list;
}

}  // namespace

std::optional<double> to_number(const Json& value) {
    if (value.is_number()) {
        return value.to_number<double>();
    }
    const auto* text = value.if_string();
    if (text == nullptr) {
        return std::nullopt;
    }
    double number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    const bool is_whole_text = error == std::errc{} && end == text->data() + text->size();
    return is_whole_text && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<Json> transform(const Json& value, TransformOperation operation,
                              std::string_view separator) {
    switch (operation) {
        case TransformOperation::copy:
            return value;
        case TransformOperation::lower:
        case TransformOperation::upper:
        case TransformOperation::title:
            return Json(with_case(text_of_value(value), operation));
        case TransformOperation::trim:
            return Json(trimmed(text_of_value(value)));
        case TransformOperation::to_text:
            return Json(text_of_value(value));
        case TransformOperation::join:
            return join(value, separator);
        case TransformOperation::split:
            return split(text_of_value(value), separator);
        case TransformOperation::length:
            if (const JsonArray* list = value.if_array()) {
                return Json(list->size());
            }
            return Json(text_of_value(value).size());
        case TransformOperation::to_number:
            break;
    }
    const std::optional<double> number = to_number(value);
    if (!number) {
        return std::nullopt;
    }
    const bool is_whole = std::floor(*number) == *number && std::abs(*number) < 9e15;
    return is_whole ? Json(static_cast<std::int64_t>(*number)) : Json(*number);
}

}  // namespace studio::core::internal
