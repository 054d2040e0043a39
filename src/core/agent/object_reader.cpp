#include "core/agent/object_reader.hpp"

#include <cmath>
#include <utility>

#include "base/utf8.hpp"
#include "core/context/call_context.hpp"
#include "core/context/template.hpp"

namespace studio::core {

namespace {

std::string range_message(double least, double most) {
    return "must be a number from " + text_of_number(least) + " to " + text_of_number(most);
}

}  // namespace

std::string item_path(std::string_view path, std::size_t index) {
    return std::string(path) + "[" + std::to_string(index) + "]";
}

ObjectReader::ObjectReader(const Json* json, std::string path, std::vector<FieldError>& errors)
    : path_(std::move(path)), errors_(errors) {
    if (json == nullptr) {
        return;
    }
    object_ = json->if_object();
    if (object_ == nullptr) {
        errors_.push_back({path_, "must be an object"});
    }
}

std::string ObjectReader::path_of(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void ObjectReader::report(std::string_view name, std::string message) {
    errors_.push_back({path_of(name), std::move(message)});
}

const Json* ObjectReader::find(std::string_view name) {
    known_.emplace(name);
    const Json* value =
        object_ == nullptr ? nullptr : object_->if_contains({name.data(), name.size()});
    return value == nullptr || value->is_null() ? nullptr : value;
}

void ObjectReader::read_text(std::string_view name, std::string& target, const TextRule& rule) {
    const Json* value = find(name);
    if (value == nullptr) {
        if (rule.required) {
            report(name, "is required");
        }
        return;
    }
    const auto* text = value->if_string();
    if (text == nullptr) {
        report(name, "must be a text");
        return;
    }
    const std::string_view view(text->data(), text->size());
    if (rule.required && view.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        report(name, "must not be empty");
    } else if (count_characters(view) > rule.length_max) {
        report(name, "must be at most " + std::to_string(rule.length_max) + " characters");
    } else if (const auto wrong = rule.is_template ? check_template(view) : std::nullopt) {
        report(name, *wrong);
    } else {
        target = view;
    }
}

void ObjectReader::read_boolean(std::string_view name, bool& target) {
    const Json* value = find(name);
    if (value == nullptr) {
        return;
    }
    if (!value->is_bool()) {
        report(name, "must be true or false");
        return;
    }
    target = value->get_bool();
}

void ObjectReader::read_number(std::string_view name, double& target, double least, double most) {
    const Json* value = find(name);
    if (value == nullptr) {
        return;
    }
    const double number = value->is_number() ? value->to_number<double>() : std::nan("");
    // Also false for what is not a number.
    if (!(number >= least && number <= most)) {
        report(name, range_message(least, most));
        return;
    }
    target = number;
}

void ObjectReader::read_integer(std::string_view name, int& target, int least, int most) {
    double number = target;
    const std::size_t errors_before = errors_.size();
    read_number(name, number, least, most);
    if (errors_.size() == errors_before && number != std::floor(number)) {
        report(name, "must be a whole number");
        return;
    }
    target = static_cast<int>(number);
}

void ObjectReader::read_seconds(std::string_view name, milliseconds& target, milliseconds least,
                                milliseconds most) {
    double number = static_cast<double>(target.count()) / 1000.0;
    read_number(name, number, static_cast<double>(least.count()) / 1000.0,
                static_cast<double>(most.count()) / 1000.0);
    target = milliseconds(std::llround(number * 1000.0));
}

void ObjectReader::read_texts(std::string_view name, std::vector<std::string>& target,
                              std::size_t count_max) {
    const JsonArray* list = find_list(name, count_max);
    if (list == nullptr) {
        return;
    }
    target.clear();
    for (std::size_t index = 0; index < list->size(); ++index) {
        const auto* text = (*list)[index].if_string();
        if (text == nullptr || text->empty() || count_characters(*text) > 256) {
            report(item_path(name, index), "must be a text of 1 to 256 characters");
        } else {
            target.emplace_back(text->data(), text->size());
        }
    }
}

void ObjectReader::read_object(std::string_view name, Json& target, std::size_t bytes_max) {
    const Json* value = find(name);
    if (value == nullptr) {
        return;
    }
    if (!value->is_object()) {
        report(name, "must be an object");
    } else if (memory_estimate(*value) > bytes_max) {
        report(name, "is too large");
    } else {
        target = *value;
    }
}

const JsonArray* ObjectReader::find_list(std::string_view name, std::size_t count_max) {
    const Json* value = find(name);
    if (value == nullptr) {
        return nullptr;
    }
    const JsonArray* list = value->if_array();
    if (list == nullptr) {
        report(name, "must be a list");
    } else if (list->size() > count_max) {
        report(name, "must have at most " + std::to_string(count_max) + " items");
        return nullptr;
    }
    return list;
}

void ObjectReader::finish() {
    if (object_ == nullptr) {
        return;
    }
    for (const auto& member : *object_) {
        const std::string_view name(member.key().data(), member.key().size());
        if (!known_.contains(name)) {
            report(name.substr(0, 128), "is not a known field");
        }
    }
}

}  // namespace studio::core
