#include "core/job/job.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

const Job job{CallId("c1"),
              TenantId("t1"),
              "meal-agent",
              "call-c1",
              2,
              WallTime(milliseconds(1'764'000'000'123))};

TEST(Job, SurvivesSerializing) {
    const std::string text = serialize_job(job);
    EXPECT_EQ(text, R"({"call_id":"c1","tenant_id":"t1","agent_name":"meal-agent",)"
                    R"("room_name":"call-c1","attempt":2,"queued_at_ms":1764000000123})");
    const auto parsed = parse_job(text);
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(*parsed, job);
}

TEST(Job, IgnoresMembersThatItDoesNotKnow) {
    std::string text = serialize_job(job);
    text.insert(1, R"("later":[1,2],)");
    EXPECT_TRUE(parse_job(text));
}

TEST(Job, RefusesWhatItCannotRead) {
    const std::string good = serialize_job(job);
    const auto with = [&good](std::string_view from, std::string_view to) {
        std::string text = good;
        return text.replace(text.find(from), from.size(), to);
    };
    for (const std::string& text :
         {std::string(), std::string("[]"), good.substr(1), with(R"("c1")", "7"),
          with(R"("t1")", R"("")"), with(R"("attempt":2)", R"("attempt":-1)"),
          with(R"("attempt":2)", R"("attempt":4294967296)"), with("1764000000123", "1.5"),
          with("meal-agent", std::string(5'000, 'x'))}) {
        EXPECT_FALSE(parse_job(text)) << text.substr(0, 200);
    }
}

}  // namespace
}  // namespace studio::core
