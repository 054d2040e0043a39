#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ports/job_queue.hpp"
#include "ports/room_names.hpp"

namespace studio::testing {

/// The queue as simply as it can be said: one map of calls, everything else is counted from it.
/// What the real ones are compared with, answer by answer. Time is milliseconds that the test
/// moves.
struct QueueModel {
    enum class State : std::uint8_t { waiting, leased, dead, ended };
    struct Call {
        core::Job job;
        State state = State::waiting;
        std::uint64_t token = 0;
        std::string worker;
        std::int64_t end = 0;
        bool is_cancelled = false;
    };
    static constexpr std::int64_t grace = 2'000;
    static constexpr std::int64_t reap_pause = 1'000;
    static constexpr std::uint32_t attempts = 5;

    std::int64_t now = 0;
    std::map<std::string, Call> calls;
    std::map<std::string, std::deque<std::string>> lists;
    std::set<std::string> pools;
    std::optional<std::int64_t> reaped_at;
    std::optional<std::int64_t> grace_until;
    std::int64_t recovering_until = 0;
    /// Calls that were answered and found no place, and until when one is kept for them.
    std::map<std::string, std::pair<core::Job, std::int64_t>> owed;

    template <class Predicate>
    [[nodiscard]] std::uint32_t count(Predicate predicate) const {
        return static_cast<std::uint32_t>(std::ranges::count_if(
            calls, [&](const auto& entry) { return predicate(entry.second); }));
    }
    [[nodiscard]] static bool is_known(const Call& call) {
        return call.state == State::waiting || call.state == State::leased;
    }
    [[nodiscard]] std::uint32_t held_by(const std::string& worker) const {
        return count(
            [&](const Call& call) { return call.state == State::leased && call.worker == worker; });
    }

    /// Places that are kept for others than this call.
    template <class Predicate>
    [[nodiscard]] std::uint32_t kept(const core::Job& job, const AdmissionLimits& limits,
                                     Predicate predicate) const {
        if (limits.place_kept != milliseconds(0)) {
            return 0;
        }
        return static_cast<std::uint32_t>(std::ranges::count_if(owed, [&](const auto& entry) {
            const auto& [other, until] = entry.second;
            return until > now && other.call_id != job.call_id && predicate(other);
        }));
    }

    [[nodiscard]] std::optional<QueueError> admission(const core::Job& job,
                                                      const AdmissionLimits& limits) {
        const auto refused = full(job, limits);
        const bool has_no_place =
            refused && *refused != QueueError::unavailable && *refused != QueueError::room_taken;
        if (has_no_place && limits.place_kept.count() != 0) {
            owed[job.call_id.text()] = {job, now + limits.place_kept.count()};
        }
        return refused;
    }

    [[nodiscard]] std::optional<QueueError> full(const core::Job& job,
                                                 const AdmissionLimits& limits) const {
        const bool is_limited = limits.tenant_calls_max != 0 || limits.agent_calls_max != 0 ||
                                !is_own_room(job.room_name, job.call_id);
        if (is_limited && now < recovering_until) {
            return QueueError::unavailable;
        }
        const auto same_tenant = [&](const core::Job& other) {
            return other.tenant_id == job.tenant_id;
        };
        const auto same_agent = [&](const core::Job& other) {
            return same_tenant(other) && other.agent_name == job.agent_name;
        };
        const auto has_room = [&job](const Call& call) {
            return is_known(call) && call.job.room_name == job.room_name &&
                   call.job.call_id != job.call_id;
        };
        if (count(has_room) > 0) {
            return QueueError::room_taken;
        }
        const auto of_tenant =
            count([&](const Call& call) { return is_known(call) && same_tenant(call.job); }) +
            kept(job, limits, same_tenant);
        const auto of_agent =
            count([&](const Call& call) { return is_known(call) && same_agent(call.job); }) +
            kept(job, limits, same_agent);
        if (limits.tenant_calls_max != 0 && of_tenant >= limits.tenant_calls_max) {
            return QueueError::tenant_limit;
        }
        if (limits.agent_calls_max != 0 && of_agent >= limits.agent_calls_max) {
            return QueueError::agent_limit;
        }
        return std::nullopt;
    }

    void put(Call& call, bool at_head) {
        call.state = State::waiting;
        auto& list = lists[pools.contains(call.job.agent_name) ? call.job.agent_name : ""];
        list.insert(at_head ? list.begin() : list.end(), call.job.call_id.text());
    }
    void remove(const std::string& id) {
        for (auto& list : lists) {
            std::erase(list.second, id);
        }
    }
    bool put_back(Call& call, bool counts) {
        if (counts && call.job.attempt >= attempts) {
            call.state = State::dead;
            return false;
        }
        call.job.attempt += counts ? 1 : 0;
        put(call, true);
        return true;
    }

    Result<bool, QueueError> push(const core::Job& job, const AdmissionLimits& limits) {
        if (calls.contains(job.call_id.text())) {
            return false;
        }
        if (const auto refused = admission(job, limits)) {
            return fail(*refused);
        }
        const auto waiting = count([](const Call& call) { return call.state == State::waiting; });
        if (limits.waiting_max != 0 && waiting >= limits.waiting_max) {
            return fail(QueueError::overloaded);
        }
        Call& call = calls[job.call_id.text()];
        call.job = job;
        owed.erase(job.call_id.text());
        put(call, false);
        return true;
    }

    void make_pools(const std::vector<std::string>& agents) {
        for (const std::string& agent : agents) {
            if (!pools.insert(agent).second) {
                continue;
            }
            for (const std::string& id : std::deque<std::string>(lists[""])) {
                if (calls.at(id).job.agent_name == agent) {
                    std::erase(lists[""], id);
                    lists[agent].push_back(id);
                }
            }
        }
    }

    /// Which call the next take brings.
    Result<std::optional<std::string>, QueueError> next(const TakeRequest& request) {
        make_pools(request.agents);
        if (held_by(request.worker_id) >= request.worker_calls_max) {
            return fail(QueueError::worker_limit);
        }
        std::optional<std::string> best;
        for (const std::string& agent : request.agents) {
            if (!best && !lists[agent].empty()) {
                best = lists[agent].front();
            }
        }
        if (request.agents.empty()) {
            for (const auto& [name, list] : lists) {
                if (!list.empty() && (!best || calls.at(list.front()).job.queued_at <
                                                   calls.at(*best).job.queued_at)) {
                    best = list.front();
                }
            }
        }
        return best;
    }
    void lease(const std::string& id, const std::string& worker, std::uint64_t token,
               std::int64_t duration) {
        remove(id);
        Call& call = calls.at(id);
        call.state = State::leased;
        call.worker = worker;
        call.token = token;
        call.end = now + duration;
    }

    bool renew(const std::string& worker, const Lease& held, std::int64_t duration) {
        const std::string& id = held.job.call_id.text();
        const auto found = calls.find(id);
        if (found != calls.end()) {
            const Call& call = found->second;
            const bool forgot = call.state == State::waiting && held.fencing_token > call.token;
            const bool holds = call.state == State::leased && held.fencing_token >= call.token;
            if (!forgot && !holds) {
                return false;
            }
        }
        calls[id].job = held.job;
        owed.erase(id);
        lease(id, worker, held.fencing_token, duration);
        return true;
    }

    Cancellation cancel(const std::string& id) {
        const auto found = calls.find(id);
        if (found == calls.end() || !is_known(found->second)) {
            return Cancellation::unknown;
        }
        if (found->second.state == State::leased) {
            found->second.is_cancelled = true;
            return Cancellation::told;
        }
        remove(id);
        found->second.state = State::ended;
        return Cancellation::removed;
    }

    /// Those that are put back, or nothing while it is too early.
    std::optional<std::set<std::string>> restore(const std::vector<core::Job>& jobs) {
        if (now < recovering_until) {
            return std::nullopt;
        }
        std::set<std::string> back;
        for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
            if (!calls.contains(job->call_id.text())) {
                Call& call = calls[job->call_id.text()];
                call.job = *job;
                owed.erase(job->call_id.text());
                put(call, true);
                back.insert(job->call_id.text());
            }
        }
        return back;
    }

    Result<bool, QueueError> acknowledge(const LeaseKey& key) {
        Call& call = calls[key.call_id.text()];
        const bool is_new = call.job.call_id.empty();
        if (!is_new && (key.fencing_token < call.token || call.state == State::dead ||
                        (call.state == State::ended && key.fencing_token != call.token))) {
            return fail(QueueError::stale);
        }
        remove(key.call_id.text());
        call.job.call_id = key.call_id;
        call.state = State::ended;
        call.token = key.fencing_token;
        return true;
    }

    Result<bool, QueueError> release(const LeaseKey& key, bool counts) {
        const auto found = calls.find(key.call_id.text());
        if (found == calls.end()) {
            return fail(QueueError::unavailable);
        }
        Call& call = found->second;
        if (call.state == State::leased && key.fencing_token >= call.token) {
            call.token = key.fencing_token;
            return put_back(call, counts);
        }
        if (key.fencing_token == call.token && call.state != State::ended) {
            return call.state == State::waiting;
        }
        return fail(QueueError::stale);
    }

    /// Calls put back and calls that died, each in any order.
    std::pair<std::set<std::string>, std::set<std::string>> reap() {
        const auto before = std::exchange(reaped_at, now);
        if (grace_until && now < *grace_until) {
            return {};
        }
        if (!std::exchange(grace_until, std::nullopt) && (!before || now - *before > reap_pause)) {
            grace_until = now + grace;
            return {};
        }
        std::vector<std::pair<std::int64_t, std::string>> over;
        for (const auto& [id, call] : calls) {
            if (call.state == State::leased && call.end <= now) {
                over.emplace_back(call.end, id);
            }
        }
        std::sort(over.rbegin(), over.rend());
        std::pair<std::set<std::string>, std::set<std::string>> outcome;
        for (const auto& [end, id] : over) {
            (put_back(calls.at(id), true) ? outcome.first : outcome.second).insert(id);
        }
        return outcome;
    }

    void lose_memory() {
        const std::int64_t time = now;
        *this = QueueModel();
        now = time;
        recovering_until = now + grace;
    }
};

}  // namespace studio::testing
