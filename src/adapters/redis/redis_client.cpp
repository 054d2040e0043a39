#include "adapters/redis/redis_client.hpp"

#include <algorithm>
#include <boost/uuid/detail/sha1.hpp>
#include <charconv>
#include <coroutine>
#include <cstdio>
#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "adapters/redis/internal/redis_link.hpp"
#include "adapters/redis/internal/redis_subscriber.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::adapters {
namespace {

using Answer = Result<RedisValue, RedisError>;

/// A command on its way. Shared, because its coroutine may be destroyed before its answer comes.
struct Pending {
    std::vector<std::string> command;
    Instant started;
    std::optional<Answer> answer{};
    std::coroutine_handle<> waiting{};
};

std::vector<std::string> script_command(const char* verb, const std::string& script,
                                        std::size_t key_count,
                                        const std::vector<std::string>& arguments) {
    std::vector<std::string> command{verb, script, std::to_string(key_count)};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
}

}  // namespace

RedisScript::RedisScript(std::string_view source) : text(source) {
    boost::uuids::detail::sha1 hash;
    hash.process_bytes(text.data(), text.size());
    unsigned int words[5] = {};
    hash.get_digest(words);
    for (const unsigned int word : words) {
        char hexadecimal[9] = {};
        std::snprintf(hexadecimal, sizeof hexadecimal, "%08x", word);
        digest += hexadecimal;
    }
}

/// The connection for commands: those that were sent, and those that wait for the first attempt.
struct RedisClient::Commands final : RedisLinkListener,
                                     std::enable_shared_from_this<RedisClient::Commands> {
    Commands(runtime::AsioLoop& own_loop, const RedisOptions& own_options)
        : loop(own_loop),
          options(own_options),
          link(std::make_shared<RedisLink>(own_loop, own_options, *this)),
          seconds(metrics().histogram("studio_redis_command_seconds",
                                      "Time from a command to its answer.",
                                      latency_bounds_seconds())),
          failures(metrics().counter("studio_redis_failures_total",
                                     "Commands that had no answer, or an error.")),
          connected(
              metrics().gauge("studio_redis_connected", "Connections for commands that stand.")) {}

    void start(const std::shared_ptr<Pending>& pending) {
        link->open();
        if (sent.size() + held.size() >= options.commands_max ||
            link->state() == RedisLink::State::down) {
            finish(*pending, fail(RedisError::unavailable));
        } else if (link->state() == RedisLink::State::connecting) {
            held.push_back(pending);
        } else {
            transmit(pending);
        }
        arm();
    }

    void transmit(const std::shared_ptr<Pending>& pending) {
        if (!link->send(pending->command)) {
            finish(*pending, fail(RedisError::unavailable));
            return;
        }
        pending->command.clear();
        sent.push_back(pending);
    }

    void finish(Pending& pending, Answer answer) {
        if (!answer) {
            failures.add();
        }
        pending.answer = std::move(answer);
    }

    /// As a handler of its own: what is resumed may destroy anything.
    void resume(const std::shared_ptr<Pending>& pending) {
        loop.post([pending] {
            if (pending->waiting) {
                std::exchange(pending->waiting, {}).resume();
            }
        });
    }

    void fail_all(std::deque<std::shared_ptr<Pending>>& queue) {
        for (const auto& pending : std::exchange(queue, {})) {
            finish(*pending, fail(RedisError::unavailable));
            resume(pending);
        }
    }

    void on_link_up() override {
        since = loop.now();
        connected.add(1);
        for (const auto& pending : std::exchange(held, {})) {
            transmit(pending);
            if (pending->answer) {
                resume(pending);
            }
        }
    }

    void on_link_down() override {
        if (since) {
            connected.add(-1);
            since.reset();
        }
        fail_all(sent);
        if (link->state() == RedisLink::State::down) {
            fail_all(held);
        }
    }

    void on_value(RedisValue value) override {
        if (sent.empty()) {
            link->drop("answer");
            return;
        }
        const auto pending = sent.front();
        sent.pop_front();
        seconds.observe(std::chrono::duration<double>(loop.now() - pending->started).count());
        const std::string_view rejection = rejection_of(value);
        if (!rejection.empty()) {
            finish(*pending, fail(RedisError::unavailable));
        } else {
            finish(*pending, std::move(value));
        }
        resume(pending);
        if (!rejection.empty()) {
            link->reject(rejection);
            if (on_rejected) {
                on_rejected();
            }
        }
    }

    [[nodiscard]] Deadline next_deadline() const {
        Deadline first;
        for (const auto* queue : {&sent, &held}) {
            if (!queue->empty()) {
                first = earlier(first, queue->front()->started + options.command_timeout);
            }
        }
        return first;
    }

    void arm() {
        const Deadline next = next_deadline();
        if (next && !armed) {
            armed = true;
            timer = loop.start_timer(*next, [this] {
                armed = false;
                check_deadlines();
            });
        }
    }

    void check_deadlines() {
        const Instant overdue = loop.now() - options.command_timeout;
        while (!held.empty() && held.front()->started <= overdue) {
            const auto pending = held.front();
            held.pop_front();
            finish(*pending, fail(RedisError::unavailable));
            resume(pending);
        }
        // An answer that comes later would be taken for the next one's, so the connection goes.
        if (!sent.empty() && sent.front()->started <= overdue) {
            link->drop("silent");
        }
        arm();
    }

    runtime::AsioLoop& loop;
    RedisOptions options;
    std::shared_ptr<RedisLink> link;
    std::deque<std::shared_ptr<Pending>> sent;
    std::deque<std::shared_ptr<Pending>> held;
    Deadline since;
    /// The server said that it is not the one to work with.
    std::function<void()> on_rejected;
    std::unique_ptr<runtime::Timer> timer;
    bool armed = false;
    Histogram& seconds;
    Counter& failures;
    Gauge& connected;
};

/// Waits for the answer of one command.
class RedisClient::Wait {
public:
    explicit Wait(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() { pending_->waiting = {}; }

    [[nodiscard]] bool await_ready() const { return pending_->answer.has_value(); }
    void await_suspend(std::coroutine_handle<> waiting) { pending_->waiting = waiting; }
    [[nodiscard]] Answer await_resume() const { return std::move(*pending_->answer); }

private:
    std::shared_ptr<Pending> pending_;
};

RedisClient::RedisClient(runtime::AsioLoop& loop, RedisOptions options)
    : commands_(std::make_shared<Commands>(loop, options)),
      subscriber_(std::make_shared<RedisSubscriber>(loop, std::move(options))) {
    // What is heard there may come from the same server.
    commands_->on_rejected = [weak = std::weak_ptr<RedisSubscriber>(subscriber_)] {
        if (const auto living = weak.lock()) {
            living->reconnect();
        }
    };
}

RedisClient::~RedisClient() {
    for (const auto* queue : {&commands_->sent, &commands_->held}) {
        for (const auto& pending : *queue) {
            STUDIO_CHECK(!pending->waiting, "a client of Redis outlives those who wait for it");
        }
    }
    if (commands_->since) {
        commands_->connected.add(-1);
    }
    commands_->link->close();
    subscriber_->close();
}

Task<Answer> RedisClient::run(std::vector<std::string> command) {
    const auto pending =
        std::make_shared<Pending>(Pending{std::move(command), commands_->loop.now()});
    commands_->start(pending);
    Answer answer = co_await Wait(pending);
    if (answer && answer->kind == RedisValue::Kind::error &&
        !answer->text.starts_with("NOSCRIPT")) {
        // Up to the first quotation: behind it may stand what was sent.
        STUDIO_LOG(warning, "redis_error",
                   {"error", answer->text.substr(0, answer->text.find_first_of("'\"`"))});
        commands_->failures.add();
        co_return fail(RedisError::refused);
    }
    co_return answer;
}

Task<Answer> RedisClient::run_script(std::shared_ptr<const RedisScript> script,
                                     std::size_t key_count, std::vector<std::string> arguments) {
    Answer answer = co_await run(script_command("EVALSHA", script->digest, key_count, arguments));
    if (!answer || answer->kind != RedisValue::Kind::error) {
        co_return answer;
    }
    co_return co_await run(script_command("EVAL", script->text, key_count, arguments));
}

void RedisClient::send(std::vector<std::string> command) {
    commands_->start(std::make_shared<Pending>(Pending{std::move(command), commands_->loop.now()}));
}

std::unique_ptr<RedisChannel> RedisClient::listen(std::string channel,
                                                  RedisChannelListener& listener) {
    return subscriber_->listen(std::move(channel), listener);
}

Task<bool> RedisClient::ping() {
    // Named: GCC 12 copies the bytes of what is made inside a co_await.
    std::vector<std::string> command = probe_command();
    const Answer answer = co_await run(std::move(command));
    co_return answer.has_value();
}

Task<Result<RedisStatus, RedisError>> RedisClient::status() {
    std::vector<std::string> command(1, "INFO");
    command.emplace_back("memory");
    const Answer answer = co_await run(std::move(command));
    if (!answer) {
        co_return fail(answer.error());
    }
    const std::string& text = answer->text;
    const auto read = [&text](std::string_view name, std::uint64_t& figure) {
        if (const std::size_t at = text.find(name); at != std::string::npos) {
            std::from_chars(text.data() + at + name.size(), text.data() + text.size(), figure);
        }
    };
    RedisStatus status;
    read("\nused_memory:", status.used_memory_bytes);
    read("\nmaxmemory:", status.memory_max_bytes);
    co_return status;
}

Deadline RedisClient::connected_since() const {
    return commands_->since;
}

runtime::AsioLoop& RedisClient::loop() const {
    return commands_->loop;
}

}  // namespace studio::adapters
