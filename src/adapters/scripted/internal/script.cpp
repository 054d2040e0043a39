#include "adapters/scripted/internal/script.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/context/template.hpp"

namespace studio::adapters {

/// Goes through a conversation message by message:
///
///   user  --> fill slots --> choose a rule --> remember what it asked, its state
///   tool  --> take the result ------> choose a rule with that `result`
///
/// Which tools were called is read from the assistant's messages, since an answer that was cut off
/// may never have called one.
class Replay {
public:
    explicit Replay(const Script& script) : script_(script), uses_(script.rules_.size() + 1) {}

    void read(const ModelMessage& message) {
        answer_ = {};
        switch (message.role) {
            case ModelRole::system:
                return;
            case ModelRole::user:
                return on_user(message.content);
            case ModelRole::assistant:
                for (const ModelToolCall& call : message.tool_calls) {
                    names_[call.id] = call.name;
                    called_.insert(call.name);
                    ++calls_;
                }
                return;
            case ModelRole::tool:
                return on_result(message);
        }
    }

    [[nodiscard]] ScriptAnswer answer() const { return answer_; }

private:
    void on_user(std::string_view text) {
        words_ = to_words(text);
        fill_slots();
        root_["result"] = nullptr;
        choose("");
    }

    void on_result(const ModelMessage& message) {
        words_.clear();
        const auto parsed = parse_json(message.content);
        root_["result"] = parsed ? *parsed : Json(message.content);
        const auto name = names_.find(message.tool_call_id);
        choose(name == names_.end() ? "?" : name->second);
    }

    void fill_slots() {
        for (const Slot& slot : script_.slots_) {
            std::optional<Json> value;
            if (slot.name == asked_) {
                value = first_match(slot.asked);
            }
            if (!value) {
                value = first_match(slot.patterns);
            }
            if (value) {
                slots()[slot.name] = *std::move(value);
            }
        }
    }

    [[nodiscard]] std::optional<Json> first_match(const std::vector<Pattern>& patterns) const {
        for (const Pattern& pattern : patterns) {
            if (auto value = pattern.match(words_, script_.lists_)) {
                return value;
            }
        }
        return std::nullopt;
    }

    JsonObject& slots() { return root_["slots"].get_object(); }

    [[nodiscard]] bool is_filled(const std::string& name) const {
        return root_.at("slots").get_object().contains(name);
    }

    [[nodiscard]] bool applies(const RuleCondition& when, std::string_view result) const {
        const auto filled = [this](const std::string& name) { return is_filled(name); };
        const auto called = [this](const std::string& name) { return called_.contains(name); };
        const std::string state(root_.at("state").get_string());
        const bool state_holds =
            when.states.empty() ||
            std::find(when.states.begin(), when.states.end(), state) != when.states.end();
        return when.result == result && state_holds &&
               std::all_of(when.filled.begin(), when.filled.end(), filled) &&
               std::none_of(when.missing.begin(), when.missing.end(), filled) &&
               std::all_of(when.called.begin(), when.called.end(), called) &&
               std::none_of(when.not_called.begin(), when.not_called.end(), called) &&
               (when.said.empty() || first_match(when.said)) &&
               (!when.condition || when.condition->holds(core::JsonSource(root_)));
    }

    void choose(std::string_view result) {
        for (std::size_t index = 0; index < script_.rules_.size(); ++index) {
            if (applies(script_.rules_[index].when, result)) {
                use(script_.rules_[index], uses_[index]++);
                return;
            }
        }
        if (result.empty()) {
            say(script_.otherwise_, uses_.back()++);
        }
    }

    void say(const std::vector<std::string>& texts, std::size_t use_index) {
        if (!texts.empty()) {
            answer_.text = core::render_text(texts[use_index % texts.size()],
                                             core::JsonSource(root_), {.bytes_max = 4096})
                               .text;
        }
    }

    void use(const Rule& rule, std::size_t use_index) {
        say(rule.say, use_index);
        if (!rule.tool.empty()) {
            const Json arguments =
                core::render_value(rule.arguments, core::JsonSource(root_)).value;
            answer_.call = ModelToolCall{.id = "call_" + std::to_string(calls_ + 1),
                                         .name = rule.tool,
                                         .arguments = serialize_json(arguments)};
        }
        asked_ = rule.ask;
        if (!rule.then.empty()) {
            root_["state"] = rule.then;
        }
        for (const std::string& name : rule.clear) {
            slots().erase(name);
        }
    }

    const Script& script_;
    /// How often each rule was used; `otherwise` last.
    std::vector<std::size_t> uses_;
    /// What templates and conditions see.
    JsonObject root_{{"slots", JsonObject{}}, {"state", ""}, {"result", nullptr}};
    Words words_;
    std::string asked_;
    std::map<std::string, std::string, std::less<>> names_;
    std::set<std::string, std::less<>> called_;
    std::size_t calls_ = 0;
    ScriptAnswer answer_;
};

ScriptAnswer Script::answer(const std::vector<ModelMessage>& messages) const {
    Replay replay(*this);
    for (const ModelMessage& message : messages) {
        replay.read(message);
    }
    return replay.answer();
}

}  // namespace studio::adapters
