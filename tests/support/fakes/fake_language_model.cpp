#include "support/fakes/fake_language_model.hpp"

#include <sstream>
#include <utility>

#include "support/fakes/event_player.hpp"

namespace studio::testing_support {
namespace {

class FakeModelAnswer final : public ModelAnswer {
public:
    FakeModelAnswer(runtime::Loop& loop, milliseconds latency, ModelListener& listener,
                    std::vector<ModelEvent> events)
        : player_(loop, latency, milliseconds(5), std::move(events),
                  [&listener](const ModelEvent& event) { listener.on_model(event); }) {}

private:
    EventPlayer<ModelEvent> player_;
};

std::vector<ModelEvent> make_events(const FakeLanguageModel::Reply& reply) {
    std::vector<ModelEvent> events;
    std::istringstream stream(reply.text);
    for (std::string word; stream >> word;) {
        events.emplace_back(ModelText{(events.empty() ? "" : " ") + word});
    }
    for (const ModelToolCall& call : reply.tool_calls) {
        events.emplace_back(call);
    }
    events.emplace_back(ModelFinished{10, static_cast<std::uint32_t>(events.size())});
    return events;
}

}  // namespace

FakeLanguageModel::FakeLanguageModel(runtime::Loop& loop, FaultPlan plan, Answerer answerer)
    : loop_(loop), plan_(plan), answerer_(std::move(answerer)) {}

std::vector<OptionError> FakeLanguageModel::validate(const Json&) const {
    return {};
}

std::unique_ptr<ModelAnswer> FakeLanguageModel::ask(ModelRequest request, ModelListener& listener) {
    std::vector<ModelEvent> events;
    if (plan_.draw(plan_.silence_share)) {
        // A port never stays silent for ever: its deadline ends the wait.
        const milliseconds timeout = request.timeout;
        events = {ModelFailed{{ProviderErrorCode::timed_out, "the fake was told to be silent"}}};
        requests_.push_back(std::move(request));
        return std::make_unique<FakeModelAnswer>(loop_, timeout, listener, std::move(events));
    }
    events = make_events(answerer_(request));
    if (plan_.draw(plan_.failure_share)) {
        // Fails at the start or in the middle.
        events.resize(plan_.entropy->u32() % events.size());
        events.emplace_back(ModelFailed{FaultPlan::failure()});
    }
    requests_.push_back(std::move(request));
    return std::make_unique<FakeModelAnswer>(loop_, plan_.latency(), listener, std::move(events));
}

}  // namespace studio::testing_support
