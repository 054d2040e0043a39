#include "services/hosting/rooms/room_request.hpp"

#include <gtest/gtest.h>

namespace studio::services {
namespace {

RoomRequest read(std::string metadata, std::map<std::string, std::string> attributes = {}) {
    RoomJob job;
    job.metadata = std::move(metadata);
    job.attributes = std::move(attributes);
    return read_room_request(job, "reception");
}

TEST(RoomRequest, FindsTheAgent) {
    EXPECT_EQ(read("").agent_name, "reception");
    EXPECT_EQ(read("order-desk").agent_name, "order-desk");
    EXPECT_EQ(read(R"({"agent_name":"order-desk"})").agent_name, "order-desk");
    EXPECT_EQ(read("", {{"agent_name", "order-desk"}}).agent_name, "order-desk");
    EXPECT_EQ(read("sales", {{"agent_name", "order-desk"}}).agent_name, "sales");
    for (const char* metadata : {"{", "[]", R"({"agent_name":7})", R"({"agent_name":"A B"})",
                                 "Please be polite.", "null"}) {
        EXPECT_NE(read(metadata).agent_name, "") << metadata;
    }
    EXPECT_EQ(read("", {{"agent_name", "Not A Name"}}).agent_name, "reception");
}

TEST(RoomRequest, MayNameAWorkflowInsteadOfAnAgent) {
    for (const char* metadata :
         {R"({"workflow_slug":"clinic"})", R"({"workflow":"clinic","agent_name":"reception"})"}) {
        RoomJob job;
        job.metadata = metadata;
        job.attributes["agent_name"] = "other";
        const RoomRequest request = read_room_request(job, "default");
        EXPECT_EQ(request.workflow_slug, "clinic");
        EXPECT_EQ(request.agent_name, "") << "the workflow knows who is first";
    }
    RoomJob job;
    job.metadata = R"({"workflow_slug":"No Slug"})";
    const RoomRequest request = read_room_request(job, "default");
    EXPECT_EQ(request.workflow_slug, "");
    EXPECT_EQ(request.agent_name, "default") << "whoever rings must be answered";
    EXPECT_EQ(request.problems, std::vector<std::string>{"workflow_slug_not_valid"});
}

TEST(RoomRequest, TakesTheContextWithIt) {
    const RoomRequest request =
        read(R"({"user_id":"u1","user_context":{"name":"Ada"},"metadata":{"k":1},"unknown":true})");
    EXPECT_EQ(request.user_id, "u1");
    EXPECT_EQ(request.user_context.at("name"), "Ada");
    EXPECT_EQ(request.metadata.at("k"), 1);
    const RoomRequest huge = read(R"({"user_context":{"x":")" + std::string(20'000, 'x') + "\"}}");
    EXPECT_TRUE(huge.user_context.get_object().empty());
    EXPECT_TRUE(read(R"({"user_id":")" + std::string(300, 'x') + "\"}").user_id.empty());
    EXPECT_TRUE(read(R"({"user_context":[1]})").user_context.get_object().empty());
}

TEST(RoomRequest, TellsWhatItLeftOut) {
    using Words = std::vector<std::string>;
    const std::string long_text(20'000, 'x');
    const std::pair<std::string, Words> cases[] = {
        {"", {}},
        {"order-desk", {}},
        {R"({"agent_name":"order-desk"})", {}},
        {"{", {"metadata_not_json"}},
        {"Please be polite.", {"metadata_not_json"}},
        {std::string(70'000, ' '), {"metadata_too_long"}},
        {R"({"agent_name":"A B"})", {"agent_name_not_valid"}},
        {R"({"user_context":{"x":")" + long_text + "\"}}", {"user_context_too_long"}},
        {R"({"user_context":[1],"metadata":7})",
         {"user_context_not_valid", "metadata_member_not_valid"}},
        {R"({"user_id":")" + long_text + "\"}", {"user_id_too_long"}},
    };
    for (const auto& [metadata, problems] : cases) {
        const RoomRequest request = read(metadata);
        EXPECT_EQ(request.problems, problems) << metadata.substr(0, 40);
        EXPECT_EQ(request.metadata.get_object().contains("dropped"), !problems.empty());
    }
}

}  // namespace
}  // namespace studio::services
