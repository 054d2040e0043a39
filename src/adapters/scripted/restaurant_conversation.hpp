#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/scripted/scripted_language_model.hpp"
#include "core/agent/agent_config.hpp"
#include "core/tool/tool_run.hpp"

// For tests: the example agent as a conversation of texts.

namespace studio::adapters {

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

inline Json read_example(const std::string& name) {
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

}  // namespace studio::adapters
