#include "base/json_merge.hpp"

#include <utility>

namespace studio {

// RFC 7396, section 2. As deep as the patch, which parse_json bounds.
Json merge_patch(Json target, const Json& patch) {
    const JsonObject* changes = patch.if_object();
    if (changes == nullptr) {
        return patch;
    }
    JsonObject merged = target.is_object() ? std::move(target.get_object()) : JsonObject{};
    for (const auto& member : *changes) {
        if (member.value().is_null()) {
            merged.erase(member.key());
        } else {
            Json& place = merged[member.key()];
            place = merge_patch(std::move(place), member.value());
        }
    }
    return merged;
}

}  // namespace studio
