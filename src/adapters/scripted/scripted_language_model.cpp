#include "adapters/scripted/scripted_language_model.hpp"

#include <algorithm>
#include <deque>
#include <string>

#include "adapters/scripted/internal/script.hpp"

namespace studio::adapters {

namespace {

constexpr std::size_t scripts_max = 8;

/// The events of one answer, sent one per turn of the loop. The posted function shares it, so that
/// an answer may be destroyed while one is under way.
struct Delivery {
    runtime::Loop& loop;
    ModelListener& listener;
    std::deque<ModelEvent> events;
    bool cancelled = false;
};

void post_next(const std::shared_ptr<Delivery>& delivery) {
    delivery->loop.post([delivery] {
        if (delivery->cancelled || delivery->events.empty()) {
            return;
        }
        const ModelEvent event = std::move(delivery->events.front());
        delivery->events.pop_front();
        if (!delivery->events.empty()) {
            post_next(delivery);
        }
        delivery->listener.on_model(event);
    });
}

class ScriptedAnswer final : public ModelAnswer {
public:
    explicit ScriptedAnswer(std::shared_ptr<Delivery> delivery) : delivery_(std::move(delivery)) {
        post_next(delivery_);
    }
    ~ScriptedAnswer() override { delivery_->cancelled = true; }

private:
    std::shared_ptr<Delivery> delivery_;
};

/// Pieces of one word each, with the space before it. Returns how many.
std::uint32_t add_words(std::string_view text, std::deque<ModelEvent>& events) {
    std::uint32_t count = 0;
    while (!text.empty()) {
        const std::size_t word = text.find_first_not_of(' ');
        const std::size_t end = word == std::string_view::npos ? word : text.find(' ', word);
        const std::size_t size = std::min(end, text.size());
        events.emplace_back(ModelText{.text = std::string(text.substr(0, size))});
        text.remove_prefix(size);
        ++count;
    }
    return count;
}

std::deque<ModelEvent> failure(std::string message) {
    return {
        ModelFailed{.error = {.code = ProviderErrorCode::rejected, .message = std::move(message)}}};
}

std::deque<ModelEvent> events_of(const Script* script, const ModelRequest& request) {
    if (script == nullptr) {
        return failure("llm.options is no script; see docs/scripted.md");
    }
    ScriptAnswer answer = script->answer(request.messages);
    std::deque<ModelEvent> events;
    ModelFinished finished{.prompt_tokens = 0, .completion_tokens = add_words(answer.text, events)};
    if (answer.call) {
        const bool is_offered =
            std::any_of(request.tools.begin(), request.tools.end(),
                        [&](const ModelTool& tool) { return tool.name == answer.call->name; });
        if (!is_offered) {
            return failure("the script calls the tool " + answer.call->name +
                           ", which the agent does not list");
        }
        events.emplace_back(*std::move(answer.call));
    }
    events.emplace_back(finished);
    return events;
}

}  // namespace

std::vector<OptionError> ScriptedLanguageModel::validate(const Json& options) const {
    std::vector<OptionError> errors;
    const auto script = Script::parse(options);
    if (!script) {
        for (const core::FieldError& error : script.error()) {
            errors.push_back({.path = error.field, .message = error.message});
        }
    }
    return errors;
}

std::unique_ptr<ModelAnswer> ScriptedLanguageModel::ask(ModelRequest request,
                                                        ModelListener& listener) {
    const std::shared_ptr<const Script> script = script_for(request.options);
    auto delivery = std::make_shared<Delivery>(Delivery{.loop = loop_,
                                                        .listener = listener,
                                                        .events = events_of(script.get(), request),
                                                        .cancelled = false});
    return std::make_unique<ScriptedAnswer>(std::move(delivery));
}

std::shared_ptr<const Script> ScriptedLanguageModel::script_for(const Json& options) {
    const auto found = std::find_if(scripts_.begin(), scripts_.end(),
                                    [&](const auto& entry) { return entry.first == options; });
    if (found != scripts_.end()) {
        std::rotate(scripts_.begin(), found, found + 1);
        return scripts_.front().second;
    }
    auto parsed = Script::parse(options);
    if (!parsed) {
        return nullptr;
    }
    if (scripts_.size() == scripts_max) {
        scripts_.pop_back();
    }
    auto script = std::make_shared<const Script>(*std::move(parsed));
    scripts_.emplace(scripts_.begin(), options, script);
    return script;
}

}  // namespace studio::adapters
