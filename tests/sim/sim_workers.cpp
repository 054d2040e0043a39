#include "sim/sim_workers.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "base/check.hpp"
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
constexpr std::uint32_t calls_per_worker_max = 4;
/// Lease of 2 s, reaping, joining, the voice, and a queue that was busy with others.
constexpr nanoseconds silence_bound = 4s;
/// What was said shorter before a kill than this may not have left the process.
constexpr nanoseconds write_bound = 300ms;

constexpr const char* numbers[] = {"one", "two", "three", "four", "five", "six"};

FakeLanguageModel::Reply answer(const ModelRequest& request) {
    for (auto message = request.messages.rbegin(); message != request.messages.rend(); ++message) {
        if (message->role == ModelRole::tool) {
            const bool is_new = message->content.find("handed_over_to") != std::string::npos;
            return {is_new ? "Here I am." : "It is booked for you.", {}};
        }
        if (message->role == ModelRole::user) {
            if (message->content.ends_with("book it please")) {
                return {"One moment.", {{"1", "book", "{}"}}};
            }
            if (message->content.ends_with("pass me on")) {
                return {"I do.", {{"2", request.tools.back().name, "{}"}}};
            }
            return {"You said " + message->content + ". That is fine with us.", {}};
        }
    }
    return {"What can I do?", {}};
}

Resource resource(const char* name, const char* config) {
    Resource made;
    made.id = name;
    made.tenant_id = tenant;
    made.name = name;
    made.description = "d";
    const auto json = parse_json(config);
    STUDIO_CHECK(json.has_value(), "the simulation's configurations are JSON");
    made.config = *json;
    return made;
}

/// One call from outside.
struct SimCall {
    CallId id;
    std::unique_ptr<RoomCaller> caller;
};

class Workers {
public:
    Workers(std::uint64_t seed, bool keep_trace)
        : entropy_(seed),
          keep_trace_(keep_trace),
          queue_(loop_, {.recovery_grace = 2s}),
          journal_(loop_),
          rooms_(loop_),
          stt_(loop_, speech_, faults()),
          llm_(loop_, faults(), answer),
          tts_(loop_, faults()),
          http_(loop_, faults(),
                [this](const HttpRequest& request) {
                    note("effect " + request.body);
                    for (const auto& [name, value] : request.headers) {
                        if (name == "Idempotency-Key" && !keys_.insert(value).second) {
                            ++repeated_;
                            return HttpResponse{200, "application/json", R"({"booked":true})"};
                        }
                    }
                    ++effects_[request.body];
                    return HttpResponse{200, "application/json", R"({"booked":true})"};
                }),
          scope_(loop_) {
        providers_.speech_to_text.add("fake", stt_);
        providers_.language_model.add("fake", llm_);
        providers_.text_to_speech.add("fake", tts_);
    }

    WorkersResult run() {
        scope_.spawn(prepare());
        loop_.run_for(10ms);
        for (int index = 0; index < 3; ++index) {
            add_worker();
        }
        draw_calls();
        draw_trouble();
        watch_ = loop_.start_timer(loop_.now() + 100ms, [this] { watch(); });
        loop_.run_for(240s);
        watch_.reset();
        timers_.clear();
        for (const auto& worker : workers_) {
            if (worker->is_alive() && !worker->is_draining()) {
                scope_.spawn(worker->drain(1s));
            }
        }
        loop_.run_for(40s);
        scope_.spawn(check_store());
        loop_.run_for(1s);
        check_end();
        return std::move(result_);
    }

private:
    testing_support::FaultPlan faults() {
        testing_support::FaultPlan plan;
        plan.entropy = &entropy_;
        return plan;
    }

    Task<void> create(ResourceKind kind, const char* name, std::string config) {
        const auto created = co_await resources_.create(kind, resource(name, config.c_str()));
        STUDIO_CHECK(created.has_value(), "the simulation's resources are stored");
    }

    /// Two agents that hand over to each other, without a greeting where the call did not begin.
    Task<void> prepare() {
        const auto config = [](const char* greeting, const char* tool) {
            return std::string(R"({"prompt":{"system":"s","greeting":")") + greeting +
                   R"("},"stt":{"provider":"fake"},"tts":{"provider":"fake"},
                "llm":{"provider":"fake"},
                "session":{"reprompt_delay":8,"auto_disconnect_timeout":40},
                "tools":["book",")" +
                   tool + R"("]})";
        };
        const auto handoff = [](const char* target) {
            return std::string(R"({"parameters":[],"actions":[
                {"type":"handoff","target_agent":")") +
                   target + R"("}]})";
        };
        co_await create(ResourceKind::tool, "book", R"({"parameters":[],"actions":[
                {"type":"api_call","url":"http://localhost/x","method":"POST",
                 "body":{"who":"{{user.id}}"}}]})");
        co_await create(ResourceKind::tool, "to_cook", handoff("cook"));
        co_await create(ResourceKind::tool, "to_waiter", handoff("waiter"));
        co_await create(ResourceKind::agent, "cook", config("", "to_waiter"));
        co_await create(ResourceKind::agent, "waiter", config("", "to_cook"));
        co_await create(ResourceKind::agent, "host",
                        config("Hello, this is the restaurant.", "to_cook"));
    }

    void add_worker() {
        const auto number = static_cast<int>(workers_.size());
        note("worker " + std::to_string(number) + " starts");
        workers_.push_back(std::make_unique<SimWorker>(world_, number, calls_per_worker_max));
    }

    void draw_calls() {
        const std::uint32_t count = 1 + entropy_.u32() % 4;
        for (std::uint32_t index = 0; index < count; ++index) {
            const nanoseconds at = milliseconds(entropy_.u32() % 10'000);
            std::vector<RoomCaller::Line> lines;
            const std::uint32_t steps = 2 + entropy_.u32() % 4;
            const std::uint32_t booking = entropy_.u32() % steps;
            const std::uint32_t passing = entropy_.u32() % (2 * steps);
            for (std::uint32_t step = 0; step < steps; ++step) {
                const std::string words = step == booking   ? "then book it please"
                                          : step == passing ? "pass me on"
                                                            : "that is all";
                lines.push_back({std::string(numbers[step]) + " " + words,
                                 milliseconds(600 + entropy_.u32() % 2'000)});
            }
            at_time(at, [this, index, lines] { scope_.spawn(create_call(index, lines)); });
        }
        result_.calls = static_cast<int>(count);
    }

    Task<void> create_call(std::uint32_t index, std::vector<RoomCaller::Line> lines) {
        const std::string name = "call-" + std::to_string(index);
        core::CallRecord record;
        record.id = CallId(name);
        record.tenant_id = tenant;
        record.agent_name = "host";
        record.user_id = name;
        record.room_name = name;
        record.created_at = loop_.wall_now();
        [[maybe_unused]] const auto created = co_await calls_.create(record);
        calls_here_.push_back({record.id, std::make_unique<RoomCaller>(speech_, std::move(lines))});
        rooms_.open(name, *calls_here_.back().caller);
        core::Job job;
        job.call_id = record.id;
        job.tenant_id = tenant;
        job.agent_name = "host";
        job.room_name = name;
        job.queued_at = loop_.wall_now();
        // The sweep of pending rows.
        while (true) {
            const AdmissionLimits limits{.tenant_calls_max = 16, .agent_calls_max = 16};
            const auto pushed = co_await queue_.push(job, limits);
            if (pushed) {
                break;
            }
            const bool has_passed = co_await runtime::sleep_for(loop_, 500ms, scope_.token());
            if (!has_passed) {
                break;
            }
        }
        note("call " + name);
    }

    void draw_trouble() {
        const auto one_in = [this](std::uint32_t share) { return entropy_.u32() % share == 0; };
        const std::uint32_t kills = entropy_.u32() % 3;
        for (std::uint32_t index = 0; index < kills; ++index) {
            at_time(milliseconds(2'000 + entropy_.u32() % 40'000), [this] { kill_one(); });
        }
        if (one_in(2)) {
            at_time(milliseconds(2'000 + entropy_.u32() % 40'000), [this] { drain_one(); });
        }
        if (one_in(4)) {
            store_outage_ = true;
            outage(store_is_up_, [] {});
        }
        if (one_in(4)) {
            redis_outage_ = true;
            outage(redis_is_up_, [this] {
                queue_.set_available(redis_is_up_);
                journal_.set_available(redis_is_up_);
            });
        }
    }

    void outage(bool& is_up, std::function<void()> changed) {
        const nanoseconds from = milliseconds(2'000 + entropy_.u32() % 30'000);
        const nanoseconds duration = milliseconds(200 + entropy_.u32() % 20'000);
        at_time(from, [this, &is_up, changed] {
            is_up = false;
            note("outage");
            changed();
        });
        at_time(from + duration, [this, &is_up, changed] {
            is_up = true;
            note("outage over");
            changed();
        });
    }

    SimWorker* choose_worker() {
        std::vector<SimWorker*> all;
        for (const auto& worker : workers_) {
            if (worker->is_alive() && !worker->is_draining()) {
                all.push_back(worker.get());
            }
        }
        return all.empty() ? nullptr : all[entropy_.u32() % all.size()];
    }

    void kill_one() {
        if (SimWorker* worker = choose_worker()) {
            note("kill, with " + std::to_string(worker->sessions()) + " calls");
            ++result_.kills;
            killed_at_.push_back(loop_.now());
            worker->kill(rooms_);
            scope_.spawn(worker->close());
            add_worker();
        }
    }

    void drain_one() {
        if (SimWorker* worker = choose_worker()) {
            note("drain, with " + std::to_string(worker->sessions()) + " calls");
            ++result_.handovers;
            add_worker();
            scope_.spawn(worker->drain(20s));
        }
    }

    void watch() {
        for (const SimCall& call : calls_here_) {
            if (call.caller->wants_to_leave(loop_.now())) {
                note("caller of " + call.id.text() + " leaves");
                rooms_.leave(call.id.text());
            }
        }
        for (const auto& worker : workers_) {
            expect(worker->worker().count() <= calls_per_worker_max, "a worker above its limit");
        }
        watch_->restart(loop_.now() + 100ms);
    }

    void at_time(nanoseconds delay, std::function<void()> what) {
        timers_.push_back(loop_.start_timer(loop_.now() + delay, std::move(what)));
    }

    Task<void> check_store() {
        for (const SimCall& call : calls_here_) {
            const auto record = co_await calls_.load(tenant, call.id);
            const auto entries = co_await calls_.load_transcript(tenant, call.id);
            expect(record && core::is_final(record->status), call.id.text() + " did not end");
            expect(ends_[call.id] == 1,
                   call.id.text() + " ended " + std::to_string(ends_[call.id]) + " times");
            if (record) {
                note(call.id.text() + ' ' + std::string(core::name_of(record->status)) + ' ' +
                     record->status_reason);
            }
            if (entries) {
                check_transcript(call, *entries);
            }
            if (record && entries && !store_outage_ && !redis_outage_) {
                check_agents(*record, *entries);
            }
        }
        const auto depth = co_await queue_.depth();
        expect(depth && depth->waiting == 0 && depth->leased == 0, "jobs are left in the queue");
        core::Job probe;
        probe.call_id = CallId("probe");
        probe.tenant_id = tenant;
        probe.agent_name = "host";
        const AdmissionLimits limits{.tenant_calls_max = 1, .agent_calls_max = 1};
        const auto pushed = co_await queue_.push(probe, limits);
        expect(pushed.has_value(), "a place of a limit leaked");
    }

    void check_transcript(const SimCall& call, const std::vector<core::TranscriptEntry>& entries) {
        std::set<std::string> said;
        std::set<std::string> stored;
        for (std::size_t index = 0; index < entries.size(); ++index) {
            const core::TranscriptEntry& entry = entries[index];
            note("  " + std::string(core::name_of(entry.role)) + ' ' + entry.content);
            expect(entry.sequence == index, call.id.text() + " lacks a line of the transcript");
            stored.insert(std::string(core::name_of(entry.role)) + ' ' + entry.content);
            if (entry.role == core::TranscriptRole::user) {
                expect(said.insert(entry.content).second,
                       call.id.text() + " has a line twice: " + entry.content);
            }
        }
        if (store_outage_ || redis_outage_) {
            return;  // Without either a kill loses what the other does not have yet.
        }
        for (const RoomCaller::Told& told : call.caller->told()) {
            const bool may_be_lost =
                std::any_of(killed_at_.begin(), killed_at_.end(), [&told](Instant killed) {
                    return told.at <= killed && killed - told.at < write_bound;
                });
            expect(may_be_lost || stored.contains(told.content),
                   call.id.text() + " lost a line: " + told.content);
        }
    }

    /// Who spoke is who was handed over to, in that order, and each hand-off was told once.
    void check_agents(const core::CallRecord& record,
                      const std::vector<core::TranscriptEntry>& entries) {
        const auto& history = record.agent_history;
        result_.handoffs += static_cast<int>(record.metrics.agent_handoffs);
        if (history.empty()) {
            return;
        }
        expect(history.size() == record.metrics.agent_handoffs + 1U,
               record.id.text() + " has hand-offs that are not counted");
        std::size_t place = 0;
        for (const core::TranscriptEntry& entry : entries) {
            while (place < history.size() && history[place] != entry.agent) {
                ++place;
            }
            expect(place < history.size(),
                   record.id.text() + " has a line of an agent that was not there");
        }
    }

    void check_end() {
        for (const auto& [body, count] : effects_) {
            expect(count == 1, "an effect was repeated: " + body);
        }
        // Its server does not repeat them. Ours asks twice only where the journal was away.
        expect(repeated_ == 0 || redis_outage_, "a request was repeated");
        if (!store_outage_ && !redis_outage_) {
            for (const nanoseconds silence : rooms_.silences()) {
                result_.silences.push_back(silence);
                expect(silence <= silence_bound,
                       "silence of " + std::to_string(to_milliseconds(silence)) + " ms");
            }
            expect(rooms_.unanswered() == 0, "a caller was left alone");
        }
        for (const auto& worker : workers_) {
            expect(worker->is_closed(), "a worker did not end");
        }
        workers_.clear();
        expect(services::CallSession::live() == 0, "a session is left alive");
        expect(scope_.size() == 0, "tasks are left");
        expect(loop_.pending() == 0, "timers are left: " + std::to_string(loop_.pending()));
        result_.trace_hash = hash_;
    }

    void expect(bool condition, const std::string& violation) {
        if (!condition) {
            result_.violations.push_back(violation);
        }
    }

    void note(const std::string& what) {
        const std::string line =
            std::to_string(to_milliseconds(loop_.now().time_since_epoch())) + ' ' + what;
        for (const char byte : line) {
            hash_ = (hash_ ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
        }
        if (keep_trace_) {
            result_.trace.push_back(line);
        }
    }

    SeededEntropy entropy_;
    bool keep_trace_;
    WorkersResult result_;
    std::uint64_t hash_ = 14695981039346656037ULL;
    runtime::VirtualLoop loop_;
    testing_support::SimulatedSpeech speech_;
    testing::MemoryJobQueue queue_;
    testing::MemoryCallJournal journal_;
    testing::FakeCallStore calls_;
    testing::FakeResourceStore resources_;
    SimRooms rooms_;
    testing_support::FakeSpeechToText stt_;
    FakeLanguageModel llm_;
    testing_support::FakeTextToSpeech tts_;
    testing_support::FakeHttpClient http_;
    services::HostProviders providers_;
    bool store_is_up_ = true;
    bool redis_is_up_ = true;
    bool store_outage_ = false;
    bool redis_outage_ = false;
    std::map<CallId, int> ends_;
    std::map<std::string, int> effects_;
    std::set<std::string> keys_;
    int repeated_ = 0;
    std::vector<Instant> killed_at_;
    SimWorld world_{loop_,  queue_, journal_,   calls_,       resources_,
                    rooms_, http_,  providers_, store_is_up_, ends_};
    std::vector<SimCall> calls_here_;
    std::vector<std::unique_ptr<runtime::Timer>> timers_;
    std::unique_ptr<runtime::Timer> watch_;
    runtime::TaskScope scope_;
    std::vector<std::unique_ptr<SimWorker>> workers_;
};

}  // namespace

WorkersResult run_sim_workers(std::uint64_t seed, bool keep_trace) {
    Workers world(seed, keep_trace);
    return world.run();
}

}  // namespace studio::sim
