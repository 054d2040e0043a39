#include "services/trial/tool_trial.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "base/log.hpp"
#include "support/fakes/fake_http_client.hpp"
#include "support/stores/calls_fixture.hpp"

namespace studio::services {
namespace {

using testing::tenant;

class ToolTrialTest : public testing::CallsFixture {
protected:
    ToolTrialTest() {
        add_tool(
            "book",
            R"({"description":"d","parameters":[{"name":"people","type":"integer","required":true}],
            "actions":[{"type":"api_call","method":"POST","url":"https://x.test/{{user.id}}",
                        "body":{"people":"{{params.people}}","dish":"{{workflow.dish}}"},
                        "save_as":"workflow.booking"},
                       {"type":"flag.set","flag":"booked"}],
            "on_success":[{"type":"respond","message":"Booked as {{workflow.booking.id}}."}],
            "on_failure":[{"type":"respond","message":"It failed: {{error}}."}]})");
        add_tool("leave", R"({"description":"d","parameters":[],"actions":[
            {"type":"handoff","target_agent":"kitchen","message":"One moment."}]})");
    }

    void add_tool(const char* name, const char* config) {
        Resource row;
        row.id = name;
        row.tenant_id = tenant;
        row.name = name;
        row.config = *parse_json(config);
        run(store(std::move(row)));
    }
    Task<void> store(Resource row) {
        EXPECT_TRUE((co_await resources_.create(ResourceKind::tool, std::move(row))).has_value());
    }

    ServiceResult<ToolTrialReply> try_out(const char* tool, const char* body) {
        auto request = parse_tool_trial(*parse_json(body));
        EXPECT_TRUE(request) << body;
        std::optional<ServiceResult<ToolTrialReply>> reply;
        scope_.spawn(try_into(reply, tool, std::move(*request)));
        loop_.run_for(seconds(5));
        EXPECT_TRUE(reply.has_value());
        return std::move(*reply);
    }
    Task<void> try_into(std::optional<ServiceResult<ToolTrialReply>>& reply, std::string tool,
                        ToolTrialRequest request) {
        reply = co_await trial_.run(tenant, std::move(tool), std::move(request));
    }

    testing_support::FaultPlan faults_{.entropy = &entropy_};
    HttpResponse answer_{.status = 201, .content_type = "application/json", .body = R"({"id":42})"};
    testing_support::FakeHttpClient http_{loop_, faults_,
                                          [this](const HttpRequest&) { return answer_; }};
    ToolTrial trial_{{resources_, http_, entropy_, loop_}};
};

TEST_F(ToolTrialTest, ADryRunSendsNothingAndShowsEverything) {
    const auto reply = try_out("book", R"({"arguments":{"people":"4"},"user_context":{"id":"u1"},
        "workflow":{"dish":"soup"},"response":{"body":{"id":7}}})");
    ASSERT_TRUE(reply);
    EXPECT_TRUE(http_.requests().empty());
    ASSERT_EQ(reply->requests.size(), 1U);
    EXPECT_EQ(reply->requests[0].request.url, "https://x.test/u1");
    EXPECT_EQ(reply->requests[0].request.body, R"({"people":4,"dish":"soup"})");
    EXPECT_FALSE(reply->requests[0].was_sent);
    EXPECT_TRUE(reply->finished.ok);
    EXPECT_EQ(reply->said, std::vector<std::string>{"Booked as 7."});
    EXPECT_EQ(reply->flags.at("booked"), true);
}

TEST_F(ToolTrialTest, ARealRequestGoesOutOnce) {
    const auto reply = try_out("book", R"({"arguments":{"people":4},"dry_run":false})");
    ASSERT_TRUE(reply);
    ASSERT_EQ(http_.requests().size(), 1U);
    EXPECT_EQ(http_.requests()[0].headers.back().first, "Idempotency-Key");
    EXPECT_EQ(reply->requests[0].status, 201);
    EXPECT_EQ(reply->said, std::vector<std::string>{"Booked as 42."});
}

TEST_F(ToolTrialTest, WhatFailsIsAnOutcome) {
    answer_.status = 500;
    const auto reply = try_out("book", R"({"arguments":{"people":4},"dry_run":false})");
    ASSERT_TRUE(reply);
    EXPECT_FALSE(reply->finished.ok);
    ASSERT_EQ(reply->said.size(), 1U);
    EXPECT_TRUE(reply->said[0].starts_with("It failed: "));
    const auto missing = try_out("book", R"({})");
    ASSERT_TRUE(missing);
    EXPECT_FALSE(missing->finished.ok);
    EXPECT_TRUE(missing->requests.empty());
}

TEST_F(ToolTrialTest, AHandOverIsTold) {
    const auto reply = try_out("leave", R"({})");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->hand_off_to, "kitchen");
    EXPECT_EQ(reply->said, std::vector<std::string>{"One moment."});
}

TEST_F(ToolTrialTest, AToolThatIsNotThereIsNotFound) {
    const auto reply = try_out("nothing", R"({})");
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ServiceErrorCode::not_found);
}

TEST(ToolTrialRequestTest, WrongFieldsAreNamed) {
    const auto field_of = [](const char* body) {
        const auto request = parse_tool_trial(*parse_json(body));
        return request ? std::string() : request.error().front().field;
    };
    EXPECT_EQ(field_of(R"({})"), "");
    EXPECT_EQ(field_of(R"({"flags":{"a":1}})"), "flags");
    EXPECT_EQ(field_of(R"({"dry_run":false,"response":{}})"), "response");
    EXPECT_EQ(field_of(R"({"response":{"status":99}})"), "response.status");
    EXPECT_EQ(field_of(R"({"arguments":[]})"), "arguments");
    EXPECT_EQ(field_of(R"({"argument":{}})"), "argument");
}

}  // namespace
}  // namespace studio::services
