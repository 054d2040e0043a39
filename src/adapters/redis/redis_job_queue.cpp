#include "adapters/redis/redis_job_queue.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/redis/internal/redis_scripts.hpp"
#include "base/entropy.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::adapters {
namespace {

/// While the channel for waking does not stand, a waiting take looks this often.
constexpr milliseconds blind_poll_interval{50};

std::string text_of(milliseconds duration) {
    return std::to_string(duration.count());
}

std::string seconds_of(milliseconds duration) {
    return std::to_string(std::max<std::int64_t>(1, duration.count() / 1'000));
}

std::optional<QueueError> error_of(std::string_view outcome) {
    constexpr std::pair<std::string_view, QueueError> names[] = {
        {"tenant_limit", QueueError::tenant_limit}, {"agent_limit", QueueError::agent_limit},
        {"worker_limit", QueueError::worker_limit}, {"overloaded", QueueError::overloaded},
        {"room_taken", QueueError::room_taken},     {"stale", QueueError::stale},
        {"corrupt", QueueError::corrupt},           {"recovering", QueueError::unavailable},
        {"forgotten", QueueError::unavailable},
    };
    for (const auto& [name, error] : names) {
        if (name == outcome) {
            return error;
        }
    }
    return std::nullopt;
}

Result<Lease, QueueError> lease_of(const RedisValue& answer) {
    if (answer.elements.size() < 4) {
        return fail(QueueError::corrupt);
    }
    auto job = core::parse_job(answer.elements[2].text);
    if (!job) {
        STUDIO_LOG(error, "queue_job_unreadable", {"reason", job.error()});
        return fail(QueueError::corrupt);
    }
    const std::string& text = answer.elements[3].text;
    std::uint64_t token = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), token).ec != std::errc()) {
        return fail(QueueError::corrupt);
    }
    return Lease{std::move(*job), token};
}

}  // namespace

/// Counts a take for as long as its frame lives, however it ends.
class RedisJobQueue::ActiveTake {
public:
    explicit ActiveTake(RedisJobQueue& queue) : queue_(queue) { ++queue_.active_takes_; }
    ActiveTake(const ActiveTake&) = delete;
    ActiveTake& operator=(const ActiveTake&) = delete;
    ~ActiveTake() {
        if (--queue_.active_takes_ == 0 && queue_.registered_) {
            queue_.pass_on();
        }
    }

private:
    RedisJobQueue& queue_;
};

RedisJobQueue::RedisJobQueue(RedisClient& client, RedisJobQueueOptions options)
    : client_(client),
      options_(std::move(options)),
      script_(redis_script("call_queue.lua")),
      instance_(SystemEntropy().text(16)),
      takers_(client.loop()) {}

RedisJobQueue::~RedisJobQueue() = default;

std::vector<std::string> RedisJobQueue::arguments(const char* operation) const {
    return {operation, options_.key_prefix,
            options_.test_clock ? std::to_string(options_.test_clock().time_since_epoch().count())
                                : std::string(),
            epoch_, text_of(options_.recovery_grace)};
}

JobQueue::Outcome<RedisValue> RedisJobQueue::run(std::vector<std::string> script_arguments) {
    const std::string operation = script_arguments.front();
    Result<RedisValue, RedisError> answer =
        co_await client_.run_script(script_, 0, std::move(script_arguments));
    if (!answer) {
        STUDIO_LOG(debug, "queue_operation", {"operation", operation}, {"outcome", "no answer"});
        co_return fail(QueueError::unavailable);
    }
    if (answer->elements.size() < 2) {
        co_return fail(QueueError::corrupt);
    }
    epoch_ = answer->elements[1].text;
    STUDIO_LOG(debug, "queue_operation", {"operation", operation},
               {"outcome", answer->elements[0].text});
    if (const auto error = error_of(answer->elements[0].text)) {
        co_return fail(*error);
    }
    co_return std::move(*answer);
}

JobQueue::Outcome<bool> RedisJobQueue::push(core::Job job, AdmissionLimits limits) {
    auto command = arguments("push");
    command.push_back(core::serialize_job(job));
    command.push_back(std::to_string(limits.tenant_calls_max));
    command.push_back(std::to_string(limits.agent_calls_max));
    command.push_back(std::to_string(limits.waiting_max));
    command.push_back(text_of(limits.oldest_age_max));
    command.push_back(text_of(limits.place_kept));
    const auto answer = co_await run(std::move(command));
    if (!answer) {
        co_return fail(answer.error());
    }
    co_return answer->elements[0].text == "ok";
}

JobQueue::Outcome<std::optional<Lease>> RedisJobQueue::take(TakeRequest request,
                                                            milliseconds wait) {
    const Instant until = client_.loop().now() + wait;
    const ActiveTake active(*this);
    if (wait > milliseconds(0) && wake_channel_ == nullptr) {
        wake_channel_ = client_.listen(options_.key_prefix + "call-wake:" + instance_, *this);
    }
    for (;;) {
        const bool registers = wake_channel_up_ && client_.loop().now() < until;
        const std::uint64_t wakes_before = wakes_;
        auto command = arguments("take");
        command.push_back(request.worker_id);
        command.push_back(std::to_string(request.worker_calls_max));
        command.push_back(text_of(request.lease_duration));
        command.push_back(registers ? instance_ : std::string());
        command.insert(command.end(), request.agents.begin(), request.agents.end());
        const auto answer = co_await run(std::move(command));
        if (!answer) {
            co_return fail(answer.error());
        }
        if (answer->elements[0].text == "ok") {
            const Result<Lease, QueueError> lease = lease_of(*answer);
            if (!lease) {
                co_return fail(lease.error());
            }
            co_return std::optional<Lease>(*lease);
        }
        const Instant now = client_.loop().now();
        if (now >= until) {
            co_return std::optional<Lease>();
        }
        if (registers) {
            registered_ = true;
            waiting_lists_ = request.agents;
        }
        // The wake-up comes on another connection and may have overtaken the answer.
        if (wakes_ == wakes_before) {
            const milliseconds pause = registers ? options_.poll_interval : blind_poll_interval;
            static_cast<void>(co_await takers_.wait_until(std::min(until, now + pause)));
        }
    }
}

JobQueue::Outcome<Lease> RedisJobQueue::take_directly(core::Job job, AdmissionLimits limits,
                                                      TakeRequest request) {
    auto command = arguments("take_directly");
    command.push_back(core::serialize_job(job));
    command.push_back(std::to_string(limits.tenant_calls_max));
    command.push_back(std::to_string(limits.agent_calls_max));
    command.push_back(request.worker_id);
    command.push_back(std::to_string(request.worker_calls_max));
    command.push_back(text_of(request.lease_duration));
    command.insert(command.end(), request.agents.begin(), request.agents.end());
    const auto answer = co_await run(std::move(command));
    if (!answer) {
        co_return fail(answer.error());
    }
    co_return lease_of(*answer);
}

JobQueue::Outcome<RenewOutcome> RedisJobQueue::renew(std::string worker_id,
                                                     std::vector<Lease> leases,
                                                     milliseconds lease_duration) {
    RenewOutcome outcome;
    for (std::size_t first = 0; first < leases.size(); first += options_.renew_max) {
        auto command = arguments("renew");
        command.push_back(worker_id);
        command.push_back(text_of(lease_duration));
        const std::size_t end = std::min(leases.size(), first + options_.renew_max);
        for (std::size_t index = first; index < end; ++index) {
            command.push_back(core::serialize_job(leases[index].job));
            command.push_back(std::to_string(leases[index].fencing_token));
        }
        const auto answer = co_await run(std::move(command));
        if (!answer) {
            co_return fail(answer.error());
        }
        for (const RedisValue& id : answer->elements.at(2).elements) {
            outcome.stale.emplace_back(id.text);
        }
        for (const RedisValue& id : answer->elements.at(3).elements) {
            outcome.cancelled.emplace_back(id.text);
        }
    }
    co_return outcome;
}

JobQueue::Outcome<Cancellation> RedisJobQueue::cancel(CallId call_id) {
    auto command = arguments("cancel");
    command.push_back(call_id.text());
    command.push_back(seconds_of(options_.ended_kept));
    const auto answer = co_await run(std::move(command));
    if (!answer) {
        co_return fail(answer.error());
    }
    const std::string& outcome = answer->elements[0].text;
    co_return outcome == "removed" ? Cancellation::removed
    : outcome == "told"            ? Cancellation::told
                                   : Cancellation::unknown;
}

JobQueue::Outcome<std::vector<CallId>> RedisJobQueue::restore(std::vector<core::Job> jobs) {
    auto command = arguments("restore");
    for (const core::Job& job : jobs) {
        command.push_back(core::serialize_job(job));
    }
    const auto answer = co_await run(std::move(command));
    if (!answer) {
        co_return fail(answer.error());
    }
    std::vector<CallId> back;
    for (const RedisValue& id : answer->elements.at(2).elements) {
        back.emplace_back(id.text);
    }
    co_return back;
}

JobQueue::Outcome<bool> RedisJobQueue::acknowledge(LeaseKey key) {
    auto command = arguments("acknowledge");
    command.push_back(key.call_id.text());
    command.push_back(std::to_string(key.fencing_token));
    command.push_back(seconds_of(options_.ended_kept));
    const auto answer = co_await run(std::move(command));
    if (!answer) {
        co_return fail(answer.error());
    }
    co_return true;
}

JobQueue::Outcome<bool> RedisJobQueue::release(LeaseKey key, bool counts) {
    auto command = arguments("release");
    command.push_back(key.call_id.text());
    command.push_back(std::to_string(key.fencing_token));
    command.emplace_back(counts ? "1" : "0");
    command.push_back(std::to_string(options_.attempts_max));
    command.push_back(seconds_of(options_.dead_kept));
    const auto answer = co_await run(std::move(command));
    if (!answer) {
        co_return fail(answer.error());
    }
    co_return answer->elements[0].text == "ok";
}

JobQueue::Outcome<ReapOutcome> RedisJobQueue::reap() {
    const Deadline since = client_.connected_since();
    const bool is_recovering =
        !options_.test_clock && (!since || client_.loop().now() - *since < options_.recovery_grace);
    auto command = arguments("reap");
    command.push_back(text_of(options_.reap_pause_max));
    command.push_back(std::to_string(options_.attempts_max));
    command.push_back(seconds_of(options_.dead_kept));
    command.push_back(text_of(options_.dead_repeat));
    command.push_back(std::to_string(options_.reap_max));
    command.emplace_back(is_recovering ? "1" : "0");
    const std::size_t told = told_dead_.size();
    command.insert(command.end(), told_dead_.begin(), told_dead_.end());
    const auto answer = co_await run(std::move(command));
    if (!answer) {
        co_return fail(answer.error());
    }
    told_dead_.erase(told_dead_.begin(), told_dead_.begin() + static_cast<std::ptrdiff_t>(told));
    ReapOutcome outcome;
    for (const RedisValue& id : answer->elements.at(2).elements) {
        outcome.put_back.emplace_back(id.text);
    }
    for (const RedisValue& text : answer->elements.at(3).elements) {
        auto job = core::parse_job(text.text);
        if (!job) {
            STUDIO_LOG(error, "queue_job_unreadable", {"reason", job.error()});
            continue;
        }
        told_dead_.push_back(job->call_id.text());
        outcome.dead.push_back(std::move(*job));
    }
    static Counter& expired = metrics().counter("studio_queue_leases_expired_total",
                                                "Leases that ended without being given back.");
    static Counter& dead =
        metrics().counter("studio_queue_dead_total", "Jobs whose attempts were used up.");
    expired.add(outcome.put_back.size() + outcome.dead.size());
    dead.add(outcome.dead.size());
    co_return outcome;
}

JobQueue::Outcome<QueueDepth> RedisJobQueue::depth() {
    const auto answer = co_await run(arguments("depth"));
    if (!answer) {
        co_return fail(answer.error());
    }
    if (answer->elements.size() < 7) {
        co_return fail(QueueError::corrupt);
    }
    const auto count = [&answer](std::size_t index) {
        return static_cast<std::uint64_t>(answer->elements[index].integer);
    };
    QueueDepth depth{.waiting = count(2),
                     .oldest_age = milliseconds(answer->elements[3].integer),
                     .leased = count(4),
                     .dead = count(5)};
    const auto& pools = answer->elements[6].elements;
    for (std::size_t index = 0; index + 1 < pools.size(); index += 2) {
        depth.pools.push_back(
            {pools[index].text, static_cast<std::uint64_t>(pools[index + 1].integer)});
    }
    co_return depth;
}

void RedisJobQueue::on_channel_message(std::string_view /*payload*/) {
    ++wakes_;
    registered_ = false;
    if (active_takes_ == 0) {
        pass_on();
    }
    takers_.wake_all();
}

void RedisJobQueue::on_channel_up() {
    // Whoever was registered before may have missed its wake-up.
    wake_channel_up_ = true;
    ++wakes_;
    takers_.wake_all();
}

void RedisJobQueue::pass_on() {
    registered_ = false;
    std::vector<std::string> command{"EVALSHA", script_->digest, "0"};
    for (std::string& argument : arguments("pass_on")) {
        command.push_back(std::move(argument));
    }
    command.push_back(instance_);
    command.insert(command.end(), waiting_lists_.begin(), waiting_lists_.end());
    client_.send(std::move(command));
}

}  // namespace studio::adapters
