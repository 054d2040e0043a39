#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <sstream>

#include "adapters/scripted/scripted_language_model.hpp"
#include "core/agent/agent_config.hpp"
#include "core/tool/tool_run.hpp"

namespace studio::adapters {
namespace {

/// Runs posted functions when asked to; time stands still.
class HandLoop final : public runtime::Loop {
public:
    [[nodiscard]] Instant now() const override { return {}; }
    [[nodiscard]] WallTime wall_now() const override { return {}; }
    void post(Function function) override { functions_.push_back(std::move(function)); }
    [[nodiscard]] std::unique_ptr<runtime::Timer> start_timer(Instant, Function) override {
        return nullptr;
    }
    void run() {
        while (run_one()) {
        }
    }
    bool run_one() {
        if (functions_.empty()) {
            return false;
        }
        const Function function = std::move(functions_.front());
        functions_.pop_front();
        function();
        return true;
    }

private:
    std::deque<Function> functions_;
};

struct Recorder final : ModelListener {
    void on_model(const ModelEvent& event) override {
        events.push_back(event);
        if (destroys != nullptr) {
            destroys->reset();
        }
    }
    [[nodiscard]] std::string text() const {
        std::string all;
        for (const ModelEvent& event : events) {
            if (const auto* piece = std::get_if<ModelText>(&event)) {
                all += piece->text;
            }
        }
        return all;
    }
    std::vector<ModelEvent> events;
    std::unique_ptr<ModelAnswer>* destroys = nullptr;
};

Json read_example(const std::string& name) {
    std::ifstream file(std::string(STUDIO_EXAMPLES) + "/restaurant/" + name);
    std::stringstream text;
    text << file.rdbuf();
    return parse_json(text.str()).value();
}

/// The example agent without sound: text in, text out, and a back end that answers as told.
class Conversation {
public:
    Conversation() : context_(JsonObject{{"bookings_url", "http://127.0.0.1:9"}}) {
        const auto config =
            core::parse_agent_config(*find_member(read_example("agent.json"), "config"));
        EXPECT_TRUE(config);
        request_.options = config->llm.options;
        EXPECT_TRUE(model_.validate(request_.options).empty());
        for (const std::string& name : config->tools) {
            const Json file = read_example("tools/" + name + ".json");
            auto tool = core::parse_tool_definition(name, *find_member(file, "config"),
                                                    member_text(file, "description"));
            EXPECT_TRUE(tool) << name << (tool ? "" : tool.error().front().field);
            request_.tools.push_back({name, tool->description, core::to_json_schema(*tool)});
            tools_[name] = std::make_shared<core::ToolDefinition>(*tool);
        }
    }

    /// What the agent says to a sentence, with what its tools say.
    std::string say(const std::string& sentence) {
        request_.messages.push_back({ModelRole::user, sentence, {}, {}});
        std::string heard;
        for (int round = 0; round < 4; ++round) {
            Recorder recorder;
            const auto answer = model_.ask(request_, recorder);
            EXPECT_TRUE(recorder.events.empty()) << "nothing comes from inside ask";
            loop_.run();
            EXPECT_TRUE(std::holds_alternative<ModelFinished>(recorder.events.back()));
            heard += recorder.text();
            ModelMessage message{ModelRole::assistant, recorder.text(), {}, {}};
            for (const ModelEvent& event : recorder.events) {
                if (const auto* call = std::get_if<ModelToolCall>(&event)) {
                    message.tool_calls.push_back(*call);
                }
            }
            request_.messages.push_back(message);
            if (message.tool_calls.empty()) {
                break;
            }
            heard += run_tool(message.tool_calls.front());
        }
        return heard;
    }

    std::vector<core::HttpNeeded> requests;
    int status = 201;
    std::string ended;

private:
    std::string run_tool(const ModelToolCall& call) {
        std::string spoken;
        core::ToolRun run(tools_.at(call.name));
        run.handle(core::ToolStart{call.arguments}, context_);
        while (auto output = run.poll_output()) {
            if (const auto* http = std::get_if<core::HttpNeeded>(&*output)) {
                requests.push_back(*http);
                run.handle(core::ToolHttpFinished{status, R"({"confirmation": "blue river 1"})"},
                           context_);
            } else if (const auto* words = std::get_if<core::ToolSay>(&*output)) {
                spoken += words->text;
            } else if (const auto* end = std::get_if<core::ToolEndCall>(&*output)) {
                ended = end->reason;
            } else if (const auto* done = std::get_if<core::ToolFinished>(&*output)) {
                request_.messages.push_back(
                    {ModelRole::tool, serialize_json(done->result), {}, call.id});
            }
        }
        return spoken;
    }

    HandLoop loop_;
    ScriptedLanguageModel model_{loop_};
    ModelRequest request_;
    core::CallContext context_;
    std::map<std::string, std::shared_ptr<core::ToolDefinition>> tools_;
};

TEST(Restaurant, TheDemoCallersSentencesBookATable) {
    Conversation call;
    std::ifstream file(std::string(STUDIO_EXAMPLES) + "/restaurant/caller.txt");
    std::vector<std::string> answers;
    for (std::string line; std::getline(file, line);) {
        answers.push_back(call.say(line));
    }
    EXPECT_EQ(answers, (std::vector<std::string>{
                           "A table for 2, tomorrow evening, with pleasure. At what time?",
                           "And what is your name?",
                           "A table for 2, tomorrow evening at seven o'clock, for John Smith. "
                           "Shall I book it?",
                           "Your table is booked. The confirmation code is blue river 1.",
                           "Thank you for calling. We look forward to seeing you. Goodbye!"}));
    ASSERT_EQ(call.requests.size(), 1U);
    EXPECT_EQ(call.requests[0].url, "http://127.0.0.1:9/bookings");
    EXPECT_EQ(parse_json(call.requests[0].body).value(),
              parse_json(R"({"people": 2, "day": "tomorrow evening", "time": "seven o'clock",
                             "name": "John Smith"})")
                  .value());
    EXPECT_EQ(call.ended, "finished");
}

TEST(Restaurant, AsksForWhatIsMissingAndTakesShortAnswers) {
    Conversation call;
    EXPECT_EQ(call.say("hello there"),
              "I am sorry, I did not understand. Would you like to book a table?");
    EXPECT_EQ(call.say("I want to reserve a table."), "With pleasure. For how many people?");
    EXPECT_EQ(call.say("uh"), "How many people will come?");
    EXPECT_EQ(call.say("four"), "On which day?");
    EXPECT_EQ(call.say("next friday"), "A table for 4, next friday, with pleasure. At what time?");
    EXPECT_EQ(call.say("half past eight"), "And what is your name?");
    EXPECT_EQ(call.say("mary brown"),
              "A table for 4, next friday at half past eight, for Mary Brown. Shall I book it?");
    EXPECT_EQ(call.say("no"), "I am sorry. What is different?");
    EXPECT_EQ(call.say("for six people"),
              "A table for 6, next friday at half past eight, for Mary Brown. Shall I book it?");
    EXPECT_TRUE(call.requests.empty());
    EXPECT_TRUE(call.ended.empty());
}

TEST(Restaurant, AFailedBookingIsToldAndMayBeTriedAgain) {
    Conversation call;
    call.status = 500;
    call.say("a table for two people tomorrow at seven o'clock in the name of john");
    EXPECT_EQ(call.say("yes"), "I am sorry, I could not book the table.Shall I try again?");
    call.status = 201;
    EXPECT_EQ(call.say("yes please"),
              "Your table is booked. The confirmation code is blue river 1.");
    EXPECT_EQ(call.requests.size(), 2U);
}

TEST(Scripted, AnAnswerMayBeDestroyedInItsOwnEventOrBefore) {
    HandLoop loop;
    ScriptedLanguageModel model(loop);
    ModelRequest request;
    request.options = parse_json(R"({"rules": [{"say": "one two three"}]})").value();
    request.messages.push_back({ModelRole::user, "x", {}, {}});
    Recorder recorder;
    std::unique_ptr<ModelAnswer> answer = model.ask(request, recorder);
    recorder.destroys = &answer;
    loop.run();
    EXPECT_EQ(recorder.events.size(), 1U);
    Recorder silent;
    model.ask(request, silent).reset();
    loop.run();
    EXPECT_TRUE(silent.events.empty());
}

TEST(Scripted, WrongOptionsAndUnknownToolsAreRejected) {
    HandLoop loop;
    ScriptedLanguageModel model(loop);
    for (const char* options : {"{}", "1", R"({"rules": [{"call": {"tool": "no"}}]})"}) {
        ModelRequest request;
        request.options = parse_json(options).value();
        request.messages.push_back({ModelRole::user, "x", {}, {}});
        Recorder recorder;
        const auto answer = model.ask(request, recorder);
        loop.run();
        ASSERT_EQ(recorder.events.size(), 1U) << options;
        const auto* failed = std::get_if<ModelFailed>(&recorder.events[0]);
        ASSERT_NE(failed, nullptr) << options;
        EXPECT_EQ(failed->error.code, ProviderErrorCode::rejected);
    }
}

TEST(Scripted, ErrorsHavePaths) {
    HandLoop loop;
    const ScriptedLanguageModel model(loop);
    const auto errors = model.validate(parse_json(R"({
        "lists": {"number": ["x"], "colour": 3}, 
        "slots": {"a": {"patterns": ["{nope}", "(a", "[b]"]}},
        "rules": [{"when": {"said": "A", "missing": "zzz", "if": "and"}, "say": "{{"},
                  {"ask": "q"}],
        "extra": 1})")
                                           .value());
    std::vector<std::string> paths;
    for (const OptionError& error : errors) {
        paths.push_back(error.path);
    }
    EXPECT_EQ(paths,
              (std::vector<std::string>{
                  "lists.number", "lists.colour", "slots.a.patterns[0]", "slots.a.patterns[1]",
                  "slots.a.patterns[2]", "rules[0].when.said[0]", "rules[0].when.missing",
                  "rules[0].when.if", "rules[0].say", "rules[1].ask", "rules[1].say", "extra"}));
}

}  // namespace
}  // namespace studio::adapters
