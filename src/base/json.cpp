#include "base/json.hpp"

#include <boost/json/parse.hpp>

namespace studio {

Result<Json, JsonError> parse_json(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = 32;
    boost::json::error_code error;
    Json value = boost::json::parse({text.data(), text.size()}, error, {}, options);
    if (error) {
        return fail(JsonError{"not valid JSON: " + error.message()});
    }
    return value;
}

std::string serialize_json(const Json& value) {
    return boost::json::serialize(value);
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
