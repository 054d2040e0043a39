#include "contract/store_contract.hpp"

// More of the suite that store_contract_test.cpp runs on every implementation.

namespace studio {
namespace {

constexpr auto agent = ResourceKind::agent;
constexpr auto tool = ResourceKind::tool;
constexpr auto workflow = ResourceKind::workflow;
const TenantId one("one");

TEST_P(StoreContract, AWorkflowIsLoadedWithAllOfItsAgents) {
    const auto create = [this](ResourceKind kind, const char* name, const char* config,
                               const char* tenant = "one") {
        Resource made = resource(name, tenant);
        made.config = *parse_json(config);
        ASSERT_EQ(run(stores_->resources().create(kind, made)), true);
    };
    create(agent, "reception", R"({"tools":["look_up"]})");
    create(agent, "booking", R"({"handoffs":[{"target_agent":"human"}]})");
    create(agent, "human", R"({"prompt":{"system":"clinic"}})");
    create(agent, "stranger", "{}");
    create(tool, "look_up", R"({"actions":[]})");
    create(workflow, "clinic",
           R"({"nodes":[{"id":"a","agent_name":"reception"},{"id":"b","agent_name":"booking"}]})");
    create(workflow, "other", R"({"nodes":[{"id":"a","agent_name":"stranger"}]})");
    create(workflow, "clinic", "{}", "two");

    const auto linked = run(stores_->resources().load_linked(one, {workflow, "clinic"}));
    ASSERT_TRUE(linked);
    std::vector<std::string> names;
    for (const LinkedResource& item : *linked) {
        EXPECT_EQ(item.resource.tenant_id, one);
        names.push_back(std::string(info_of(item.kind).noun) + ' ' + item.resource.name);
    }
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, (std::vector<std::string>{"agent booking", "agent human", "agent reception",
                                               "tool look_up", "workflow clinic"}));
    // Nobody leads to a workflow, whatever they say.
    const auto human = run(stores_->resources().load_linked(one, {agent, "human"}));
    ASSERT_TRUE(human);
    EXPECT_EQ(human->size(), 1U);
    EXPECT_EQ(run(stores_->resources().load_linked(one, {workflow, "reception"})),
              tl::unexpected(StoreError::not_found));
    const auto users = run(stores_->resources().users(agent, one, "booking"));
    ASSERT_TRUE(users);
    EXPECT_EQ(*users, (std::vector<ResourceName>{{workflow, "clinic"}}));
    EXPECT_EQ(run(stores_->resources().erase(agent, one, "booking", std::nullopt)),
              tl::unexpected(StoreError::in_use));
    EXPECT_EQ(run(stores_->resources().erase(workflow, one, "clinic", std::nullopt)), true);
    EXPECT_EQ(run(stores_->resources().erase(agent, one, "booking", std::nullopt)), true);
}

TEST_P(StoreContract, CallsAreListedByTheirWorkflow) {
    core::CallRecord written = call("c", 5);
    written.workflow_id = "w-1";
    written.workflow_slug = "clinic";
    ASSERT_EQ(run(stores_->calls().create(written)), true);
    ASSERT_EQ(run(stores_->calls().create(call("d", 6))), true);
    const auto loaded = run(stores_->calls().load(one, CallId("c")));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->workflow_id, "w-1");
    EXPECT_EQ(loaded->workflow_slug, "clinic");
    CallFilter filter;
    filter.workflow_slug = "clinic";
    EXPECT_EQ(ids(*run(stores_->calls().list(one, filter))), (std::vector<std::string>{"c"}));
    filter.workflow_slug = "none";
    EXPECT_EQ(run(stores_->calls().list(one, filter))->total, 0U);
    EXPECT_EQ(run(stores_->calls().list(one, {}))->total, 2U);
}

}  // namespace
}  // namespace studio
