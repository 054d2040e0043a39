#include "core/workflow/workflow_config.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

/// Reception, booking and feedback, in a row.
constexpr const char* clinic = R"({
    "nodes": [
        {"id": "front", "agent_name": "reception", "is_entry": true,
         "position": {"x": 10, "y": 20.5}},
        {"id": "book", "agent_name": "booking", "skip_condition": "{{flags.has_booking}}"},
        {"id": "bye", "agent_name": "feedback", "is_exit": true,
         "skip_condition": "flags.in_a_hurry"}],
    "connections": [
        {"source_id": "front", "target_id": "book", "description": "The caller wants to be seen.",
         "extract": {"type": "object", "required": ["reason"], "properties": {
             "reason": {"type": "string", "description": "Why they call."},
             "urgent": {"type": "boolean"},
             "visits": {"type": "integer", "default": 1}}},
         "context_passed": ["agents.note", "mood"], "history": 4,
         "transition_speech": "One moment, {{user.name}}.", "greet": false},
        {"id": "done", "source_id": "book", "target_id": "bye",
         "condition": "workflow.booked == true"}],
    "global_handoffs": [
        {"target_id": "bye", "description": "The caller is angry.", "history": "summary"}],
    "shared_context": ["agents.insurance"]})";

Json changed(const std::function<void(Json&)>& change) {
    Json json = *parse_json(clinic);
    change(json);
    return json;
}

/// "field: message" of everything that is wrong.
std::vector<std::string> errors_of(const Json& json) {
    const auto workflow = parse_workflow(json);
    std::vector<std::string> errors;
    if (!workflow) {
        for (const FieldError& error : workflow.error()) {
            errors.push_back(error.field + ": " + error.message);
        }
    }
    return errors;
}

std::vector<std::string> errors_with(const std::function<void(Json&)>& change) {
    return errors_of(changed(change));
}

using Errors = std::vector<std::string>;

TEST(WorkflowConfig, IsReadAsItIsWritten) {
    const auto workflow = parse_workflow(*parse_json(clinic));
    ASSERT_TRUE(workflow) << workflow.error().front().field << workflow.error().front().message;
    ASSERT_EQ(workflow->nodes.size(), 3U);
    EXPECT_EQ(entry_of(*workflow).agent_name, "reception");
    EXPECT_EQ(workflow->nodes[0].position->y, 20.5);
    EXPECT_TRUE(workflow->nodes[2].is_exit);
    const WorkflowEdge& edge = workflow->connections.at(0);
    EXPECT_EQ(edge.id, "front.book");
    ASSERT_EQ(edge.extract.size(), 3U);
    EXPECT_EQ(edge.extract[0].name, "reason");
    EXPECT_TRUE(edge.extract[0].required);
    EXPECT_EQ(edge.extract[1].type, ParameterType::boolean);
    EXPECT_FALSE(edge.extract[1].required);
    EXPECT_EQ(*edge.extract[2].default_value, Json(1));
    EXPECT_EQ(edge.context_passed, (std::vector<std::string>{"note", "mood"}));
    EXPECT_EQ(edge.history.kind, HistoryPassed::Kind::last);
    EXPECT_EQ(edge.history.count, 4U);
    EXPECT_FALSE(edge.greet);
    EXPECT_TRUE(edge.has_tool());
    EXPECT_EQ(workflow->connections.at(1).id, "done");
    EXPECT_FALSE(workflow->connections.at(1).has_tool()) << "its condition decides alone";
    EXPECT_EQ(workflow->global_handoffs.at(0).id, "any.bye");
    EXPECT_EQ(workflow->global_handoffs.at(0).history.kind, HistoryPassed::Kind::summary);
    EXPECT_EQ(workflow->shared_context, std::vector<std::string>{"insurance"});
    EXPECT_TRUE(unreachable_nodes(*workflow).empty());
}

TEST(WorkflowConfig, IsWrittenSoThatItIsReadBackTheSame) {
    const auto workflow = parse_workflow(*parse_json(clinic));
    ASSERT_TRUE(workflow);
    const Json written = to_json(*workflow);
    const auto again = parse_workflow(written);
    ASSERT_TRUE(again) << again.error().front().field << again.error().front().message;
    EXPECT_EQ(to_json(*again), written);
    EXPECT_EQ(again->connections.at(0).extract.at(2).default_value, Json(1));
    EXPECT_TRUE(again->nodes.at(1).skip_condition);
}

TEST(WorkflowConfig, HasOneEntryAndAnExit) {
    EXPECT_EQ(errors_with([](Json& json) { json.at("nodes").at(0).at("is_entry") = false; }),
              Errors{"config.nodes: one node must be the entry (is_entry)"});
    EXPECT_EQ(
        errors_with([](Json& json) { json.at("nodes").at(1).get_object()["is_entry"] = true; }),
        Errors{"config.nodes[1].is_entry: node 'book': there is one entry only, and node "
               "'front' is it"});
    EXPECT_EQ(errors_with([](Json& json) { json.at("nodes").at(2).at("is_exit") = false; }),
              Errors{"config.nodes: at least one node must be an exit (is_exit)"});
    EXPECT_EQ(errors_of(JsonObject{}), Errors{"config.nodes: is required"});
    EXPECT_EQ(errors_of(JsonObject{{"nodes", JsonArray{}}}).size(), 2U);
}

TEST(WorkflowConfig, NamesNodeAndFieldOfWhatStandsTwice) {
    EXPECT_EQ(errors_with([](Json& json) { json.at("nodes").at(2).at("agent_name") = "booking"; }),
              Errors{"config.nodes[2].agent_name: node 'bye': agent 'booking' has a node already, "
                     "'book'"});
    const Errors twice = errors_with([](Json& json) { json.at("nodes").at(1).at("id") = "front"; });
    ASSERT_FALSE(twice.empty());
    EXPECT_EQ(twice.front(), "config.nodes[1].id: node 'front' is there already, as nodes[0]");
    EXPECT_EQ(errors_with([](Json& json) {
                  json.at("connections")
                      .get_array()
                      .push_back(JsonObject{
                          {"id", "again"}, {"source_id", "front"}, {"target_id", "book"}});
              }),
              Errors{"config.connections[2]: connection 'again': there is one already between "
                     "'front' and 'book'"});
    EXPECT_EQ(errors_with([](Json& json) {
                  json.at("connections")
                      .get_array()
                      .push_back(
                          JsonObject{{"id", "done"}, {"source_id", "front"}, {"target_id", "bye"}});
              }),
              Errors{"config.connections[2].id: connection 'done' is there already"});
}

TEST(WorkflowConfig, ConnectionsJoinTwoNodesThatExist) {
    EXPECT_EQ(
        errors_with([](Json& json) { json.at("connections").at(1).at("target_id") = "cellar"; }),
        Errors{"config.connections[1].target_id: connection 'done': there is no node "
               "'cellar'"});
    EXPECT_EQ(
        errors_with([](Json& json) { json.at("connections").at(1).at("target_id") = "book"; }),
        Errors{"config.connections[1].target_id: connection 'done' leads back to its own "
               "node"});
    EXPECT_EQ(
        errors_with([](Json& json) { json.at("global_handoffs").at(0).at("target_id") = "roof"; }),
        Errors{"config.global_handoffs[0].target_id: connection 'any.roof': there is no node "
               "'roof'"});
}

TEST(WorkflowConfig, HasNoCircle) {
    EXPECT_EQ(errors_with([](Json& json) {
                  json.at("connections")
                      .get_array()
                      .push_back(JsonObject{{"source_id", "bye"}, {"target_id", "front"}});
              }),
              Errors{"config.connections[2]: connection 'bye.front' closes a circle, front -> book "
                     "-> bye -> front; a way back is one of the agent's own handoffs"});
    // Two ways to the same node are none.
    EXPECT_EQ(errors_with([](Json& json) {
                  json.at("connections")
                      .get_array()
                      .push_back(JsonObject{{"source_id", "front"}, {"target_id", "bye"}});
              }),
              Errors{});
}

TEST(WorkflowConfig, TellsWhichNodesNoWayLeadsTo) {
    const auto workflow = parse_workflow(changed([](Json& json) {
        json.at("nodes").get_array().push_back(
            JsonObject{{"id", "attic"}, {"agent_name", "attic"}});
        json.at("connections")
            .get_array()
            .push_back(JsonObject{{"source_id", "attic"}, {"target_id", "bye"}});
    }));
    ASSERT_TRUE(workflow);
    const auto unreachable = unreachable_nodes(*workflow);
    ASSERT_EQ(unreachable.size(), 1U);
    EXPECT_EQ(unreachable[0].field, "config.nodes[3]");
    EXPECT_EQ(unreachable[0].message, "node 'attic' cannot be reached from the entry, 'front'");
}

TEST(WorkflowConfig, ConditionsMustBeConditions) {
    const Errors errors = errors_with([](Json& json) {
        json.at("nodes").at(1).at("skip_condition") = "flags.a and";
        json.at("connections").at(1).at("condition") = "== 3";
    });
    ASSERT_EQ(errors.size(), 2U);
    EXPECT_TRUE(errors[0].starts_with("config.nodes[1].skip_condition: is no condition: "));
    EXPECT_TRUE(errors[1].starts_with("config.connections[1].condition: is no condition: "));
}

TEST(WorkflowConfig, WhatOnlyAModelCanWriteNeedsAToolForIt) {
    const Errors errors = errors_with([](Json& json) {
        JsonObject& edge = json.at("connections").at(1).get_object();
        edge["history"] = "summary";
        edge["extract"] = JsonObject{{"properties", JsonObject{{"day", JsonObject{}}}}};
    });
    ASSERT_EQ(errors.size(), 2U);
    EXPECT_TRUE(errors[0].starts_with("config.connections[1].history: is written by the model"));
    EXPECT_TRUE(errors[1].starts_with("config.connections[1].extract: is written by the model"));
    EXPECT_EQ(errors_with([](Json& json) {
                  JsonObject& edge = json.at("connections").at(1).get_object();
                  edge["history"] = "summary";
                  edge["description"] = "It is booked.";
              }),
              Errors{});
    EXPECT_EQ(errors_with([](Json& json) {
                  json.at("global_handoffs").at(0).get_object().erase("description");
              }).front(),
              "config.global_handoffs[0].description: or a condition is required: when is it "
              "taken?");
}

TEST(WorkflowConfig, WhatIsExtractedIsCheckedAsParametersAre) {
    const auto with_extract = [](const char* extract) {
        return errors_with([extract](Json& json) {
            json.at("connections").at(0).at("extract") = *parse_json(extract);
        });
    };
    EXPECT_EQ(with_extract(R"({"properties":{"day":{"type":"date"}}})"),
              Errors{"config.connections[0].extract.properties.day.type: must be string, integer, "
                     "number, boolean, array or object"});
    EXPECT_EQ(with_extract(R"({"properties":{"Day":{}}})"),
              Errors{"config.connections[0].extract.properties.Day.name: must be lower-case "
                     "letters, digits and underscores"});
    EXPECT_EQ(with_extract(R"({"properties":{"day":{}},"required":["hour"]})"),
              Errors{"config.connections[0].extract.required[0]: is none of the properties"});
    EXPECT_EQ(with_extract(R"({"type":"array"})"),
              Errors{"config.connections[0].extract.type: must be object"});
    EXPECT_EQ(with_extract(R"({"properties":{"day":{"format":"date"}}})"),
              Errors{"config.connections[0].extract.properties.day.format: is not a known field"});
    EXPECT_FALSE(with_extract(R"({"properties":{"day":3}})").empty());
    EXPECT_EQ(with_extract(R"({"properties":{"conversation_summary":{}}})").size(), 1U);
    std::string many;
    for (int index = 0; index < 17; ++index) {
        many += (index == 0 ? "\"p" : ",\"p") + std::to_string(index) + "\":{}";
    }
    EXPECT_EQ(with_extract((R"({"properties":{)" + many + "}}").c_str()),
              Errors{"config.connections[0].extract.properties: must have at most 16"});
}

TEST(WorkflowConfig, RefusesWhatNobodyKnowsAndWhatIsTooMuch) {
    EXPECT_EQ(errors_with([](Json& json) { json.get_object()["edges"] = JsonArray{}; }),
              Errors{"config.edges: is not a known field"});
    EXPECT_EQ(errors_with([](Json& json) { json.at("nodes").at(0).get_object()["z"] = 1; }),
              Errors{"config.nodes[0].z: is not a known field"});
    EXPECT_EQ(
        errors_with([](Json& json) { json.at("nodes").at(0).at("agent_name") = "Reception"; }),
        Errors{"config.nodes[0].agent_name: must be the name of an agent"});
    EXPECT_EQ(errors_with([](Json& json) { json.at("connections").at(0).at("history") = 0; }),
              Errors{"config.connections[0].history: must be a number from 1 to 1000"});
    EXPECT_EQ(errors_with([](Json& json) {
                  json.at("connections").at(0).at("context_passed") = JsonArray{"a b"};
              }),
              Errors{"config.connections[0].context_passed[0]: is not a path in the context"});
    EXPECT_EQ(errors_with([](Json& json) {
                  JsonArray& nodes = json.at("nodes").get_array();
                  for (int index = 0; index < 30; ++index) {
                      nodes.push_back(nodes.front());
                  }
              }).front(),
              "config.nodes: must have at most 32 items");
    EXPECT_FALSE(errors_of(Json("text")).empty());
}

}  // namespace
}  // namespace studio::core
