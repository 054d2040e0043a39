#include "adapters/openai/internal/chat_body.hpp"

#include <utility>

#include "adapters/openai/internal/strict_messages.hpp"

namespace studio::adapters::openai {
namespace {

const char* role_name(ModelRole role) {
    switch (role) {
        case ModelRole::system:
            return "system";
        case ModelRole::user:
            return "user";
        case ModelRole::assistant:
            return "assistant";
        case ModelRole::tool:
            return "tool";
    }
    return "user";
}

JsonObject make_message(const ModelMessage& message) {
    JsonObject object{{"role", role_name(message.role)}, {"content", message.content}};
    if (message.role == ModelRole::tool) {
        object["tool_call_id"] = message.tool_call_id;
    }
    if (!message.tool_calls.empty()) {
        JsonArray calls;
        for (const ModelToolCall& call : message.tool_calls) {
            calls.push_back(JsonObject{
                {"id", call.id},
                {"type", "function"},
                {"function", JsonObject{{"name", call.name}, {"arguments", call.arguments}}}});
        }
        object["tool_calls"] = std::move(calls);
        if (message.content.empty()) {
            object["content"] = nullptr;
        }
    }
    return object;
}

}  // namespace

Json make_chat_body(const ModelRequest& request, const OpenaiOptions& options) {
    JsonObject body{{"model", request.model.empty() ? options.language_model : request.model},
                    {"temperature", request.temperature},
                    {"stream", true},
                    {"stream_options", JsonObject{{"include_usage", true}}}};
    JsonArray messages;
    for (const ModelMessage& message : make_strict(request.messages)) {
        messages.push_back(make_message(message));
    }
    body["messages"] = std::move(messages);
    if (!request.tools.empty()) {
        JsonArray tools;
        for (const ModelTool& tool : request.tools) {
            tools.push_back(JsonObject{{"type", "function"},
                                       {"function", JsonObject{{"name", tool.name},
                                                               {"description", tool.description},
                                                               {"parameters", tool.parameters}}}});
        }
        body["tools"] = std::move(tools);
    }
    for (const char* name : {"max_tokens", "top_p", "seed"}) {
        if (const Json* value = find_member(request.options, name)) {
            body[name] = *value;
        }
    }
    return body;
}

}  // namespace studio::adapters::openai
