#include "adapters/http/server/router.hpp"

namespace studio::adapters {

namespace {

bool is_parameter(std::string_view part) {
    return part.starts_with('{');
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) {
        return false;
    }
    for (std::size_t index = 0; index < pattern.size(); ++index) {
        if (!is_parameter(pattern[index]) && pattern[index] != path[index]) {
            return false;
        }
    }
    return true;
}

/// Of two patterns of the same path: whether the first is literal where they differ first.
bool is_more_literal(const std::vector<std::string>& one, const std::vector<std::string>& other) {
    for (std::size_t index = 0; index < one.size(); ++index) {
        if (is_parameter(one[index]) != is_parameter(other[index])) {
            return is_parameter(other[index]);
        }
    }
    return false;
}

std::vector<std::string> split(std::string_view pattern) {
    std::vector<std::string> parts;
    while (pattern.size() > 1) {
        pattern.remove_prefix(1);
        const std::size_t end = pattern.find('/');
        parts.emplace_back(pattern.substr(0, end));
        pattern = end == std::string_view::npos ? std::string_view{} : pattern.substr(end);
    }
    return parts;
}

}  // namespace

void Router::add(Route route) {
    auto parts = split(route.pattern);
    entries_.push_back({std::move(route), std::move(parts)});
}

Router::Match Router::find(std::string_view method, const std::vector<std::string>& path) const {
    Match match;
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    // What stands literally is a thing of its own, and none of those in braces.
    const std::vector<std::string>* best = nullptr;
    for (const Entry& entry : entries_) {
        if (matches(entry.parts, path) &&
            (best == nullptr || is_more_literal(entry.parts, *best))) {
            best = &entry.parts;
        }
    }
    for (const Entry& entry : entries_) {
        if (!matches(entry.parts, path) || is_more_literal(*best, entry.parts)) {
            continue;
        }
        match.allowed += entry.route.method + ", ";
        if (entry.route.method == "GET") {
            match.allowed += "HEAD, ";
        }
        if (entry.route.method == wanted) {
            match.entry = &entry;
        }
    }
    if (!match.allowed.empty()) {
        match.allowed += "OPTIONS";
    }
    if (match.entry != nullptr) {
        for (std::size_t index = 0; index < path.size(); ++index) {
            if (is_parameter(match.entry->parts[index])) {
                match.parameters.push_back(path[index]);
            }
        }
    }
    return match;
}

}  // namespace studio::adapters
