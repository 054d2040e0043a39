#include "http/server_fixture.hpp"

namespace studio::testing {
namespace {

/// Workflows beside agents and tools: written as a whole and piece by piece, and called.
class WorkflowApi : public ServerFixture {
protected:
    void create_agents() {
        for (const std::string name : {"reception", "booking", "feedback"}) {
            ASSERT_EQ(send("POST", "/api/v1/agents",
                           R"({"name":")" + name + R"(","config":{"prompt":{"system":"x"}}})")
                          .status,
                      201);
        }
    }
    void create_clinic() {
        create_agents();
        const TestReply created = send("POST", "/api/v1/workflows", clinic);
        ASSERT_EQ(created.status, 201) << created.body;
    }
    Json loaded() { return *parse_json(send("GET", "/api/v1/workflows/clinic").body); }

    static constexpr const char* clinic = R"({"slug":"clinic","name":"The clinic","config":{
        "nodes":[{"id":"a","agent_name":"reception","is_entry":true,"skip_condition":"user.known"},
                 {"id":"b","agent_name":"booking","is_exit":true}],
        "connections":[{"source_id":"a","target_id":"b"}]}})";
};

TEST_F(WorkflowApi, AWorkflowIsAResourceWithASlug) {
    create_agents();
    const TestReply created = send("POST", "/api/v1/workflows", clinic);
    ASSERT_EQ(created.status, 201) << created.body;
    EXPECT_NE(created.head.find("Location: /api/v1/workflows/clinic"), std::string::npos);
    EXPECT_EQ(error_code_of(send("POST", "/api/v1/workflows", clinic)), "conflict");
    const Json view = loaded();
    EXPECT_EQ(view.at("slug"), "clinic");
    EXPECT_EQ(view.at("name"), "The clinic");
    EXPECT_FALSE(view.get_object().contains("display_name"));
    EXPECT_EQ(view.at("config").at("nodes").get_array().size(), 2U);
    EXPECT_EQ(send("PATCH", "/api/v1/workflows/clinic", R"({"name":"Ours"})").status, 200);
    EXPECT_EQ(loaded().at("name"), "Ours");
    const TestReply put = send("PUT", "/api/v1/workflows/clinic",
                               R"({"config":{"nodes":[{"id":"b","agent_name":"booking",
                                   "is_entry":true,"is_exit":true}]}})");
    EXPECT_EQ(put.status, 200) << put.body;
    EXPECT_EQ(loaded().at("name"), "clinic");
    EXPECT_NE(send("GET", "/api/v1/workflows").body.find("\"total\":1"), std::string::npos);
    EXPECT_EQ(send("DELETE", "/api/v1/workflows/clinic", "", "If-Match: \"x\"\r\n").status, 412);
    EXPECT_EQ(send("DELETE", "/api/v1/workflows/clinic").status, 204);
}

TEST_F(WorkflowApi, WhatIsWrongIsNamedWithItsNode) {
    create_agents();
    const auto problem = [this](const std::string& config) {
        return send("POST", "/api/v1/workflows", R"({"slug":"w","config":)" + config + "}").body;
    };
    EXPECT_NE(problem(R"({"nodes":[{"id":"a","agent_name":"reception","is_entry":true}]})")
                  .find("at least one node must be an exit"),
              std::string::npos);
    const std::string unknown =
        problem(R"({"nodes":[{"id":"a","agent_name":"nobody","is_entry":true,"is_exit":true}]})");
    EXPECT_NE(unknown.find("config.nodes[0].agent_name"), std::string::npos) << unknown;
    EXPECT_NE(unknown.find("there is no such agent"), std::string::npos) << unknown;
    const std::string lost =
        problem(R"({"nodes":[{"id":"a","agent_name":"reception","is_entry":true,"is_exit":true},
                             {"id":"b","agent_name":"booking"}]})");
    EXPECT_NE(lost.find("node 'b' cannot be reached"), std::string::npos) << lost;
    EXPECT_EQ(send("POST", "/api/v1/workflows", R"({"slug":"Not a slug","config":{}})").status,
              422);
}

TEST_F(WorkflowApi, AnAgentInUseKeepsItsNameAndItsRow) {
    create_clinic();
    const TestReply erased = send("DELETE", "/api/v1/agents/booking");
    EXPECT_EQ(erased.status, 409);
    EXPECT_NE(erased.body.find("workflow clinic"), std::string::npos) << erased.body;
    EXPECT_EQ(send("PATCH", "/api/v1/agents/booking", R"({"name":"other"})").status, 409);
    EXPECT_EQ(send("DELETE", "/api/v1/agents/feedback").status, 204);
}

TEST_F(WorkflowApi, NodesAndConnectionsAreWrittenOneByOne) {
    create_clinic();
    const TestReply added =
        send("PUT", "/api/v1/workflows/clinic/nodes/c", R"({"agent_name":"feedback"})");
    ASSERT_EQ(added.status, 200) << added.body;
    EXPECT_NE(added.body.find("node 'c' cannot be reached"), std::string::npos)
        << "the next piece may be what is missing";
    const TestReply joined = send("PUT", "/api/v1/workflows/clinic/connections/b.c",
                                  R"({"source_id":"b","target_id":"c","description":"Done."})");
    ASSERT_EQ(joined.status, 200) << joined.body;
    EXPECT_EQ(loaded().at("warnings").get_array().size(), 0U);
    EXPECT_EQ(loaded().at("config").at("connections").get_array().size(), 2U);
    // In its place.
    EXPECT_EQ(send("PUT", "/api/v1/workflows/clinic/connections/a.b",
                   R"({"source_id":"a","target_id":"b","condition":"flags.x"})")
                  .status,
              200);
    EXPECT_EQ(loaded().at("config").at("connections").at(0).at("condition"), "flags.x");
    // The node takes its connections with it.
    EXPECT_EQ(send("DELETE", "/api/v1/workflows/clinic/nodes/c").status, 200);
    EXPECT_EQ(loaded().at("config").at("nodes").get_array().size(), 2U);
    EXPECT_EQ(loaded().at("config").at("connections").get_array().size(), 1U);

    EXPECT_EQ(send("DELETE", "/api/v1/workflows/clinic/nodes/c").status, 404);
    EXPECT_EQ(send("DELETE", "/api/v1/workflows/clinic/connections/b.c").status, 404);
    EXPECT_EQ(send("DELETE", "/api/v1/workflows/clinic/nodes/a").status, 422) << "the entry";
    EXPECT_EQ(send("PUT", "/api/v1/workflows/clinic/nodes/d", R"({"agent_name":"nobody"})").status,
              422);
    EXPECT_EQ(
        send("PUT", "/api/v1/workflows/clinic/nodes/d", R"({"id":"e","agent_name":"feedback"})")
            .status,
        422);
    EXPECT_EQ(send("PUT", "/api/v1/workflows/clinic/nodes/d", R"({"agent_name":"feedback"})",
                   "If-Match: \"x\"\r\n")
                  .status,
              412);
    EXPECT_EQ(send("PUT", "/api/v1/workflows/none/nodes/d", R"({"agent_name":"feedback"})").status,
              404);
}

TEST_F(WorkflowApi, ACallOfAWorkflowBeginsWithItsEntryOrBehindIt) {
    create_clinic();
    const TestReply created = send("POST", "/api/v1/calls", R"({"workflow_slug":"clinic"})");
    ASSERT_EQ(created.status, 201) << created.body;
    const Json first = *parse_json(created.body);
    EXPECT_EQ(first.at("agent_name"), "reception");
    EXPECT_EQ(first.at("workflow_slug"), "clinic");
    const Json passed_over = *parse_json(
        send("POST", "/api/v1/calls", R"({"workflow":"clinic","user_context":{"known":true}})")
            .body);
    EXPECT_EQ(passed_over.at("agent_name"), "booking");
    const std::string id(first.at("call_id").get_string());
    const Json call = *parse_json(send("GET", "/api/v1/calls/" + id).body);
    EXPECT_EQ(call.at("workflow_slug"), "clinic");
    EXPECT_EQ(call.at("workflow_id"), loaded().at("id"));
    EXPECT_NE(send("GET", "/api/v1/calls?workflow_slug=clinic").body.find("\"total\":2"),
              std::string::npos);
    EXPECT_NE(send("GET", "/api/v1/calls?workflow_slug=other").body.find("\"total\":0"),
              std::string::npos);

    const TestReply unknown = send("POST", "/api/v1/calls", R"({"workflow_slug":"none"})");
    EXPECT_EQ(unknown.status, 422);
    EXPECT_NE(unknown.body.find("there is no such workflow"), std::string::npos) << unknown.body;
    EXPECT_EQ(send("PATCH", "/api/v1/workflows/clinic", R"({"is_active":false})").status, 200);
    EXPECT_NE(send("POST", "/api/v1/calls", R"({"workflow":"clinic"})").body.find("is not active"),
              std::string::npos);
}

}  // namespace
}  // namespace studio::testing
