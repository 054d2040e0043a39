#include "support/queue/memory_job_queue.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "ports/room_names.hpp"

namespace studio::testing {
MemoryJobQueue::MemoryJobQueue(runtime::Loop& loop, MemoryJobQueueOptions options)
    : loop_(loop), options_(options), takers_(loop) {}

JobQueue::Outcome<bool> MemoryJobQueue::push(core::Job job, AdmissionLimits limits) {
    if (!available_) {
        co_return fail(QueueError::unavailable);
    }
    forget_ended();
    if (known_.contains(job.call_id)) {
        co_return false;
    }
    for (const Refusal error : {admission_error(job, limits), waiting_error(limits)}) {
        if (error) {
            co_return fail(*error);
        }
    }
    Known& known = known_[job.call_id];
    known.job = std::move(job);
    places_.admit(known.job);
    put_waiting(known, false);
    co_return true;
}

JobQueue::Outcome<std::optional<Lease>> MemoryJobQueue::take(TakeRequest request,
                                                             milliseconds wait) {
    const Instant until = loop_.now() + wait;
    for (;;) {
        Result<std::optional<Lease>, QueueError> taken = try_take(request);
        if (!taken || *taken || loop_.now() >= until) {
            co_return taken;
        }
        static_cast<void>(co_await takers_.wait_until(until));
    }
}

JobQueue::Outcome<Lease> MemoryJobQueue::take_directly(core::Job job, AdmissionLimits limits,
                                                       TakeRequest request) {
    if (!available_) {
        co_return fail(QueueError::unavailable);
    }
    forget_ended();
    register_pools(request.agents);
    const auto found = known_.find(job.call_id);
    if (found != known_.end() && found->second.state == State::leased &&
        found->second.worker_id == request.worker_id) {
        // A repeat, because the answer was lost.
        co_return lease(found->second, request, found->second.fencing_token);
    }
    if (found != known_.end() && found->second.state != State::waiting) {
        co_return fail(QueueError::stale);
    }
    if (places_.held_by(request.worker_id) >= request.worker_calls_max) {
        co_return fail(QueueError::worker_limit);
    }
    if (found != known_.end()) {
        leave_waiting(found->second);
        co_return lease(found->second, request, next_token());
    }
    if (const Refusal error = admission_error(job, limits)) {
        co_return fail(*error);
    }
    Known& known = known_[job.call_id];
    known.job = std::move(job);
    places_.admit(known.job);
    co_return lease(known, request, next_token());
}

JobQueue::Outcome<RenewOutcome> MemoryJobQueue::renew(std::string worker_id,
                                                      std::vector<Lease> leases,
                                                      milliseconds lease_duration) {
    if (!available_) {
        co_return fail(QueueError::unavailable);
    }
    forget_ended();
    RenewOutcome outcome;
    for (const Lease& held : leases) {
        const CallId& id = held.job.call_id;
        if (!renew_one(worker_id, held, loop_.now() + lease_duration)) {
            outcome.stale.push_back(id);
        } else if (known_.at(id).is_cancelled) {
            outcome.cancelled.push_back(id);
        }
    }
    co_return outcome;
}

JobQueue::Outcome<Cancellation> MemoryJobQueue::cancel(CallId call_id) {
    if (!available_) {
        co_return fail(QueueError::unavailable);
    }
    const auto found = known_.find(call_id);
    if (found != known_.end() && found->second.state == State::leased) {
        found->second.is_cancelled = true;
        co_return Cancellation::told;
    }
    if (found == known_.end() || found->second.state != State::waiting) {
        co_return Cancellation::unknown;
    }
    Known& known = found->second;
    leave_waiting(known);
    places_.free(known.job);
    end(known, known.fencing_token);
    co_return Cancellation::removed;
}

JobQueue::Outcome<std::vector<CallId>> MemoryJobQueue::restore(std::vector<core::Job> jobs) {
    if (!available_ || (recovering_until_ && loop_.now() < *recovering_until_)) {
        co_return fail(QueueError::unavailable);
    }
    std::vector<CallId> back;
    for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
        if (!known_.contains(job->call_id)) {
            back.push_back(job->call_id);
            Known& known = known_[job->call_id];
            known.job = std::move(*job);
            places_.admit(known.job);
            put_waiting(known, true);
        }
    }
    co_return back;
}

JobQueue::Outcome<bool> MemoryJobQueue::acknowledge(LeaseKey key) {
    if (!available_) {
        co_return fail(QueueError::unavailable);
    }
    forget_ended();
    Known& known = known_[key.call_id];
    if (known.job.call_id.empty()) {
        // Not known, so nobody else's: it is remembered as over, against a late renewal.
        known.job.call_id = key.call_id;
        end(known, key.fencing_token);
        co_return true;
    }
    if (key.fencing_token < known.fencing_token || known.state == State::dead ||
        (known.state == State::ended && key.fencing_token != known.fencing_token)) {
        co_return fail(QueueError::stale);
    }
    if (known.state == State::leased) {
        end_lease(known);
    } else if (known.state == State::waiting) {
        leave_waiting(known);
    }
    if (known.state != State::ended) {
        places_.free(known.job);
        end(known, key.fencing_token);
    }
    co_return true;
}

JobQueue::Outcome<bool> MemoryJobQueue::release(LeaseKey key, bool counts) {
    if (!available_) {
        co_return fail(QueueError::unavailable);
    }
    forget_ended();
    const auto found = known_.find(key.call_id);
    if (found == known_.end()) {
        // The job is in the holder's hands alone: it renews, which tells the queue, and asks again.
        co_return fail(QueueError::unavailable);
    }
    Known& known = found->second;
    const bool is_last_holder = key.fencing_token == known.fencing_token;
    if (known.state == State::leased && key.fencing_token >= known.fencing_token) {
        known.fencing_token = key.fencing_token;
        end_lease(known);
        co_return put_back(known, counts);
    }
    if (is_last_holder && known.state == State::waiting) {
        co_return true;
    }
    if (is_last_holder && known.state == State::dead) {
        co_return false;
    }
    co_return fail(QueueError::stale);
}

JobQueue::Outcome<ReapOutcome> MemoryJobQueue::reap() {
    if (!available_) {
        co_return fail(QueueError::unavailable);
    }
    forget_ended();
    ReapOutcome outcome;
    if (!may_reap()) {
        co_return outcome;
    }
    std::vector<CallId> over;
    for (const auto& [lease_end, call_id] : leased_) {
        if (lease_end > loop_.now()) {
            break;
        }
        over.push_back(call_id);
    }
    // Backwards, so that the lease that ended first is first in its list.
    for (auto call_id = over.rbegin(); call_id != over.rend(); ++call_id) {
        Known& known = known_.at(*call_id);
        end_lease(known);
        if (put_back(known, true)) {
            outcome.put_back.push_back(*call_id);
        } else {
            outcome.dead.push_back(known.job);
        }
    }
    co_return outcome;
}

JobQueue::Outcome<QueueDepth> MemoryJobQueue::depth() {
    if (!available_) {
        co_return fail(QueueError::unavailable);
    }
    QueueDepth depth{.waiting = waiting_.size(), .leased = leased_.size(), .dead = dead_};
    if (!waiting_.empty()) {
        depth.oldest_age = std::max(milliseconds(0), loop_.wall_now() - waiting_.begin()->first);
    }
    depth.pools.push_back({"", waiting_jobs("").size()});
    for (const std::string& agent : pools_) {
        depth.pools.push_back({agent, waiting_jobs(agent).size()});
    }
    co_return depth;
}

void MemoryJobQueue::set_available(bool available) {
    if (available && !available_ && options_.recovery_grace > milliseconds(0)) {
        grace_until_ = loop_.now() + options_.recovery_grace;
    }
    available_ = available;
    takers_.wake_all();
}

void MemoryJobQueue::lose_memory() {
    known_.clear();
    lists_.clear();
    pools_.clear();
    waiting_.clear();
    leased_.clear();
    places_ = {};
    ended_.clear();
    dead_ = 0;
    last_token_ = 0;
    reaped_at_.reset();
    grace_until_.reset();
    recovering_until_ = loop_.now() + options_.recovery_grace;
}

std::vector<core::Job> MemoryJobQueue::waiting_jobs(const std::string& pool) const {
    std::vector<core::Job> jobs;
    if (const auto list = lists_.find(pool); list != lists_.end()) {
        for (const CallId& call_id : list->second) {
            jobs.push_back(known_.at(call_id).job);
        }
    }
    return jobs;
}

std::string MemoryJobQueue::list_of(const core::Job& job) const {
    return pools_.contains(job.agent_name) ? job.agent_name : std::string();
}

std::uint64_t MemoryJobQueue::next_token() {
    const auto now = duration_cast<microseconds>(loop_.wall_now().time_since_epoch()).count();
    last_token_ = std::max(last_token_ + 1, static_cast<std::uint64_t>(now));
    return last_token_;
}

MemoryJobQueue::Refusal MemoryJobQueue::admission_error(const core::Job& job,
                                                        const AdmissionLimits& limits) {
    const bool is_limited = limits.tenant_calls_max != 0 || limits.agent_calls_max != 0 ||
                            job.room_name != own_room_of(job.call_id);
    if (is_limited && recovering_until_ && loop_.now() < *recovering_until_) {
        // The places and rooms of calls that were forgotten are not counted yet: their holders
        // renew first.
        return QueueError::unavailable;
    }
    return places_.admission_error(job, limits, loop_.now());
}

MemoryJobQueue::Refusal MemoryJobQueue::waiting_error(const AdmissionLimits& limits) const {
    if (limits.waiting_max != 0 && waiting_.size() >= limits.waiting_max) {
        return QueueError::overloaded;
    }
    if (limits.oldest_age_max > milliseconds(0) && !waiting_.empty() &&
        loop_.wall_now() - waiting_.begin()->first > limits.oldest_age_max) {
        return QueueError::overloaded;
    }
    return {};
}

void MemoryJobQueue::register_pools(const std::vector<std::string>& agents) {
    for (const std::string& agent : agents) {
        if (!pools_.insert(agent).second) {
            continue;
        }
        // What waits for this agent in the common list moves to its pool, in its order.
        std::deque<CallId> rest;
        for (const CallId& call_id : std::exchange(lists_[""], {})) {
            Known& known = known_.at(call_id);
            const bool moves = known.job.agent_name == agent;
            known.list = moves ? agent : std::string();
            (moves ? lists_[agent] : rest).push_back(call_id);
        }
        lists_[""] = std::move(rest);
    }
}

const std::string* MemoryJobQueue::choose_list(const std::vector<std::string>& agents) const {
    for (const std::string& agent : agents) {
        const auto list = lists_.find(agent);
        if (list != lists_.end() && !list->second.empty()) {
            return &list->first;
        }
    }
    if (!agents.empty()) {
        return nullptr;
    }
    const std::string* chosen = nullptr;
    WallTime oldest = WallTime::max();
    for (const auto& [name, list] : lists_) {
        if (!list.empty() && known_.at(list.front()).job.queued_at < oldest) {
            oldest = known_.at(list.front()).job.queued_at;
            chosen = &name;
        }
    }
    return chosen;
}

Result<std::optional<Lease>, QueueError> MemoryJobQueue::try_take(const TakeRequest& request) {
    if (!available_) {
        return fail(QueueError::unavailable);
    }
    forget_ended();
    register_pools(request.agents);
    if (places_.held_by(request.worker_id) >= request.worker_calls_max) {
        return fail(QueueError::worker_limit);
    }
    const std::string* const list = choose_list(request.agents);
    if (list == nullptr) {
        return std::optional<Lease>();
    }
    Known& known = known_.at(lists_.at(*list).front());
    leave_waiting(known);
    return std::optional<Lease>(lease(known, request, next_token()));
}

void MemoryJobQueue::put_waiting(Known& known, bool at_head) {
    known.state = State::waiting;
    known.list = list_of(known.job);
    std::deque<CallId>& list = lists_[known.list];
    list.insert(at_head ? list.begin() : list.end(), known.job.call_id);
    known.waits_since = at_head ? loop_.wall_now() : known.job.queued_at;
    waiting_.emplace(known.waits_since, known.job.call_id);
    takers_.wake_all();
}

void MemoryJobQueue::leave_waiting(Known& known) {
    std::erase(lists_.at(known.list), known.job.call_id);
    waiting_.erase({known.waits_since, known.job.call_id});
}

Lease MemoryJobQueue::lease(Known& known, const TakeRequest& request, std::uint64_t token) {
    if (known.state == State::leased) {
        end_lease(known);
    }
    known.state = State::leased;
    known.fencing_token = token;
    known.worker_id = request.worker_id;
    known.lease_end = loop_.now() + request.lease_duration;
    leased_.emplace(known.lease_end, known.job.call_id);
    places_.hold(known.worker_id, known.job.call_id);
    return {known.job, token};
}

void MemoryJobQueue::end_lease(Known& known) {
    leased_.erase({known.lease_end, known.job.call_id});
    places_.let_go(known.worker_id, known.job.call_id);
}

bool MemoryJobQueue::put_back(Known& known, bool counts) {
    if (counts && known.job.attempt >= options_.attempts_max) {
        known.state = State::dead;
        ++dead_;
        places_.free(known.job);
        return false;
    }
    known.job.attempt += counts ? 1 : 0;
    put_waiting(known, true);
    return true;
}

void MemoryJobQueue::end(Known& known, std::uint64_t token) {
    known.state = State::ended;
    known.fencing_token = token;
    ended_.emplace_back(loop_.now() + options_.ended_kept, known.job.call_id);
}

bool MemoryJobQueue::renew_one(const std::string& worker_id, const Lease& held, Instant end) {
    Known& known = known_[held.job.call_id];
    if (known.job.call_id.empty()) {
        known.job = held.job;
        places_.admit(known.job);
    } else if (known.state == State::waiting && held.fencing_token > known.fencing_token) {
        // The queue lost the latest of what it knew: the holder is right.
        leave_waiting(known);
    } else if (known.state == State::leased && held.fencing_token >= known.fencing_token) {
        end_lease(known);
    } else {
        return false;
    }
    known.job = held.job;
    known.state = State::leased;
    known.fencing_token = held.fencing_token;
    known.worker_id = worker_id;
    known.lease_end = end;
    leased_.emplace(end, held.job.call_id);
    places_.hold(worker_id, held.job.call_id);
    last_token_ = std::max(last_token_, held.fencing_token);
    return true;
}

bool MemoryJobQueue::may_reap() {
    const Instant now = loop_.now();
    const Deadline before = std::exchange(reaped_at_, now);
    if (grace_until_) {
        if (now < *grace_until_) {
            return false;
        }
        grace_until_.reset();
        return true;
    }
    const bool was_pause = !before || now - *before > options_.reap_pause_max;
    if (was_pause && options_.recovery_grace > milliseconds(0)) {
        grace_until_ = now + options_.recovery_grace;
        return false;
    }
    return true;
}

void MemoryJobQueue::forget_ended() {
    while (!ended_.empty() && ended_.front().first <= loop_.now()) {
        known_.erase(ended_.front().second);
        ended_.pop_front();
    }
    places_.forget_kept(loop_.now());
}

}  // namespace studio::testing
