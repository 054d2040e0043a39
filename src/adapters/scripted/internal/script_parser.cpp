#include <algorithm>
#include <utility>

#include "adapters/scripted/internal/script.hpp"
#include "core/agent/names.hpp"
#include "core/agent/object_reader.hpp"
#include "core/context/template.hpp"

namespace studio::adapters {

namespace {

using core::item_path;
using core::ObjectReader;

constexpr std::size_t rules_max = 256;
constexpr std::size_t list_entries_max = 512;
constexpr std::size_t text_bytes_max = 4096;

}  // namespace

class ScriptParser {
public:
    Result<Script, std::vector<core::FieldError>> parse(const Json& options) {
        ObjectReader root(&options, "", errors_);
        read_lists(root);
        read_slots(root);
        const JsonArray* rules = root.find_list("rules", rules_max);
        if (rules == nullptr || rules->empty()) {
            root.report("rules", "at least one rule is required");
        }
        for (std::size_t index = 0; rules != nullptr && index < rules->size(); ++index) {
            read_rule((*rules)[index], item_path("rules", index));
        }
        script_.otherwise_ = read_texts(root, "otherwise");
        check_templates(root, "otherwise", script_.otherwise_);
        root.finish();
        if (!errors_.empty()) {
            return fail(errors_);
        }
        return script_;
    }

private:
    /// One text or a list of texts.
    std::vector<std::string> read_texts(ObjectReader& reader, std::string_view name) {
        std::vector<std::string> texts;
        const Json* value = reader.find(name);
        const JsonArray single =
            value != nullptr && value->is_string() ? JsonArray{*value} : JsonArray{};
        const JsonArray* list =
            value == nullptr || value->is_string() ? &single : reader.find_list(name, 64);
        for (std::size_t index = 0; list != nullptr && index < list->size(); ++index) {
            const auto* text = (*list)[index].if_string();
            if (text == nullptr || text->empty() || text->size() > text_bytes_max) {
                reader.report(item_path(name, index), "must be a text of 1 to 4096 bytes");
            } else {
                texts.emplace_back(text->data(), text->size());
            }
        }
        return texts;
    }

    static void check_templates(ObjectReader& reader, std::string_view name,
                                const std::vector<std::string>& texts) {
        for (const std::string& text : texts) {
            if (const auto wrong = core::check_template(text)) {
                reader.report(name, *wrong);
            }
        }
    }

    std::vector<Pattern> read_patterns(ObjectReader& reader, std::string_view name) {
        std::vector<Pattern> patterns;
        const std::vector<std::string> texts = read_texts(reader, name);
        for (std::size_t index = 0; index < texts.size(); ++index) {
            auto pattern = Pattern::parse(texts[index], script_.lists_);
            if (pattern) {
                patterns.push_back(*std::move(pattern));
            } else {
                reader.report(item_path(name, index), pattern.error());
            }
        }
        return patterns;
    }

    void read_lists(ObjectReader& root) {
        const Json* json = root.find("lists");
        ObjectReader reader(json, "lists", errors_);
        const JsonObject* lists = json == nullptr ? nullptr : json->if_object();
        if (lists == nullptr) {
            return;
        }
        for (const auto& member : *lists) {
            const std::string name(member.key().data(), member.key().size());
            if (!core::is_tool_name(name) || is_builtin_list(name)) {
                reader.report(name.substr(0, 64), "is no name for a list, or one of the built-in");
                continue;
            }
            read_list(reader, name, member.value());
        }
    }

    /// `["a", "b"]`, or `{"a": ["what is said", …]}`.
    void read_list(ObjectReader& lists, const std::string& name, const Json& json) {
        WordList list;
        if (json.is_array()) {
            for (const std::string& text : read_texts(lists, name)) {
                list.entries.emplace_back(to_words(text), text);
            }
        } else if (const JsonObject* object = json.if_object()) {
            ObjectReader reader(&json, lists.path_of(name), errors_);
            for (const auto& member : *object) {
                const std::string meaning(member.key().data(), member.key().size());
                for (const std::string& text : read_texts(reader, meaning)) {
                    list.entries.emplace_back(to_words(text), meaning);
                }
            }
        } else {
            lists.report(name, "must be a list or an object of lists");
        }
        std::erase_if(list.entries, [](const auto& entry) { return entry.first.empty(); });
        if (list.entries.size() > list_entries_max) {
            lists.report(name, "has more than 512 entries");
        }
        script_.lists_.emplace(name, std::move(list));
    }

    void read_slots(ObjectReader& root) {
        const Json* json = root.find("slots");
        ObjectReader reader(json, "slots", errors_);
        const JsonObject* slots = json == nullptr ? nullptr : json->if_object();
        if (slots == nullptr) {
            return;
        }
        if (slots->size() > 64) {
            root.report("slots", "must have at most 64 members");
            return;
        }
        for (const auto& member : *slots) {
            Slot slot;
            slot.name.assign(member.key().data(), member.key().size());
            if (!core::is_tool_name(slot.name)) {
                reader.report(slot.name.substr(0, 64),
                              "must be lower-case letters, digits and underscores");
            }
            ObjectReader item(&member.value(), reader.path_of(slot.name), errors_);
            slot.patterns = read_patterns(item, "patterns");
            slot.asked = read_patterns(item, "asked");
            slot.unless = read_patterns(item, "unless");
            slot.not_in = read_texts(item, "not_in");
            item.finish();
            script_.slots_.push_back(std::move(slot));
        }
    }

    std::vector<std::string> read_slot_names(ObjectReader& reader, std::string_view name) {
        std::vector<std::string> names = read_texts(reader, name);
        for (const std::string& each : names) {
            if (!has_slot(each)) {
                reader.report(name, "names the unknown slot " + each.substr(0, 64));
            }
        }
        return names;
    }

    [[nodiscard]] bool has_slot(std::string_view name) const {
        return std::any_of(script_.slots_.begin(), script_.slots_.end(),
                           [&](const Slot& slot) { return slot.name == name; });
    }

    void read_when(const Json* json, const std::string& path, RuleCondition& when) {
        ObjectReader reader(json, path, errors_);
        when.said = read_patterns(reader, "said");
        when.not_said = read_patterns(reader, "not_said");
        when.filled = read_slot_names(reader, "filled");
        when.missing = read_slot_names(reader, "missing");
        when.states = read_texts(reader, "state");
        reader.read_text("result", when.result, {.length_max = 64});
        when.called = read_texts(reader, "called");
        when.not_called = read_texts(reader, "not_called");
        reader.read_integer("misses", when.misses, 0, 100);
        if (const Json* changed = reader.find("changed")) {
            if (changed->is_bool()) {
                when.changed = changed->get_bool();
            } else {
                reader.report("changed", "must be true or false");
            }
        }
        std::string text;
        reader.read_text("if", text);
        if (!text.empty()) {
            auto condition = core::Condition::parse(text);
            if (condition) {
                when.condition = *std::move(condition);
            } else {
                reader.report("if", condition.error().message);
            }
        }
        if (!when.result.empty() && !when.said.empty()) {
            reader.report("said", "does not go with result: a tool answers, not the caller");
        }
        reader.finish();
    }

    void read_rule(const Json& json, const std::string& path) {
        Rule rule;
        ObjectReader reader(&json, path, errors_);
        read_when(reader.find("when"), path + ".when", rule.when);
        rule.say = read_texts(reader, "say");
        check_templates(reader, "say", rule.say);
        reader.read_text("ask", rule.ask, {.length_max = 64});
        if (!rule.ask.empty() && !has_slot(rule.ask)) {
            reader.report("ask", "names an unknown slot");
        }
        if (const Json* call = reader.find("call")) {
            ObjectReader caller(call, path + ".call", errors_);
            caller.read_text("tool", rule.tool, {.required = true, .length_max = 64});
            caller.read_object("arguments", rule.arguments);
            caller.finish();
        }
        reader.read_text("then", rule.then, {.length_max = 64});
        rule.clear = read_slot_names(reader, "clear");
        reader.read_boolean("goes_on", rule.goes_on);
        if (rule.say.empty() && rule.tool.empty()) {
            reader.report("say", "a rule must say something or call a tool");
        }
        reader.finish();
        script_.rules_.push_back(std::move(rule));
    }

    Script script_;
    std::vector<core::FieldError> errors_;
};

Result<Script, std::vector<core::FieldError>> Script::parse(const Json& options) {
    return ScriptParser().parse(options);
}

}  // namespace studio::adapters
