#include <gtest/gtest.h>

#include "livekit_agent.pb.h"
#include "protocol/livekit_agent/agent_worker.hpp"

namespace studio::livekit_agent {
namespace {

namespace wire = studio::livekit_agent_wire;

class AgentWorkerTest : public testing::Test {
protected:
    AgentWorkerTest() {
        worker.set_fill({0, 10, true}, now);
        worker.start(now);
    }

    /// Everything that waits; what was sent is parsed into `sent`.
    std::vector<AgentWorkerOutput> drain() {
        std::vector<AgentWorkerOutput> outputs;
        sent.clear();
        while (auto output = worker.poll_output()) {
            if (const auto* send = std::get_if<WorkerSend>(&*output)) {
                EXPECT_TRUE(sent.emplace_back().ParseFromString(send->bytes));
            } else {
                outputs.push_back(std::move(*output));
            }
        }
        return outputs;
    }
    void tell(const wire::ServerMessage& message) {
        worker.handle_message(bytes_of(message.SerializeAsString()), now);
    }
    void connect() {
        worker.handle_open(now);
        wire::ServerMessage message;
        message.mutable_register_()->set_worker_id("AW_1");
        tell(message);
        static_cast<void>(drain());
    }
    static wire::Job job(const std::string& id, const std::string& room = "lobby") {
        wire::Job made;
        made.set_id(id);
        made.mutable_room()->set_name(room);
        made.set_metadata("order-desk");
        (*made.mutable_attributes())["a"] = "b";
        return made;
    }
    void offer(const wire::Job& given) {
        wire::ServerMessage message;
        *message.mutable_availability()->mutable_job() = given;
        tell(message);
    }
    void assign(const wire::Job& given) {
        wire::ServerMessage message;
        *message.mutable_assignment()->mutable_job() = given;
        message.mutable_assignment()->set_token("token");
        tell(message);
    }
    void pass(milliseconds time) {
        now += time;
        worker.handle_timeout(now);
    }

    Instant now{seconds(100)};
    AgentWorker worker{AgentWorkerOptions{.agent_name = "studio", .own_room_prefix = "call-"}};
    std::vector<wire::WorkerMessage> sent;
};

TEST_F(AgentWorkerTest, RegistersFirstAndTellsItsLoad) {
    EXPECT_TRUE(std::holds_alternative<WorkerConnect>(drain().at(0)));
    worker.handle_open(now);
    static_cast<void>(drain());
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].register_().agent_name(), "studio");
    EXPECT_TRUE(sent[0].register_().allowed_permissions().can_publish());
    EXPECT_FALSE(worker.is_registered());
    wire::ServerMessage message;
    message.mutable_register_()->set_worker_id("AW_1");
    tell(message);
    static_cast<void>(drain());
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].update_worker().status(), 0);
    EXPECT_EQ(worker.worker_id(), "AW_1");
}

TEST_F(AgentWorkerTest, TakesAJobFromOfferToEnd) {
    connect();
    offer(job("AJ_1"));
    const auto offered = drain();
    ASSERT_EQ(offered.size(), 1U);
    const JobOffer& seen = std::get<JobOffered>(offered[0]).offer;
    EXPECT_EQ(seen.room_name, "lobby");
    EXPECT_EQ(seen.metadata, "order-desk");
    EXPECT_EQ(seen.attributes.at("a"), "b");
    worker.answer("AJ_1", "agent-7", now);
    static_cast<void>(drain());
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].availability().available());
    EXPECT_EQ(sent[0].availability().participant_identity(), "agent-7");
    assign(job("AJ_1"));
    const auto assigned = drain();
    ASSERT_EQ(assigned.size(), 1U);
    EXPECT_EQ(std::get<JobAssigned>(assigned[0]).token.reveal(), "token");
    worker.job_running("AJ_1");
    worker.job_finished("AJ_1", "");
    worker.job_finished("AJ_2", "connection_lost");
    static_cast<void>(drain());
    ASSERT_EQ(sent.size(), 3U);
    EXPECT_EQ(sent[0].update_job().status(), 1);
    EXPECT_EQ(sent[1].update_job().status(), 2);
    EXPECT_EQ(sent[2].update_job().status(), 3);
    EXPECT_EQ(sent[2].update_job().error(), "connection_lost");
    pass(seconds(9));
    EXPECT_TRUE(drain().empty()) << "an assigned job is not lost";
}

TEST_F(AgentWorkerTest, SaysNoWhereThereIsNoRoom) {
    connect();
    offer(job("AJ_1"));
    static_cast<void>(drain());
    worker.answer("AJ_1", "", now);
    static_cast<void>(drain());
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_FALSE(sent[0].availability().available());
    EXPECT_FALSE(sent[0].availability().terminate());
    worker.answer("AJ_1", "agent", now);
    worker.answer("AJ_unknown", "agent", now);
    EXPECT_TRUE(drain().empty());
    EXPECT_TRUE(sent.empty());
}

TEST_F(AgentWorkerTest, LeavesRoomsOfTheQueueToTheQueue) {
    connect();
    offer(job("AJ_1", "call-7"));
    EXPECT_TRUE(drain().empty());
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_FALSE(sent[0].availability().available());
    EXPECT_TRUE(sent[0].availability().terminate());
}

TEST_F(AgentWorkerTest, LetsGoOfWhatNeverCame) {
    connect();
    offer(job("AJ_1"));
    worker.answer("AJ_1", "agent-7", now);
    static_cast<void>(drain());
    pass(milliseconds(7'499));
    EXPECT_TRUE(drain().empty());
    pass(milliseconds(1));
    const auto lost = drain();
    ASSERT_EQ(lost.size(), 1U);
    EXPECT_EQ(std::get<JobLost>(lost[0]).job_id, "AJ_1");
    assign(job("AJ_1"));
    EXPECT_TRUE(drain().empty()) << "it comes too late: its place was given away";
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].update_job().status(), 3);
}

TEST_F(AgentWorkerTest, IsBelowTheThresholdUntilItIsFull) {
    connect();
    for (std::uint32_t active = 1; active <= 10; ++active) {
        worker.set_fill({active, 10, true}, now);
        static_cast<void>(drain());
        ASSERT_EQ(sent.size(), 1U);
        const auto& update = sent[0].update_worker();
        EXPECT_EQ(update.status(), active == 10 ? 1 : 0);
        EXPECT_EQ(update.load() < 0.7F, active < 10);
        EXPECT_EQ(update.job_count(), active);
    }
    worker.set_fill({10, 10, true}, now);
    static_cast<void>(drain());
    EXPECT_TRUE(sent.empty()) << "nothing changed";
    worker.set_fill({1, 10, false}, now);
    static_cast<void>(drain());
    EXPECT_EQ(sent.at(0).update_worker().status(), 1) << "draining is full";
    worker.set_fill({0, 0, true}, now);
    static_cast<void>(drain());
    EXPECT_EQ(sent.at(0).update_worker().status(), 1);
}

TEST_F(AgentWorkerTest, IsOfferedJobsThatMayWaitForAnother) {
    connect();
    for (const std::uint32_t active : {10U, 11U}) {
        worker.set_fill({active, 10, true, true}, now);
        static_cast<void>(drain());
        EXPECT_EQ(sent.at(0).update_worker().status(), 0);
        EXPECT_LT(sent.at(0).update_worker().load(), 0.7F);
    }
    worker.set_fill({10, 10, false, true}, now);
    static_cast<void>(drain());
    EXPECT_EQ(sent.at(0).update_worker().status(), 1) << "draining is full";
}

TEST_F(AgentWorkerTest, TellsItsLoadRegularly) {
    connect();
    pass(milliseconds(2'499));
    static_cast<void>(drain());
    EXPECT_TRUE(sent.empty());
    pass(milliseconds(1));
    static_cast<void>(drain());
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].has_update_worker());
}

TEST_F(AgentWorkerTest, ComesBackAfterACut) {
    connect();
    offer(job("AJ_1"));
    worker.answer("AJ_1", "agent-7", now);
    static_cast<void>(drain());
    worker.handle_end(now);
    EXPECT_TRUE(std::holds_alternative<WorkerDisconnect>(drain().at(0)));
    EXPECT_FALSE(worker.is_registered());
    worker.job_finished("AJ_1", "");
    EXPECT_TRUE(drain().empty());
    EXPECT_TRUE(sent.empty()) << "there is nobody to tell";
    milliseconds expected(500);
    for (int attempt = 0; attempt < 8; ++attempt) {
        const Instant at = *worker.next_deadline();
        now = at;
        worker.handle_timeout(now);
        bool connects = false;
        for (const auto& output : drain()) {
            connects = connects || std::holds_alternative<WorkerConnect>(output);
        }
        if (connects) {
            worker.handle_end(now);
            static_cast<void>(drain());
            expected = std::min(expected * 2, milliseconds(10'000));
            EXPECT_LE(*worker.next_deadline() - now, expected);
        }
    }
    now = *worker.next_deadline() + seconds(20);
    worker.handle_timeout(now);
    connect();
    EXPECT_TRUE(worker.is_registered());
}

TEST_F(AgentWorkerTest, ComesBackWhenTheServerIsSilent) {
    static_cast<void>(drain());
    worker.handle_open(now);
    static_cast<void>(drain());
    pass(seconds(10));
    EXPECT_TRUE(std::holds_alternative<WorkerDisconnect>(drain().at(0))) << "never registered";
    pass(seconds(1));
    static_cast<void>(drain());
    connect();
    bool has_left = false;
    for (int second = 0; second < 60 && !has_left; ++second) {
        pass(seconds(1));
        has_left = !drain().empty();
    }
    EXPECT_TRUE(has_left) << "pings without an answer";
}

TEST_F(AgentWorkerTest, PassesOverRubbish) {
    connect();
    const std::string rubbish("\xff\xff\xff\x01garbage", 11);
    worker.handle_message(bytes_of(rubbish), now);
    worker.handle_message({}, now);
    offer(job("", "lobby"));
    offer(job("AJ_1", ""));
    EXPECT_TRUE(drain().empty());
    for (const auto& message : sent) {
        EXPECT_FALSE(message.availability().available());
    }
    EXPECT_TRUE(worker.is_registered());
}

}  // namespace
}  // namespace studio::livekit_agent
