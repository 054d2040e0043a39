#include "core/context/value_source.hpp"

#include "core/context/context_path.hpp"

namespace studio::core {

const Json* JsonSource::find(std::string_view path) const {
    const std::optional<ContextPath> steps = parse_context_path(path);
    if (!steps) {
        return nullptr;
    }
    const Json* value = root_.if_contains(steps->front().name);
    return value == nullptr ? nullptr : follow_path(*value, *steps, 1);
}

const Json* DefaultedSource::find(std::string_view path) const {
    const Json* found = source_.find(path);
    if (found != nullptr && !found->is_null()) {
        return found;
    }
    for (const auto& [name, value] : defaults_) {
        if (name == path) {
            return &value;
        }
    }
    return found;
}

}  // namespace studio::core
