#include "queue_model/history.hpp"

#include <set>

#include "ports/room_names.hpp"

namespace studio::testing {
namespace {

constexpr std::int64_t lease_ms = 2'000;
constexpr std::uint32_t steps = 30;

std::set<std::string> texts_of(const std::vector<CallId>& ids) {
    std::set<std::string> texts;
    for (const CallId& id : ids) {
        texts.insert(id.text());
    }
    return texts;
}

}  // namespace

void History::check(bool holds, const char* what) {
    if (!holds && fault_.empty()) {
        fault_ = step_name_ + ": " + what;
    }
}

AdmissionLimits History::limits() {
    if (chance(40)) {
        return {};
    }
    return {.tenant_calls_max = 2 + below(4),
            .agent_calls_max = 1 + below(4),
            .waiting_max = below(3) == 0 ? 3U : 0U};
}

TakeRequest History::request(const Worker& worker) {
    return {.worker_id = worker.id,
            .worker_calls_max = 3,
            .agents = worker.agents,
            .lease_duration = milliseconds(lease_ms)};
}

Task<> History::run() {
    workers_ = {{"w0", {}, {}}, {"w1", {"x"}, {}}, {"w2", {"y", "x"}, {}}};
    // Both sides have met the queue, so that they know when it forgets.
    static_cast<void>(co_await world_.queue().depth());
    static_cast<void>(co_await world_.other().depth());
    // A queue that has just begun is like one that lost its memory.
    co_await world_.advance(milliseconds(QueueModel::grace));
    model_.now = world_.now().time_since_epoch().count();
    for (std::uint32_t count = 0; count < steps && fault_.empty(); ++count) {
        co_await step();
        co_await compare();
    }
    if (fault_.empty()) {
        co_await settle();
    }
}

Task<> History::step() {
    Worker& worker = workers_[below(3)];
    const std::uint32_t kind = below(100);
    if (kind < 18) {
        co_await push();
    } else if (kind < 21) {
        co_await cancel();
    } else if (kind < 24) {
        co_await restore();
    } else if (kind < 44) {
        co_await take(worker);
    } else if (kind < 49) {
        co_await take_directly(worker);
    } else if (kind < 59) {
        co_await renew(worker);
    } else if (kind < 67) {
        co_await finish(worker, false);
    } else if (kind < 72) {
        co_await finish(worker, true);
    } else if (kind < 82) {
        co_await reap();
    } else if (kind < 94) {
        co_await advance(1 + below(chance(20) ? 5'000 : 700));
    } else if (kind < 98) {
        // A crash: what it held is nobody's until the leases end. It comes back under a new name.
        worker.leases.clear();
        worker.id += "'";
    } else {
        co_await lose_memory();
    }
}

Task<> History::push() {
    step_name_ = "push";
    core::Job job;
    if (!open_.empty() && chance(30)) {
        // The sweep, or a repeat after a lost answer.
        auto chosen = open_.begin();
        std::advance(chosen, below(static_cast<std::uint32_t>(open_.size())));
        job = chosen->second;
    } else {
        const std::string id = "c" + std::to_string(calls_made_++);
        const char* const agents[] = {"x", "y", "z"};
        job = {CallId(id),
               TenantId(chance(60) ? "t" : "u"),
               agents[below(3)],
               own_room_of(CallId(id)),
               1,
               world_.now()};
    }
    AdmissionLimits limits_now = limits();
    if (open_.contains(job.call_id.text()) || chance(10)) {
        limits_now.place_kept = milliseconds(below(2) * 2'500);
    }
    if (chance(10)) {
        // The pusher dies between row and push: the call was answered, and waits for the sweep.
        open_.emplace(job.call_id.text(), job);
        co_return;
    }
    const auto expected = model_.push(job, limits_now);
    const auto pushed = co_await queue().push(job, limits_now);
    check(pushed == expected, "the answer differs");
    if (pushed || pushed.error() == QueueError::unavailable) {
        open_.emplace(job.call_id.text(), job);
    }
    if (model_.calls.contains(job.call_id.text()) &&
        !QueueModel::is_known(model_.calls.at(job.call_id.text()))) {
        open_.erase(job.call_id.text());
    }
}

void History::accept(Worker& worker, const Lease& lease) {
    check(lease.fencing_token > last_token_, "tokens grow");
    last_token_ = lease.fencing_token;
    const std::string id = lease.job.call_id.text();
    model_.lease(id, worker.id, lease.fencing_token, lease_ms);
    check(lease.job == model_.calls.at(id).job, "the job or its attempt differs");
    check(model_.held_by(worker.id) <= 3, "a worker's limit is exceeded");
    if (chance(90)) {
        worker.leases.insert_or_assign(id, lease);  // Else the answer is lost.
    }
}

Task<> History::take(Worker& worker) {
    step_name_ = "take";
    const auto expected = model_.next(request(worker));
    const auto taken = co_await queue().take(request(worker), milliseconds(0));
    check(taken.has_value() == expected.has_value(), "the answer differs");
    if (!taken || !expected) {
        check(taken || expected || taken.error() == expected.error(), "the error differs");
        co_return;
    }
    check(taken->has_value() == expected->has_value(), "there is a job or there is none");
    if (*taken && *expected) {
        check((*taken)->job.call_id.text() == **expected, "another job was next");
        if (fault_.empty()) {
            accept(worker, **taken);
        }
    }
}

Task<> History::take_directly(Worker& worker) {
    step_name_ = "take_directly";
    const std::string id = "c" + std::to_string(calls_made_++);
    // A room of others may be wanted twice.
    const std::string room = chance(30) ? "lobby" : own_room_of(CallId(id));
    const core::Job job{CallId(id), TenantId("t"), "x", room, 1, world_.now()};
    const AdmissionLimits limits_now = limits();
    model_.make_pools(worker.agents);
    std::optional<QueueError> expected = model_.admission(job, limits_now);
    if (room == "lobby") {
        const auto has_room = [&room](const QueueModel::Call& call) {
            return QueueModel::is_known(call) && call.job.room_name == room;
        };
        if (model_.now < model_.recovering_until) {
            expected = QueueError::unavailable;
        } else if (model_.count(has_room) > 0) {
            expected = QueueError::room_taken;
        }
    }
    if (model_.held_by(worker.id) >= 3) {
        expected = QueueError::worker_limit;
    }
    const auto lease = co_await queue().take_directly(job, limits_now, request(worker));
    check(lease.has_value() == !expected && (lease || lease.error() == *expected),
          "the answer differs");
    if (lease && fault_.empty()) {
        open_.emplace(id, job);
        model_.calls[id].job = job;
        model_.owed.erase(id);
        accept(worker, *lease);
    }
}

Task<> History::renew(Worker& worker) {
    step_name_ = "renew";
    if (worker.leases.empty()) {
        co_return;
    }
    std::vector<Lease> leases;
    std::set<std::string> expected;
    std::set<std::string> cancelled;
    for (const auto& [id, lease] : worker.leases) {
        leases.push_back(lease);
        if (!model_.renew(worker.id, lease, lease_ms)) {
            expected.insert(id);
        } else if (model_.calls.at(id).is_cancelled) {
            cancelled.insert(id);
        }
    }
    const auto renewed = co_await queue().renew(worker.id, leases, milliseconds(lease_ms));
    check(renewed.has_value(), "it is refused");
    if (renewed) {
        check(texts_of(renewed->stale) == expected, "others are stale");
        check(texts_of(renewed->cancelled) == cancelled, "others are cancelled");
    }
    if (chance(90)) {
        for (const std::string& id : expected) {
            worker.leases.erase(id);
        }
    }
}

Task<> History::finish(Worker& worker, bool gives_back) {
    step_name_ = gives_back ? "release" : "acknowledge";
    if (worker.leases.empty()) {
        co_return;
    }
    auto chosen = worker.leases.begin();
    std::advance(chosen, below(static_cast<std::uint32_t>(worker.leases.size())));
    const LeaseKey key{chosen->second.job.call_id, chosen->second.fencing_token};
    const bool counts = chance(50);
    const auto expected = gives_back ? model_.release(key, counts) : model_.acknowledge(key);
    Result<bool, QueueError> answer = fail(QueueError::corrupt);
    if (gives_back) {
        answer = co_await queue().release(key, counts);
    } else {
        answer = co_await queue().acknowledge(key);
    }
    check(answer == expected, "the answer differs");
    if (chance(15)) {
        co_return;  // The answer is lost; it will ask again.
    }
    if (answer || answer.error() == QueueError::stale) {
        worker.leases.erase(key.call_id.text());
    }
    if ((answer && !gives_back) || (answer && !*answer)) {
        open_.erase(key.call_id.text());
    }
}

/// Somebody ends a call by the API.
Task<> History::cancel() {
    step_name_ = "cancel";
    if (open_.empty()) {
        co_return;
    }
    auto chosen = open_.begin();
    std::advance(chosen, below(static_cast<std::uint32_t>(open_.size())));
    const std::string id = chosen->first;
    const Cancellation expected = model_.cancel(id);
    const auto answer = co_await queue().cancel(CallId(id));
    check(answer == expected, "the answer differs");
    if (expected == Cancellation::removed) {
        open_.erase(id);
    }
}

/// A sweep of the rows that somebody should hold.
Task<> History::restore() {
    step_name_ = "restore";
    std::vector<core::Job> rows;
    for (const auto& [id, job] : open_) {
        rows.push_back(job);
    }
    const auto expected = model_.restore(rows);
    const auto answer = co_await queue().restore(rows);
    check(answer.has_value() == expected.has_value(), "the answer differs");
    if (answer && expected) {
        check(texts_of(*answer) == *expected, "others are put back");
    }
}

Task<> History::reap() {
    step_name_ = "reap";
    const auto expected = model_.reap();
    const auto outcome = co_await world_.queue().reap();
    check(outcome.has_value(), "it is refused");
    if (!outcome) {
        co_return;
    }
    std::pair<std::set<std::string>, std::set<std::string>> found;
    found.first = texts_of(outcome->put_back);
    for (const core::Job& job : outcome->dead) {
        found.second.insert(job.call_id.text());
        open_.erase(job.call_id.text());
    }
    check(found == expected, "other leases ended");
}

Task<> History::advance(std::int64_t duration_ms) {
    step_name_ = "advance";
    co_await world_.advance(milliseconds(duration_ms));
    model_.now += duration_ms;
}

Task<> History::lose_memory() {
    co_await advance(5);
    step_name_ = "lose_memory";
    co_await world_.lose_memory();
    model_.lose_memory();
    // Both sides notice at once, by their next operation.
    static_cast<void>(co_await world_.queue().depth());
    static_cast<void>(co_await world_.other().depth());
}

Task<> History::compare() {
    if (!fault_.empty() || !chance(35)) {
        co_return;
    }
    for (const char* pool : {"", "x", "y"}) {
        std::vector<std::string> expected;
        for (const std::string& id : model_.lists[pool]) {
            expected.push_back(core::serialize_job(model_.calls.at(id).job));
        }
        std::string name = pool;
        const std::vector<std::string> found = co_await world_.list(std::move(name));
        check(found == expected, "the lists differ");
    }
}

/// Everybody is well from now on: each call must come to its end.
Task<> History::settle() {
    for (int round = 0; round < 400 && fault_.empty(); ++round) {
        for (const auto& [id, job] : std::map<std::string, core::Job>(open_)) {
            step_name_ = "sweep";
            if (!model_.calls.contains(id)) {
                check((co_await queue().push(job, {})) == model_.push(job, {}), "it differs");
            } else if (!QueueModel::is_known(model_.calls.at(id))) {
                open_.erase(id);
            }
        }
        for (Worker& worker : workers_) {
            if (model_.count(&QueueModel::is_known) != 0) {
                co_await take(worker);
            }
            while (!worker.leases.empty() && fault_.empty()) {
                co_await finish(worker, false);
            }
        }
        co_await reap();
        co_await advance(900);
        const auto idle = model_.count(&QueueModel::is_known) == 0;
        if (idle && open_.empty()) {
            break;
        }
    }
    step_name_ = "end";
    check(open_.empty(), "a call that was answered is lost");
    const auto depth = co_await world_.queue().depth();
    check(depth && depth->waiting == 0 && depth->leased == 0, "something is left");
    check(depth && depth->dead == model_.count([](const QueueModel::Call& call) {
        return call.state == QueueModel::State::dead;
    }),
          "the dead differ");
    // No place leaked: a tenant with the least limit is admitted.
    for (const char* tenant : {"t", "u"}) {
        const CallId id(std::string("last") + tenant);
        const core::Job job{id, TenantId(tenant), "x", own_room_of(id), 1, world_.now()};
        co_await world_.advance(milliseconds(2'500));
        const AdmissionLimits one{.tenant_calls_max = 1, .agent_calls_max = 1};
        check((co_await queue().push(job, one)).has_value(), "a place leaked");
    }
}

}  // namespace studio::testing
