#include "base/fingerprint.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace studio {

namespace {

/// The value with the members of every object in the order of their names. As deep as the value,
/// which parse_json bounds.
Json sorted(const Json& value) {
    if (const JsonArray* list = value.if_array()) {
        JsonArray items;
        for (const Json& item : *list) {
            items.push_back(sorted(item));
        }
        return items;
    }
    const JsonObject* object = value.if_object();
    if (object == nullptr) {
        return value;
    }
    std::vector<const boost::json::key_value_pair*> members;
    for (const auto& member : *object) {
        members.push_back(&member);
    }
    std::sort(members.begin(), members.end(),
              [](const auto* left, const auto* right) { return left->key() < right->key(); });
    JsonObject result;
    for (const auto* member : members) {
        result.emplace(member->key(), sorted(member->value()));
    }
    return result;
}

}  // namespace

std::uint64_t fnv1a(std::string_view content) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char letter : content) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3U;
    }
    return hash;
}

std::string fingerprint_of(const Json& value) {
    return std::to_string(fnv1a(serialize_json(sorted(value))));
}

}  // namespace studio
