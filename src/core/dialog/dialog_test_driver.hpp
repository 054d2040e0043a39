#pragma once

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "core/dialog/dialog.hpp"

namespace studio::core {

using Lines = std::vector<std::string>;

/// Drives a Dialog and writes down what comes out.
class DialogTest : public testing::Test {
protected:
    static DialogOptions options() {
        return {.system_prompt = "Be kind.", .apology = "Sorry, what?"};
    }

    std::string input(const DialogInput& value) {
        dialog_.handle(value, Instant{});
        std::string all;
        while (const auto output = dialog_.poll_output()) {
            std::visit([&all, this](const auto& which) { all += describe(which) + "; "; }, *output);
        }
        return all;
    }
    std::string describe(const AskModel& ask) {
        request_ = ask.request;
        messages_.clear();
        for (const DialogMessage& message : ask.messages) {
            std::string line(1, "sUAt"[static_cast<std::size_t>(message.role)]);
            line += ":" + message.content;
            for (const DialogToolCall& call : message.tool_calls) {
                line += "<" + call.name + ">";
            }
            messages_.push_back(line);
        }
        return ask.is_early ? "ask early" : "ask";
    }
    static std::string describe(const CancelModel&) { return "cancel"; }
    std::string describe(const Speak& speak) {
        sentence_ = speak.sentence;
        spoken_ = speak.spoken;
        return "speak " + speak.text;
    }
    std::string describe(const RunTool& run) {
        tool_ = run.call.id;
        return "run " + run.call.name;
    }
    static std::string describe(const AnswerHeard& heard) {
        return "heard " + heard.text + (heard.interrupted ? "|" : "");
    }
    static std::string describe(const EndRequested& end) {
        return "end " + end.reason + (end.failed ? "!" : "");
    }
    static std::string describe(const HandOffRequested& hand_off) {
        return "hand off to " + hand_off.agent;
    }
    static std::string describe(const EarlyAnswerSettled& early) {
        return early.is_kept ? "kept" : "dropped";
    }
    std::string piece(const std::string& text) { return input(ModelPiece{request_, text}); }
    std::string done() { return input(ModelDone{request_, 10}); }
    std::string tool(const std::string& name, const std::string& id = "") {
        return input(ModelToolAsked{request_, {id, name, "{}"}});
    }

    Dialog dialog_{options()};
    std::uint32_t request_ = 0;
    std::uint32_t sentence_ = 0;
    std::string spoken_;
    std::string tool_;
    Lines messages_;
};

}  // namespace studio::core
