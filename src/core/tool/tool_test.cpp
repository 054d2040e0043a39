#include <gtest/gtest.h>

#include "core/tool/internal/transform.hpp"
#include "core/tool/tool_run.hpp"

namespace studio::core {
namespace {

Json json(std::string_view text) {
    return parse_json(text).value();
}

std::shared_ptr<const ToolDefinition> make_tool(std::string_view config) {
    auto tool = parse_tool_definition("tool", json(config), "Does something.");
    EXPECT_TRUE(tool) << (tool ? ""
                               : tool.error().front().field + " " + tool.error().front().message);
    return tool ? std::make_shared<const ToolDefinition>(*tool) : nullptr;
}

/// What a run gave out, drained.
struct Drained {
    std::vector<HttpNeeded> requests;
    std::vector<std::string> said;
    std::vector<std::string> handoffs;
    std::vector<std::string> ends;
    std::vector<std::string> transfers;
    std::vector<std::string> digits;
    std::optional<ToolFinished> finished;
};

Drained drain(ToolRun& run) {
    Drained all;
    while (auto output = run.poll_output()) {
        EXPECT_FALSE(all.finished) << "finished is the last output";
        if (const auto* http = std::get_if<HttpNeeded>(&*output)) {
            all.requests.push_back(*http);
        } else if (const auto* words = std::get_if<ToolSay>(&*output)) {
            all.said.push_back(words->text);
        } else if (const auto* handoff = std::get_if<ToolHandoff>(&*output)) {
            all.handoffs.push_back(handoff->target_agent);
        } else if (const auto* transfer = std::get_if<TransferNeeded>(&*output)) {
            all.transfers.push_back(transfer->target);
        } else if (const auto* keys = std::get_if<DigitsNeeded>(&*output)) {
            all.digits.push_back(keys->digits);
        } else if (const auto* end = std::get_if<ToolEndCall>(&*output)) {
            all.ends.push_back(end->reason);
        } else {
            all.finished = std::get<ToolFinished>(*output);
        }
    }
    return all;
}

Drained run_tool(std::string_view config, CallContext& context, std::string arguments = "{}") {
    ToolRun run(make_tool(config));
    run.handle(ToolStart{std::move(arguments)}, context);
    return drain(run);
}

TEST(ToolDefinition, EveryErrorHasItsPath) {
    const auto tool = parse_tool_definition("Bad", json(R"({
        "parameters": [{"name": "A"}, {"name": "n", "type": "int"}, {"name": "n"},
                       {"name": "d", "type": "integer", "default": "x"}, {"nam": 1}],
        "actions": [{"type": "nope"}, {"type": "respond"}, {"type": "context.set", "path": "a..b",
                     "value": 1}, {"type": "api_call", "url": "ftp://x", "method": "TRACE",
                     "headers": {"Host": "x", "idempotency-KEY": "x", "Fencing-Token": "9"}},
                    {"type": "api_call", "url": "{{params.u}}/x"},
                    {"type": "conditional", "condition": "and", "then": [{"type": "flag.set"}]},
                    {"type": "validate"}, {"type": "transform", "operation": "eval"},
                    {"type": "respond", "message": "{{"}, 7,
                    {"type": "log", "message": "x", "y": 1}],
        "on_succes": []})"));
    ASSERT_FALSE(tool);
    std::vector<std::string> fields;
    for (const FieldError& error : tool.error()) {
        fields.push_back(error.field);
    }
    EXPECT_EQ(fields, (std::vector<std::string>{"name",
                                                "config.description",
                                                "config.parameters[0].name",
                                                "config.parameters[1].type",
                                                "config.parameters[2].name",
                                                "config.parameters[3].default",
                                                "config.parameters[4].name",
                                                "config.parameters[4].nam",
                                                "config.actions[0].type",
                                                "config.actions[1].message",
                                                "config.actions[2].path",
                                                "config.actions[3].url",
                                                "config.actions[3].method",
                                                "config.actions[3].headers.Host",
                                                "config.actions[3].headers.idempotency-KEY",
                                                "config.actions[3].headers.Fencing-Token",
                                                "config.actions[4].url",
                                                "config.actions[5].condition",
                                                "config.actions[5].then[0].flag",
                                                "config.actions[6].rules",
                                                "config.actions[7].value",
                                                "config.actions[7].path",
                                                "config.actions[7].operation",
                                                "config.actions[8].message",
                                                "config.actions[8].message",
                                                "config.actions[9]",
                                                "config.actions[10].y",
                                                "config.on_succes"}));
}

TEST(ToolDefinition, SizeIsBounded) {
    JsonArray many;
    for (int index = 0; index < 65; ++index) {
        many.push_back(JsonObject{{"type", "flag.set"}, {"flag", "x"}});
    }
    EXPECT_FALSE(parse_tool_definition("t", JsonObject{{"actions", many}}, "d"));
    Json nested = JsonArray{JsonObject{{"type", "flag.set"}, {"flag", "x"}}};
    for (int level = 0; level < 10; ++level) {
        nested =
            JsonArray{JsonObject{{"type", "conditional"}, {"condition", "a"}, {"then", nested}}};
    }
    EXPECT_FALSE(parse_tool_definition("t", JsonObject{{"actions", nested}}, "d"));
}

TEST(ToolDefinition, UrlsMayNotBeChosenByWhatIsSaid) {
    const struct {
        const char* url;
        bool allowed;
    } rows[] = {
        {"https://a.b/c?d={{params.x}}", true},
        {"{{user.base}}/c/{{params.x}}", true},
        {"https://{{tenant.host}}/c/{{workflow.x}}", true},
        {"{{tenant.settings.endpoints.meal_log}}", true},
        {"{{params.base}}/c", false},
        {"https://{{params.host}}/c", false},
        {"https://a.b{{params.x}}", false},
        {"{{user.base}}{{params.x}}/", false},
        {"{{workflow.base}}/c", false},
        {"/c", false},
        {"file:///etc/passwd", false},
    };
    for (const auto& row : rows) {
        const Json config{{"actions", {{{"type", "api_call"}, {"url", row.url}}}}};
        EXPECT_EQ(parse_tool_definition("t", config, "d").has_value(), row.allowed) << row.url;
    }
}

TEST(ToolDefinition, SchemaAndArguments) {
    const auto tool = make_tool(R"({"parameters": [
        {"name": "kind", "required": true, "enum": ["a", "b"], "description": "Kind."},
        {"name": "count", "type": "integer", "default": 1}, {"name": "price", "type": "number"},
        {"name": "sure", "type": "boolean"}, {"name": "list", "type": "array"},
        {"name": "more", "type": "object"}, {"name": "text"}]})");
    EXPECT_EQ(to_json_schema(*tool), json(R"({"type": "object", "properties": {
        "kind": {"type": "string", "description": "Kind.", "enum": ["a", "b"]},
        "count": {"type": "integer", "default": 1}, "price": {"type": "number"},
        "sure": {"type": "boolean"}, "list": {"type": "array"}, "more": {"type": "object"},
        "text": {"type": "string"}}, "required": ["kind"], "additionalProperties": false})"));
    const struct {
        const char* given;
        /// The checked arguments, or the field that is wrong.
        const char* expected;
    } rows[] = {
        {R"({"kind": "a"})", R"({"kind":"a","count":1})"},
        {R"({"kind": "a", "count": "3", "price": "2.5", "sure": "true", "text": 7, "x": 1})",
         R"({"kind":"a","count":3,"price":2.5,"sure":true,"text":"7"})"},
        {R"({"kind": "b", "count": 2.0, "price": null})", R"({"kind":"b","count":2})"},
        {"", "kind"},
        {R"({"kind": "c"})", "kind"},
        {R"({"kind": "a", "count": 1.5})", "count"},
        {R"({"kind": "a", "count": "many"})", "count"},
        {R"({"kind": "a", "list": {}})", "list"},
        {R"({"kind": "a", "sure": "perhaps"})", "sure"},
        {"[1]", "arguments"},
        {"{", "arguments"},
    };
    for (const auto& row : rows) {
        const auto checked = check_arguments_text(*tool, row.given);
        EXPECT_EQ(checked ? serialize_json(*checked) : checked.error().front().field, row.expected)
            << row.given;
    }
    EXPECT_FALSE(check_arguments_text(*tool, "{\"kind\":\"" + std::string(20'000, 'a') + "\"}"));
}

TEST(ToolRun, EachActionDoesItsWork) {
    CallContext context(json(R"({"id": "u1"})").as_object());
    context.set_agent("desk");
    const Drained all = run_tool(R"({"parameters": [{"name": "x"}], "actions": [
        {"type": "context.set", "key": "workflow.all", "value": "params"},
        {"type": "context.set", "path": "workflow.list[+]", "data": {"v": "{{params.x}}"}},
        {"type": "context.set", "data": {"workflow.a": 1, "agents.b": 2}},
        {"type": "context.delete", "path": "workflow.none"},
        {"type": "context.delete", "path": "workflow.a"},
        {"type": "context.get", "path": "workflow.list"},
        {"type": "flag.set", "flag": "one"}, {"type": "flag.set", "flag": "two"},
        {"type": "flag.clear", "flag": "two"},
        {"type": "conditional", "condition": "flags.one and not flags.two",
         "then": [{"type": "respond", "message": "then {{params.x}}"}],
         "else": [{"type": "respond", "message": "else"}]},
        {"type": "conditional", "condition": "params.x == 'no'",
         "then": [{"type": "respond", "message": "wrong"}],
         "else": [{"type": "respond", "message_key": "workflow.list[0].v"}]},
        {"type": "transform", "operation": "upper", "value": "{{params.x}}", "path": "workflow.up"},
        {"type": "log", "message": "did {{params.x}}"},
        {"type": "handoff", "target_agent": "kitchen"},
        {"type": "end_call", "reason": "done", "message": "Bye"}],
        "on_success": [{"type": "context.set", "path": "workflow.success", "value": true}],
        "on_failure": [{"type": "context.set", "path": "workflow.failure", "value": true}]})",
                                 context, R"({"x": "hey"})");
    EXPECT_EQ(
        *context.find("workflow"),
        json(R"({"all": {"x": "hey"}, "list": [{"v": "hey"}], "up": "HEY", "success": true})"));
    EXPECT_EQ(*context.find("agents.b"), 2);
    EXPECT_TRUE(context.flag("one"));
    EXPECT_FALSE(context.flag("two"));
    EXPECT_EQ(all.said, (std::vector<std::string>{"then hey", "hey", "Bye"}));
    EXPECT_EQ(all.handoffs, std::vector<std::string>{"kitchen"});
    EXPECT_EQ(all.ends, std::vector<std::string>{"done"});
    ASSERT_TRUE(all.finished);
    EXPECT_TRUE(all.finished->ok);
    EXPECT_TRUE(all.finished->spoke);
    EXPECT_EQ(all.finished->result, json(R"({"ok": true, "spoken": ["then hey", "hey", "Bye"],
                       "data": {"list": [{"v": "hey"}]}})"));
    EXPECT_EQ(*context.find("history[0].detail.message"), "did hey");
    EXPECT_EQ(context.find("params.x"), nullptr);
}

TEST(ToolRun, RequestsAreSafeAndTheirAnswersAreSeen) {
    CallContext context(
        json(R"({"base": "http://127.0.0.1:9", "token": "a\r\nEvil: 1"})").as_object());
    ToolRun run(make_tool(R"({"parameters": [{"name": "x"}], "actions": [
        {"type": "api_call", "url": "{{user.base}}/p/{{params.x}}", "method": "PUT",
         "headers": {"Authorization": "Bearer {{user.token}}"}, "body": {"x": "{{params.x}}"},
         "timeout": 2.5, "retry": 3, "save_as": "workflow.answer"}],
        "on_success": [{"type": "respond", "message": "Got {{response.body.id}}"}]})"));
    run.handle(ToolStart{R"({"x": "../a?b=\r\n{{user.token}}"})"}, context);
    Drained all = drain(run);
    ASSERT_EQ(all.requests.size(), 1U);
    EXPECT_FALSE(all.finished);
    const HttpNeeded& request = all.requests[0];
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.url, "http://127.0.0.1:9/p/..%2Fa%3Fb%3D%0D%0A%7B%7Buser.token%7D%7D");
    EXPECT_EQ(request.headers[0].second, "Bearer a  Evil: 1");
    EXPECT_EQ(request.headers[1].first, "Content-Type");
    EXPECT_EQ(json(request.body), json(R"({"x": "../a?b=\r\n{{user.token}}"})"));
    EXPECT_EQ(request.timeout, milliseconds(2500));
    EXPECT_EQ(request.retries, 3);
    run.handle(ToolHttpFinished{201, R"({"id": 7})"}, context);
    all = drain(run);
    EXPECT_EQ(all.said, std::vector<std::string>{"Got 7"});
    EXPECT_TRUE(all.finished->ok);
    EXPECT_EQ(*context.find("workflow.answer.id"), 7);
    EXPECT_EQ(*find_member(*find_member(all.finished->result, "response"), "status"), 201);
}

/// A model that learns nothing of a long answer can say nothing of it.
TEST(ToolRun, OfALongResponseTheModelGetsTheBeginningAndTheSize) {
    const std::string words = "The kitchen closes at ten. ";
    std::string text;
    while (text.size() < 40'000) {
        text += words;
    }
    const std::string list = R"({"dishes": [")" + text + R"("]})";
    struct Case {
        ToolHttpFinished answer;
        const char* begin;
        std::int64_t bytes;
    };
    const Case cases[] = {
        {{200, text}, "The kitchen closes", static_cast<std::int64_t>(text.size())},
        {{404, text}, "The kitchen closes", static_cast<std::int64_t>(text.size())},
        {{200, list}, R"({"dishes":["The kitchen)", static_cast<std::int64_t>(list.size()) - 1},
        {{200, text, true, 3'000'000}, "The kitchen closes", 3'000'000},
        {{500, text, true, 0}, "The kitchen closes", -1},
    };
    for (const Case& entry : cases) {
        CallContext context;
        ToolRun run(make_tool(
            R"({"actions": [{"type": "api_call", "url": "http://a.example/", "method": "GET"}]})"));
        run.handle(ToolStart{"{}"}, context);
        static_cast<void>(drain(run));
        run.handle(entry.answer, context);
        const Drained all = drain(run);
        ASSERT_TRUE(all.finished);
        EXPECT_EQ(all.finished->ok, entry.answer.status == 200);
        const Json* told = find_member(all.finished->result, "response");
        ASSERT_NE(told, nullptr);
        EXPECT_EQ(*find_member(*told, "status"), entry.answer.status);
        const std::string begin = member_text(*told, "body_begin");
        EXPECT_TRUE(begin.starts_with(entry.begin)) << begin.substr(0, 40);
        EXPECT_LE(begin.size(), 4'096U);
        EXPECT_GT(begin.size(), 4'000U);
        const Json* bytes = find_member(*told, "body_bytes");
        EXPECT_EQ(bytes == nullptr ? -1 : bytes->to_number<std::int64_t>(), entry.bytes);
    }
}

constexpr std::string_view phone_tool = R"({"parameters": [{"name": "to"}, {"name": "keys"}],
    "actions": [{"type": "send_digits", "digits": "{{params.keys}}"},
                {"type": "transfer", "to": "{{params.to}}", "message": "One moment."}],
    "on_failure": [{"type": "respond", "message": "Sorry: {{error}}"}]})";

TEST(ToolRun, PressesKeysAndTransfers) {
    CallContext context;
    ToolRun run(make_tool(phone_tool));
    run.handle(ToolStart{R"({"to": "+14155550123", "keys": "12w#"})"}, context);
    Drained all = drain(run);
    EXPECT_EQ(all.digits, std::vector<std::string>{"12w#"});
    EXPECT_TRUE(all.transfers.empty());
    run.handle(ToolHttpFinished{200, "{}"}, context);
    EXPECT_TRUE(drain(run).transfers.empty()) << "no request was made";

    // Saved while it waits and carried on elsewhere, it asks for the same again.
    auto carried = ToolRun::load(make_tool(phone_tool), run.save());
    ASSERT_TRUE(carried);
    ASSERT_TRUE(context.set_params(json(R"({"to": "+14155550123", "keys": "12w#"})").as_object()));
    carried->handle(ToolResume{}, context);
    EXPECT_EQ(drain(*carried).digits, std::vector<std::string>{"12w#"});

    run.handle(ToolPhoneDone{}, context);
    all = drain(run);
    EXPECT_EQ(all.said, std::vector<std::string>{"One moment."});
    EXPECT_EQ(all.transfers, std::vector<std::string>{"+14155550123"});
    EXPECT_TRUE(all.ends.empty());
    run.handle(ToolPhoneDone{}, context);
    all = drain(run);
    EXPECT_EQ(all.ends, std::vector<std::string>{"transferred"});
    EXPECT_TRUE(all.finished->ok);
}

TEST(ToolRun, ATelephoneThatRefusesIsAFailure) {
    const struct {
        const char* arguments;
        int answers;
        const char* said;
    } rows[] = {
        {R"({"to": "+14155550123", "keys": "5"})", 1, "Sorry: the telephone: busy"},
        {R"({"to": "+14155550123", "keys": "five"})", 0,
         "Sorry: the digits may be 0-9, *, #, A-D and w, at most 64"},
        {R"({"to": "the boss", "keys": "1"})", 1,
         "Sorry: the target is neither a telephone number with + and country code nor a SIP URI"},
    };
    for (const auto& row : rows) {
        CallContext context;
        ToolRun run(make_tool(phone_tool));
        run.handle(ToolStart{row.arguments}, context);
        Drained all = drain(run);
        const bool is_target = std::string_view(row.arguments).find("boss") != std::string::npos;
        if (row.answers > 0) {
            run.handle(ToolPhoneDone{is_target ? "" : "busy"}, context);
            all = drain(run);
        }
        EXPECT_EQ(all.said, std::vector<std::string>{row.said});
        ASSERT_TRUE(all.finished);
        EXPECT_FALSE(all.finished->ok);
        EXPECT_TRUE(all.ends.empty());
    }
}

TEST(ToolRun, FailuresRunOnFailure) {
    constexpr std::string_view config =
        R"({"parameters": [{"name": "n", "type": "integer", "required": true}],
        "actions": [{"type": "validate", "rules": [{"path": "params.n", "min": 1, "max": 5,
                     "message": "n is {{params.n}}"}]},
                    {"type": "api_call", "url": "http://x/"}],
        "on_failure": [{"type": "respond", "message": "Sorry: {{error}}"}]})";
    const struct {
        const char* arguments;
        std::optional<ToolInput> answer;
        const char* said;
    } rows[] = {
        {"{}", std::nullopt, "Sorry: the arguments are wrong: n is required"},
        {R"({"n": 9})", std::nullopt, "Sorry: n is 9"},
        {R"({"n": 2})", ToolHttpFinished{500, "x"}, "Sorry: the server answered with status 500"},
        {R"({"n": 2})", ToolHttpFailed{"timed_out"}, "Sorry: the request failed: timed_out"},
    };
    for (const auto& row : rows) {
        CallContext context;
        ToolRun run(make_tool(config));
        run.handle(ToolStart{row.arguments}, context);
        if (row.answer) {
            EXPECT_FALSE(drain(run).finished);
            run.handle(*row.answer, context);
        }
        const Drained all = drain(run);
        EXPECT_EQ(all.said, std::vector<std::string>{row.said});
        ASSERT_TRUE(all.finished);
        EXPECT_FALSE(all.finished->ok);
    }
}

TEST(ToolRun, EarlyAndLateInputsAreIgnored) {
    CallContext context;
    ToolRun run(make_tool(R"({"actions": [{"type": "api_call", "url": "http://x/"}]})"));
    run.handle(ToolHttpFinished{200, ""}, context);
    EXPECT_FALSE(run.poll_output());
    run.handle(ToolStart{""}, context);
    run.handle(ToolHttpFailed{"timed_out"}, context);
    EXPECT_FALSE(drain(run).finished->ok);
    run.handle(ToolHttpFinished{200, ""}, context);
    run.handle(ToolHttpFailed{"timed_out"}, context);
    run.handle(ToolStart{""}, context);
    EXPECT_FALSE(run.poll_output());
    EXPECT_TRUE(run.is_finished());
}

TEST(ToolRun, ASavedRunAsksAgainAndGoesOn) {
    CallContext context;
    const auto tool = make_tool(R"({"actions": [{"type": "respond", "message": "One moment."},
        {"type": "api_call", "url": "http://x/"}, {"type": "respond", "message": "Done."}]})");
    ToolRun run(tool);
    run.handle(ToolStart{""}, context);
    EXPECT_EQ(drain(run).requests.size(), 1U);
    auto again = ToolRun::load(tool, json(serialize_json(run.save())));
    ASSERT_TRUE(again);
    again->handle(ToolResume{}, context);
    EXPECT_EQ(drain(*again).requests.size(), 1U);
    again->handle(ToolHttpFinished{200, ""}, context);
    EXPECT_EQ(drain(*again).finished->result.at("spoken"), json(R"(["One moment.", "Done."])"));
    for (const char* bad : {"{}", "1", R"({"tool": "tool", "state": "running", "chain": "actions",
             "next": 99, "locals": {}, "data": {}, "spoken": [], "error": ""})"}) {
        EXPECT_FALSE(ToolRun::load(tool, json(bad))) << bad;
    }
}

TEST(ToolRun, NamedEndpointsOfTheTenant) {
    CallContext context(json(R"({"id": "u 1", "user_id": "u 1"})").as_object(),
                        json(R"({"settings": {
        "api_config": {"base_url": "https://api.x", "timeout": 5, "retry_count": 1},
        "endpoints": {"meal.log": {"path": "/users/{user_id}/meals", "method": "GET"}}}})")
                            .as_object());
    Drained all =
        run_tool(R"({"actions": [{"type": "webhook", "endpoint": "meal.log"}]})", context);
    ASSERT_EQ(all.requests.size(), 1U);
    EXPECT_EQ(all.requests[0].url, "https://api.x/users/u%201/meals");
    EXPECT_EQ(all.requests[0].method, "GET");
    EXPECT_EQ(all.requests[0].timeout, seconds(5));
    EXPECT_EQ(all.requests[0].retries, 1);
    all = run_tool(R"({"actions": [{"type": "webhook", "endpoint": "none"}]})", context);
    EXPECT_FALSE(all.finished->ok);
}

TEST(Transform, Table) {
    using Operation = TransformOperation;
    const struct {
        Json value;
        Operation operation;
        const char* separator;
        const char* expected;
    } rows[] = {
        {"aBc dE", Operation::lower, "", R"("abc de")"},
        {"aBc", Operation::upper, "", R"("ABC")"},
        {"john o'neil-smith", Operation::title, "", R"("John O'neil-Smith")"},
        {"  x ", Operation::trim, "", R"("x")"},
        {5, Operation::to_text, "", R"("5")"},
        {"5", Operation::to_number, "", "5"},
        {"x", Operation::to_number, "", ""},
        {JsonArray{1, 2}, Operation::length, "", "2"},
        {JsonArray{1, "b"}, Operation::join, ", ", R"("1, b")"},
        {"x", Operation::join, ", ", ""},
        {"a,b,,", Operation::split, ",", R"(["a","b","",""])"},
        {nullptr, Operation::copy, "", "null"},
    };
    for (const auto& row : rows) {
        const auto value = internal::transform(row.value, row.operation, row.separator);
        EXPECT_EQ(value ? serialize_json(*value) : "", row.expected);
    }
}

}  // namespace
}  // namespace studio::core
