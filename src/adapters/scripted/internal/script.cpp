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
/// A slot's patterns use up the words that they take, in the order of the slots, so that one number
/// is not both a party's size and an hour.
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
                // Where a remark is the last word, a result came late: what it asks for is said.
                answer_ = result_answer_;
                return;
            case ModelRole::user:
                return on_user(message.content);
            case ModelRole::assistant:
                if (!message.content.empty()) {
                    root_["last"] = message.content;
                }
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
        root_["said"] = std::string(text);
        fill_slots();
        misses_ = has_filled_ ? 0 : misses_ + 1;
        root_["result"] = nullptr;
        choose("");
    }

    void on_result(const ModelMessage& message) {
        words_.clear();
        const auto parsed = parse_json(message.content, json_as_stored);
        root_["result"] = parsed ? *parsed : Json(message.content);
        const auto name = names_.find(message.tool_call_id);
        choose(name == names_.end() ? "?" : name->second);
        result_answer_ = answer_;
    }

    void fill_slots() {
        has_filled_ = has_changed_ = false;
        Words rest = words_;
        for (const Slot& slot : script_.slots_) {
            fill(slot, slot.patterns, rest);
        }
        for (const Slot& slot : script_.slots_) {
            if (slot.name == asked_) {
                fill(slot, slot.asked, rest);
            }
        }
    }

    void fill(const Slot& slot, const std::vector<Pattern>& patterns, Words& rest) {
        const std::string state(root_.at("state").get_string());
        if (std::ranges::find(slot.not_in, state) != slot.not_in.end() ||
            matches_any(slot.unless)) {
            return;
        }
        for (const Pattern& pattern : patterns) {
            auto found = pattern.find(rest, script_.lists_);
            if (!found) {
                continue;
            }
            const Json* before = slots().if_contains(slot.name);
            has_changed_ = has_changed_ || before == nullptr || *before != found->value;
            has_filled_ = true;
            slots()[slot.name] = std::move(found->value);
            std::fill(rest.begin() + static_cast<std::ptrdiff_t>(found->begin),
                      rest.begin() + static_cast<std::ptrdiff_t>(found->end), used_word);
            if (slot.name == asked_) {
                asked_.clear();
            }
            return;
        }
    }

    [[nodiscard]] bool matches_any(const std::vector<Pattern>& patterns) const {
        return std::ranges::any_of(patterns, [this](const Pattern& pattern) {
            return pattern.find(words_, script_.lists_).has_value();
        });
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
        return when.result == result && state_holds && misses_ >= when.misses &&
               when.changed.value_or(has_changed_) == has_changed_ &&
               std::all_of(when.filled.begin(), when.filled.end(), filled) &&
               std::none_of(when.missing.begin(), when.missing.end(), filled) &&
               std::all_of(when.called.begin(), when.called.end(), called) &&
               std::none_of(when.not_called.begin(), when.not_called.end(), called) &&
               (when.said.empty() || matches_any(when.said)) && !matches_any(when.not_said) &&
               (!when.condition || when.condition->holds(core::JsonSource(root_)));
    }

    void choose(std::string_view result) {
        bool goes_on = false;
        for (std::size_t index = 0; index < script_.rules_.size(); ++index) {
            const Rule& rule = script_.rules_[index];
            const bool listens = !rule.when.said.empty() || rule.when.misses > 0;
            if ((goes_on && listens) || !applies(rule.when, result)) {
                continue;
            }
            if (!rule.when.said.empty()) {
                misses_ = 0;
            }
            use(rule, uses_[index]++);
            if (!rule.goes_on) {
                return;
            }
            goes_on = true;
        }
        if (result.empty() && !goes_on) {
            say(script_.otherwise_, uses_.back()++);
        }
    }

    void say(const std::vector<std::string>& texts, std::size_t use_index) {
        if (!texts.empty()) {
            answer_.text += (answer_.text.empty() ? "" : " ") +
                            core::render_text(texts[use_index % texts.size()],
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
        if (!rule.ask.empty()) {
            asked_ = rule.ask;
        }
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
    JsonObject root_{
        {"slots", JsonObject{}}, {"state", ""}, {"result", nullptr}, {"said", ""}, {"last", ""}};
    Words words_;
    /// The slot that is asked for, until it is filled or another is asked for.
    std::string asked_;
    /// Of what was said last: whether it filled a slot, and with another value than it had.
    bool has_filled_ = false;
    bool has_changed_ = false;
    int misses_ = 0;
    std::map<std::string, std::string, std::less<>> names_;
    std::set<std::string, std::less<>> called_;
    std::size_t calls_ = 0;
    ScriptAnswer answer_;
    /// To the newest result of a tool.
    ScriptAnswer result_answer_;
};

ScriptAnswer Script::answer(const std::vector<ModelMessage>& messages) const {
    Replay replay(*this);
    for (const ModelMessage& message : messages) {
        replay.read(message);
    }
    return replay.answer();
}

}  // namespace studio::adapters
