#include <gtest/gtest.h>

#include <sstream>

#include "apps/doctor/machine_checks.hpp"
#include "apps/doctor/provider_checks.hpp"
#include "apps/doctor/service_checks.hpp"
#include "apps/doctor/tls_check.hpp"

namespace studio::apps {
namespace {

using Grade = Finding::Grade;

MachineFacts good_machine() {
    MachineFacts facts;
    facts.files_max = 65'536;
    facts.clock_is_kept = true;
    facts.spool = "/var/lib/agent-studio";
    facts.spool_is_writable = true;
    facts.disk_free_bytes = std::uint64_t{50} << 30U;
    facts.disk_bytes = std::uint64_t{100} << 30U;
    facts.memory_free_bytes = std::uint64_t{4} << 30U;
    facts.processors = 4;
    facts.priority = "real_time";
    facts.addresses = {"10.0.0.5", "8.8.8.8"};
    return facts;
}

Grade grade_of(const Findings& findings, const std::string& topic) {
    for (const Finding& finding : findings) {
        if (finding.topic == topic) {
            return finding.grade;
        }
    }
    ADD_FAILURE() << "nothing of " << topic;
    return Grade::good;
}

TEST(Doctor, AGoodMachineIsGood) {
    for (const Finding& finding : judge(good_machine())) {
        EXPECT_EQ(finding.grade, Grade::good) << finding.topic << ": " << finding.found;
        EXPECT_EQ(finding.advice, "");
    }
}

TEST(Doctor, WhatAMachineLacksIsToldWithWhatToDo) {
    const auto found = [](const char* topic, const auto& spoil) {
        MachineFacts facts = good_machine();
        spoil(facts);
        const Findings findings = judge(facts);
        for (const Finding& finding : findings) {
            EXPECT_EQ(finding.grade == Grade::good, finding.advice.empty()) << finding.topic;
        }
        return grade_of(findings, topic);
    };
    EXPECT_EQ(found("files", [](MachineFacts& facts) { facts.files_max = 1'024; }), Grade::warning);
    EXPECT_EQ(found("clock", [](MachineFacts& facts) { facts.clock_is_kept = false; }),
              Grade::warning);
    EXPECT_EQ(found("clock", [](MachineFacts& facts) { facts.clock_is_kept.reset(); }),
              Grade::note);
    EXPECT_EQ(found("disk", [](MachineFacts& facts) { facts.spool_is_writable = false; }),
              Grade::failed);
    EXPECT_EQ(found("disk", [](MachineFacts& facts) { facts.disk_free_bytes = 1'000'000; }),
              Grade::failed);
    EXPECT_EQ(
        found("disk", [](MachineFacts& facts) { facts.disk_free_bytes = std::uint64_t{4} << 30U; }),
        Grade::warning)
        << "a twentieth of it";
    EXPECT_EQ(found("memory", [](MachineFacts& facts) { facts.memory_free_bytes = 1'000'000; }),
              Grade::warning);
    EXPECT_EQ(found("processor",
                    [](MachineFacts& facts) {
                        facts.periods = 1'000;
                        facts.periods_throttled = 200;
                    }),
              Grade::warning);
    EXPECT_EQ(found("priority", [](MachineFacts& facts) { facts.priority = "normal"; }),
              Grade::note);
    EXPECT_EQ(found("addresses", [](MachineFacts& facts) { facts.addresses = {"10.0.0.5"}; }),
              Grade::note);
}

TEST(Doctor, TheKernelIsAsked) {
    const MachineFacts facts = look_at_machine(testing::TempDir() + "not/there/yet", {});
    EXPECT_GT(facts.files_max, 0U);
    EXPECT_TRUE(facts.spool_is_writable);
    EXPECT_GT(facts.disk_bytes, facts.disk_free_bytes);
    EXPECT_GT(facts.memory_free_bytes, 0U);
    EXPECT_FALSE(facts.priority.empty());
    EXPECT_FALSE(facts.addresses.empty());
    EXPECT_EQ(look_at_machine("", {"192.0.2.7"}).addresses, std::vector<std::string>{"192.0.2.7"});
}

TEST(Doctor, CertificatesAreCountedInDays) {
    EXPECT_EQ(judge_certificate("a", 60).grade, Grade::good);
    EXPECT_EQ(judge_certificate("a", 10).grade, Grade::warning);
    EXPECT_EQ(judge_certificate("a", -1).grade, Grade::failed);
}

TEST(Doctor, RedisMayForgetNothing) {
    const RedisFacts good{"7.0.15", "master", "noeviction", "1"};
    EXPECT_FALSE(has_failed(judge(good)));
    EXPECT_EQ(judge(good).size(), 1U);
    EXPECT_TRUE(has_failed(judge(RedisFacts{"7.0.15", "master", "allkeys-lru", "1"})));
    EXPECT_TRUE(has_failed(judge(RedisFacts{"7.0.15", "slave", "noeviction", "1"})));
    EXPECT_EQ(judge(RedisFacts{"7.0.15", "master", "noeviction", "0"}).back().grade,
              Grade::warning);
    // A service may not let us ask.
    EXPECT_FALSE(has_failed(judge(RedisFacts{})));
    const char* info = "# Server\r\nredis_version:7.0.15\r\nrole:master\r\nx_role:no\r\n";
    EXPECT_EQ(info_field(info, "redis_version"), "7.0.15");
    EXPECT_EQ(info_field(info, "role"), "master");
    EXPECT_EQ(info_field(info, "aof_enabled"), "");
}

TEST(Doctor, AServerSaysHowItIs) {
    const std::string version = STUDIO_VERSION;
    const auto health = [&version](const char* status, const char* checks) {
        return judge_health("http://x", 200,
                            R"({"status":")" + std::string(status) + R"(","version":")" + version +
                                R"(","checks":)" + checks + "}");
    };
    EXPECT_EQ(health("healthy", R"({"redis":{"status":"healthy"}})").front().grade, Grade::good);
    const Findings away = health("unhealthy", R"({"redis":{"status":"unhealthy"}})");
    EXPECT_TRUE(has_failed(away));
    EXPECT_NE(away.front().found.find("not healthy: redis"), std::string::npos);
    EXPECT_EQ(health("degraded", "{}").front().grade, Grade::warning);
    for (const char* strange : {"", "<html>", "[]", R"({"status":7})"}) {
        EXPECT_TRUE(has_failed(judge_health("http://x", 404, strange))) << strange;
    }
    EXPECT_EQ(judge_health("http://x", 200, R"({"status":"healthy","version":"0.0.1"})").size(),
              2U);
}

TEST(Doctor, KeysAreJudgedByTheAnswer) {
    EXPECT_EQ(judge_key("A", "A_KEY", 200).grade, Grade::good);
    EXPECT_EQ(judge_key("A", "A_KEY", 401).grade, Grade::failed);
    EXPECT_EQ(judge_key("A", "A_KEY", 429).grade, Grade::warning);
    EXPECT_EQ(judge_key("A", "A_KEY", 503).grade, Grade::warning);
    EXPECT_EQ(judge_key("A", "A_KEY", 0).grade, Grade::failed);
}

TEST(Doctor, FindingsAreLinesForPeople) {
    const Findings findings{{Grade::good, "redis", "Redis 7", ""},
                            {Grade::failed, "disk", "full", "free some"}};
    std::ostringstream out;
    print(findings, out);
    EXPECT_EQ(out.str(),
              "  ok       redis      Redis 7\n"
              "  FAILED   disk       full\n"
              "                      -> free some\n");
    EXPECT_EQ(serialize_json(to_json(findings)),
              R"([{"topic":"redis","grade":"ok","found":"Redis 7","advice":""},)"
              R"({"topic":"disk","grade":"FAILED","found":"full","advice":"free some"}])");
}

}  // namespace
}  // namespace studio::apps
