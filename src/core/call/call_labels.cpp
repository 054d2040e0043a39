#include "core/call/call_labels.hpp"

#include "base/utf8.hpp"

namespace studio::core {

std::map<std::string, std::string> labels_of(const Json& metadata) {
    std::map<std::string, std::string> labels;
    if (!metadata.is_object()) {
        return labels;
    }
    for (const auto& member : metadata.get_object()) {
        const Json& value = member.value();
        const bool is_plain = value.is_string() || value.is_number() || value.is_bool();
        std::string name(member.key());
        if (!is_plain || name.empty() || count_characters(name) > label_name_max) {
            continue;
        }
        std::string text =
            value.is_string() ? std::string(value.get_string()) : serialize_json(value);
        if (count_characters(text) <= label_value_max && labels.size() < call_labels_max) {
            labels.emplace(std::move(name), std::move(text));
        }
    }
    return labels;
}

}  // namespace studio::core
