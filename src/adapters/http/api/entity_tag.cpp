#include "adapters/http/api/entity_tag.hpp"

#include <algorithm>

#include "base/fingerprint.hpp"

namespace studio::adapters {

namespace {

constexpr std::size_t id_letters = 8;

bool is_separator(char letter) {
    return letter == ' ' || letter == '\t' || letter == ',';
}

}  // namespace

bool matches_any_tag(std::string_view list, std::string_view tag, TagComparison comparison) {
    while (!list.empty()) {
        if (is_separator(list.front())) {
            list.remove_prefix(1);
            continue;
        }
        if (list.front() == '*') {
            return true;
        }
        const bool is_weak = list.starts_with("W/");
        const std::string_view rest = list.substr(is_weak ? 2 : 0);
        const std::size_t end = rest.starts_with('"') ? rest.find('"', 1) : std::string_view::npos;
        if (end == std::string_view::npos) {
            // No tag: on to the next comma.
            list.remove_prefix(std::min(list.find(','), list.size()));
            continue;
        }
        const bool counts = comparison == TagComparison::weak || !is_weak;
        if (counts && rest.substr(0, end + 1) == tag) {
            return true;
        }
        list = rest.substr(end + 1);
    }
    return false;
}

std::string tag_of(const Resource& resource) {
    return '"' + std::to_string(resource.updated_at.time_since_epoch().count()) + '-' +
           resource.id.substr(0, id_letters) + '"';
}

std::string tag_of(std::string_view content) {
    return '"' + std::to_string(fnv1a(content)) + '"';
}

bool is_unchanged(const ApiRequest& request, std::string_view tag) {
    return matches_any_tag(request.if_none_match, tag, TagComparison::weak);
}

}  // namespace studio::adapters
