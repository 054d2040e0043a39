#include "core/context/context_path.hpp"

#include <charconv>

namespace studio::core {

namespace {

constexpr std::size_t steps_max = 16;
constexpr std::size_t name_bytes_max = 128;
constexpr std::size_t index_max = 99'999;

bool is_name_character(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '-' || byte == '$' || byte > 127;
}

std::optional<std::size_t> parse_index(std::string_view text) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (error != std::errc{} || end != text.data() + text.size() || index > index_max) {
        return std::nullopt;
    }
    return index;
}

/// Takes `name` from the front of `text`; empty where there is none of a good length.
std::string_view take_name(std::string_view& text) {
    std::size_t size = 0;
    while (size < text.size() && is_name_character(text[size])) {
        ++size;
    }
    const std::string_view name = text.substr(0, size);
    text.remove_prefix(size);
    return size > name_bytes_max ? std::string_view{} : name;
}

/// Takes `[7]` or `[+]` from the front of `text`.
std::optional<PathStep> take_brackets(std::string_view& text) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view inside = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (inside == "+") {
        return PathStep{.kind = PathStep::Kind::append, .name = {}, .index = 0};
    }
    const std::optional<std::size_t> index = parse_index(inside);
    if (!index) {
        return std::nullopt;
    }
    return PathStep{.kind = PathStep::Kind::index, .name = {}, .index = *index};
}

const Json* follow_step(const Json& value, const PathStep& step) {
    if (step.kind == PathStep::Kind::member) {
        if (const JsonObject* object = value.if_object()) {
            return object->if_contains(step.name);
        }
    }
    const JsonArray* list = value.if_array();
    if (list == nullptr) {
        return nullptr;
    }
    const std::optional<std::size_t> index =
        step.kind == PathStep::Kind::member ? parse_index(step.name) : std::optional(step.index);
    const bool exists = step.kind != PathStep::Kind::append && index && *index < list->size();
    return exists ? &(*list)[*index] : nullptr;
}

}  // namespace

std::optional<ContextPath> parse_context_path(std::string_view text) {
    ContextPath path;
    const std::string_view first = take_name(text);
    if (first.empty()) {
        return std::nullopt;
    }
    path.push_back({.kind = PathStep::Kind::member, .name = std::string(first), .index = 0});
    while (!text.empty()) {
        if (path.size() == steps_max) {
            return std::nullopt;
        }
        if (text.front() == '[') {
            const std::optional<PathStep> step = take_brackets(text);
            if (!step) {
                return std::nullopt;
            }
            path.push_back(*step);
            continue;
        }
        if (text.front() != '.') {
            return std::nullopt;
        }
        text.remove_prefix(1);
        const std::string_view name = take_name(text);
        if (name.empty()) {
            return std::nullopt;
        }
        path.push_back({.kind = PathStep::Kind::member, .name = std::string(name), .index = 0});
    }
    return path;
}

bool is_context_path(std::string_view text) {
    return parse_context_path(text).has_value();
}

const Json* follow_path(const Json& root, const ContextPath& path, std::size_t first) {
    const Json* value = &root;
    for (std::size_t step = first; step < path.size() && value != nullptr; ++step) {
        value = follow_step(*value, path[step]);
    }
    return value;
}

}  // namespace studio::core
