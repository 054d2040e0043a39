#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/check.hpp"
#include "base/log.hpp"
#include "runtime/virtual_loop.hpp"
#include "sim/sim_worker.hpp"
#include "support/fakes/fake_language_model.hpp"
#include "support/fakes/fake_speech_to_text.hpp"
#include "support/fakes/fake_text_to_speech.hpp"
#include "support/queue/memory_call_journal.hpp"
#include "support/queue/memory_job_queue.hpp"
#include "support/stores/fake_call_store.hpp"
#include "support/stores/fake_resource_store.hpp"

namespace studio::sim {
namespace {

using namespace std::chrono_literals;
using testing_support::FakeLanguageModel;

const TenantId tenant("tenant-1");
const CallId call_id("call-0");

/// "book it" writes, "look it up" only reads.
FakeLanguageModel::Reply answer(const ModelRequest& request) {
    const ModelMessage& last = request.messages.back();
    if (last.role == ModelRole::tool) {
        return {"It is done for you.", {}};
    }
    const bool looks = last.content.find("look") != std::string::npos;
    return {"One moment.", {{"1", looks ? "look" : "book", "{}"}}};
}

Resource resource(const char* name, const char* config) {
    Resource made;
    made.id = name;
    made.tenant_id = tenant;
    made.name = name;
    made.description = "d";
    made.config = parse_json(config).value();
    return made;
}

/// Notes who is thrown out of a room.
class FakePhones final : public RoomControl {
public:
    RoomAccess make_access(const std::string&, const std::string&, const std::string&,
                           seconds) override {
        return {};
    }
    Task<Result<bool, RoomError>> create_room(std::string, std::string) override { co_return true; }
    Task<Result<bool, RoomError>> delete_room(std::string) override { co_return true; }
    Task<Result<bool, RoomError>> remove_participant(std::string, std::string identity) override {
        removed.push_back(std::move(identity));
        co_return true;
    }
    Task<Result<bool, DialError>> dial(DialRequest) override { co_return true; }
    Task<Result<bool, DialError>> transfer(std::string, std::string, Pii<std::string>) override {
        co_return true;
    }
    Task<Result<RoomCounts, RoomError>> count_rooms() override { co_return RoomCounts{}; }

    std::vector<std::string> removed;
};

/// Workers of which one is not the holder any more, and does not know.
class Fencing : public ::testing::Test {
protected:
    Fencing() {
        abort_on_bug(true);
        set_log_level(LogLevel::off);
        providers_.speech_to_text.add("fake", stt_);
        providers_.language_model.add("fake", llm_);
        providers_.text_to_speech.add("fake", tts_);
        run(prepare());
    }
    ~Fencing() override {
        for (const auto& worker : workers_) {
            scope_.spawn(worker->drain(1s));
        }
        loop_.run_for(60s);
        workers_.clear();
        EXPECT_EQ(services::CallSession::live(), 0);
        EXPECT_EQ(loop_.pending(), 0U);
    }

    Task<void> prepare() {
        const auto agent = co_await resources_.create(
            ResourceKind::agent,
            resource("host", R"({"prompt":{"system":"s","greeting":"Hello, the restaurant."},
                "stt":{"provider":"fake"},"tts":{"provider":"fake"},"llm":{"provider":"fake"},
                "session":{"reprompt_delay":8,"auto_disconnect_timeout":40},
                "tools":["book","look"]})"));
        const auto tool = co_await resources_.create(
            ResourceKind::tool, resource("book", R"({"parameters":[],"actions":[
                {"type":"api_call","url":"http://localhost/x","method":"POST","body":{"a":1}}]})"));
        const auto other = co_await resources_.create(
            ResourceKind::tool, resource("look", R"({"parameters":[],"actions":[
                {"type":"api_call","url":"http://localhost/x","method":"GET"}]})"));
        STUDIO_CHECK(agent && tool && other, "the resources are stored");
    }
    template <class Value>
    std::optional<Value> run(Task<Value> task) {
        std::optional<Value> result;
        scope_.spawn(note(std::move(task), result));
        loop_.run_for(1ms);
        return result;
    }
    void run(Task<void> task) {
        scope_.spawn(std::move(task));
        loop_.run_for(1ms);
    }
    template <class Value>
    static Task<void> note(Task<Value> task, std::optional<Value>& result) {
        result = co_await std::move(task);
    }

    SimWorker& add_worker() {
        workers_.push_back(
            std::make_unique<SimWorker>(world_, static_cast<int>(workers_.size()), 4));
        return *workers_.back();
    }
    void create_call(std::vector<RoomCaller::Line> lines = {}) {
        core::CallRecord record;
        record.id = call_id;
        record.tenant_id = tenant;
        record.agent_name = "host";
        record.room_name = call_id.text();
        record.type = type_;
        record.direction = core::CallDirection::inbound;
        record.created_at = loop_.wall_now();
        ASSERT_EQ(run(calls_.create(record)), true);
        caller_ = std::make_unique<RoomCaller>(speech_, std::move(lines));
        rooms_.open(call_id.text(), *caller_);
        core::Job job;
        job.call_id = call_id;
        job.tenant_id = tenant;
        job.agent_name = "host";
        job.room_name = record.room_name;
        job.queued_at = loop_.wall_now();
        ASSERT_EQ(run(queue_.push(job, {})), true);
    }
    core::CallRecord row() { return run(calls_.load(tenant, call_id))->value(); }
    /// Whether it became so within `limit`.
    template <class Condition>
    bool until(Condition condition, nanoseconds limit = 10s) {
        const Instant end = loop_.now() + limit;
        while (!condition() && loop_.now() < end) {
            loop_.run_for(1ms);
        }
        return condition();
    }

    SeededEntropy entropy_{1};
    runtime::VirtualLoop loop_;
    testing_support::FaultPlan plan_{.entropy = &entropy_};
    testing_support::SimulatedSpeech speech_;
    testing::MemoryJobQueue queue_{loop_};
    testing::MemoryCallJournal journal_{loop_};
    testing::FakeCallStore calls_;
    testing::FakeResourceStore resources_;
    SimRooms rooms_{loop_};
    testing_support::FakeSpeechToText stt_{loop_, speech_, plan_};
    FakeLanguageModel llm_{loop_, plan_, answer};
    testing_support::FakeTextToSpeech tts_{loop_, plan_};
    testing_support::FakeHttpClient http_{
        loop_, plan_, [](const HttpRequest&) {
            return HttpResponse{200, "application/json", R"({"booked":true})"};
        }};
    services::HostProviders providers_;
    bool store_is_up_ = true;
    std::map<CallId, int> ends_;
    core::CallType type_ = core::CallType::voip;
    FakePhones phones_;
    services::PhoneDialer dialer_{phones_};
    SimWorld world_{loop_, queue_,     journal_,     calls_, resources_, rooms_,
                    http_, providers_, store_is_up_, ends_,  &dialer_};
    std::unique_ptr<RoomCaller> caller_;
    runtime::TaskScope scope_{loop_};
    std::vector<std::unique_ptr<SimWorker>> workers_;
};

TEST_F(Fencing, ACallThatSomebodyElseEndedIsLeftWithoutAWord) {
    SimWorker& worker = add_worker();
    create_call();
    ASSERT_TRUE(until([&] { return row().fencing_token != 0; }));
    core::CallRecord ended = row();
    ended.status = core::CallStatus::failed;
    ended.status_reason = "room_gone";
    ended.ended_at = loop_.wall_now();
    ASSERT_EQ(run(calls_.save(ended)), true);
    loop_.run_for(3s);
    EXPECT_EQ(worker.sessions(), 0U);
    EXPECT_EQ(worker.worker().count(), 0U);
    EXPECT_EQ(row().status_reason, "room_gone");
    EXPECT_EQ(ends_[call_id], 0) << "the end is the other's";
    EXPECT_EQ(caller_->agent_heard_at(), Instant{});
    EXPECT_EQ(run(queue_.depth())->value().leased, 0U) << "and the place is free";
}

TEST_F(Fencing, AMediaServerThatIsAwayForAWhileCostsNoCall) {
    add_worker();
    add_worker();
    rooms_.set_away(true);
    create_call();
    loop_.run_for(10s);
    EXPECT_EQ(row().status, core::CallStatus::pending) << row().status_reason;
    rooms_.set_away(false);
    EXPECT_TRUE(until([&] { return row().status == core::CallStatus::active; }, 1s));
}

TEST_F(Fencing, ACallWhoseRoomNobodyReachesFails) {
    add_worker();
    rooms_.set_away(true);
    create_call();
    EXPECT_TRUE(until([&] { return row().status == core::CallStatus::failed; }, 20s));
    EXPECT_EQ(row().status_reason, "workers_lost");
}

TEST_F(Fencing, AWorkerThatTakesItsOwnCallAgainGoesOnWithIt) {
    SimWorker& worker = add_worker();
    create_call();
    ASSERT_TRUE(until([&] { return row().status == core::CallStatus::active; }));
    loop_.run_for(2s);
    const std::uint64_t token = row().fencing_token;
    // As where its lease was reaped while it was not running.
    ASSERT_EQ(run(queue_.release({call_id, token}, false)), true);
    EXPECT_TRUE(until([&] { return row().fencing_token > token; }, 500ms));
    loop_.run_for(500ms);
    EXPECT_EQ(worker.sessions(), 1U) << "at once, not when the lease has ended";
    EXPECT_EQ(row().status, core::CallStatus::active) << row().status_reason;
    EXPECT_EQ(ends_[call_id], 0);
}

TEST_F(Fencing, ACallMayBeTakenAsSoonAsItIsKept) {
    SimWorker& worker = add_worker();
    create_call();
    ASSERT_TRUE(until([&] { return row().status == core::CallStatus::active; }));
    loop_.run_for(2s);
    std::optional<bool> may_be_taken;
    scope_.spawn(note(worker.host().hand_over(call_id, 0ms), may_be_taken));
    EXPECT_TRUE(until([&] { return may_be_taken.has_value(); }, 100ms))
        << "the journal answers within milliseconds";
    loop_.run_for(2s);
    EXPECT_EQ(may_be_taken, true);
    worker.host().thaw(call_id);
}

std::vector<std::string> values_of(const std::vector<HttpRequest>& requests,
                                   std::string_view header) {
    std::vector<std::string> values;
    for (const HttpRequest& request : requests) {
        for (const auto& [name, value] : request.headers) {
            if (name == header) {
                values.push_back(value);
            }
        }
    }
    return values;
}

TEST_F(Fencing, RequestsOfToolsCarryTheEffectAndTheLease) {
    SimWorker& first = add_worker();
    create_call({{"one then book it please", 1s}, {"two then book it please", 3s}});
    ASSERT_TRUE(until([&] { return http_.requests().size() == 1; }, 20s));
    const std::uint64_t token = row().fencing_token;
    // It never learns what came of it.
    first.kill(rooms_);
    run(first.close());
    add_worker();
    ASSERT_TRUE(until([&] { return http_.requests().size() == 2; }, 40s));
    const auto keys = values_of(http_.requests(), "Idempotency-Key");
    const auto tokens = values_of(http_.requests(), "Fencing-Token");
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_TRUE(keys[0].starts_with("call-0:")) << keys[0];
    EXPECT_NE(keys[0], keys[1]) << "the first was not repeated; this is the second wish";
    ASSERT_EQ(tokens.size(), 2U);
    EXPECT_EQ(tokens[0], std::to_string(token));
    EXPECT_EQ(tokens[1], std::to_string(row().fencing_token));
    EXPECT_NE(tokens[0], tokens[1]);
}

TEST_F(Fencing, ARequestThatIsRepeatedElsewhereHasTheSameKey) {
    SimWorker& first = add_worker();
    create_call({{"one then look it up please", 1s}});
    ASSERT_TRUE(until([&] { return http_.requests().size() == 1; }, 20s));
    first.kill(rooms_);
    run(first.close());
    add_worker();
    ASSERT_TRUE(until([&] { return http_.requests().size() == 2; }, 10s));
    const auto keys = values_of(http_.requests(), "Idempotency-Key");
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys[0], keys[1]);
    const auto tokens = values_of(http_.requests(), "Fencing-Token");
    ASSERT_EQ(tokens.size(), 2U);
    EXPECT_NE(tokens[0], tokens[1]);
}

TEST_F(Fencing, TheHolderComesBackIntoARoomFromWhichItWasThrownOut) {
    SimWorker& worker = add_worker();
    create_call({{"one then look it up please", 1s}});
    ASSERT_TRUE(until([&] { return http_.requests().size() == 1; }, 20s));
    loop_.run_for(1s);
    const std::uint64_t token = row().fencing_token;
    // Somebody whose lease had ended long ago; nothing of it writes or speaks.
    const auto stranger = rooms_.join(call_id.text(), 99);
    ASSERT_TRUE(until([&] { return row().fencing_token > token && worker.sessions() == 1; }, 1s));
    loop_.run_for(2s);
    EXPECT_EQ(row().status, core::CallStatus::active) << row().status_reason;
    EXPECT_EQ(worker.sessions(), 1U);
    EXPECT_EQ(ends_[call_id], 0);
    const auto lines = run(calls_.load_transcript(tenant, call_id))->value();
    for (std::size_t index = 0; index < lines.size(); ++index) {
        EXPECT_EQ(lines[index].sequence, index);
    }
    EXPECT_EQ(
        std::count_if(lines.begin(), lines.end(),
                      [](const auto& line) { return line.role == core::TranscriptRole::user; }),
        1);
}

TEST_F(Fencing, NobodyJoinsWithALeaseThatMayHaveEnded) {
    SimWorker& worker = add_worker();
    create_call();
    store_is_up_ = false;
    ASSERT_TRUE(until([&] { return run(queue_.depth())->value().leased == 1; }));
    // Between taking the call and its room: the queue is away for longer than the lease.
    queue_.set_available(false);
    journal_.set_available(false);
    loop_.run_for(3s);
    store_is_up_ = true;
    loop_.run_for(8s);
    EXPECT_EQ(caller_->agent_heard_at(), Instant{});
    EXPECT_EQ(worker.sessions(), 0U);
    queue_.set_available(true);
    journal_.set_available(true);
    EXPECT_TRUE(until([&] { return caller_->agent_heard_at() != Instant{}; }, 10s));
}

class FencedPhone : public Fencing, public ::testing::WithParamInterface<bool> {};

TEST_P(FencedPhone, IsHungUpOnlyByTheHolder) {
    const bool is_stale = GetParam();
    type_ = core::CallType::sip;
    SimWorker& worker = add_worker();
    create_call();
    ASSERT_TRUE(until([&] { return row().status == core::CallStatus::active; }));
    // The lease may have ended, as far as the worker can know.
    queue_.set_available(false);
    loop_.run_for(3s);
    if (is_stale) {
        ASSERT_TRUE(run(calls_.claim(tenant, call_id, row().fencing_token + 1))->has_value());
    }
    ASSERT_TRUE(phones_.removed.empty());
    rooms_.leave(call_id.text());
    ASSERT_TRUE(until([&] { return worker.sessions() == 0; }));
    EXPECT_EQ(phones_.removed.empty(), is_stale);
    EXPECT_EQ(ends_[call_id], is_stale ? 0 : 1);
    queue_.set_available(true);
}

INSTANTIATE_TEST_SUITE_P(Holders, FencedPhone, ::testing::Bool());

}  // namespace
}  // namespace studio::sim
