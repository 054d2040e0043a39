#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/redis_options.hpp"
#include "adapters/redis/redis_value.hpp"
#include "base/interface.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::adapters {

/// A script that Redis runs as one atomic step.
struct RedisScript {
    explicit RedisScript(std::string_view source);

    std::string text;
    /// Its SHA-1 in hexadecimal, by which Redis knows it.
    std::string digest;
};

/// Hears one channel; on the client's loop, never from inside listen().
class RedisChannelListener : public Interface {
public:
    virtual void on_channel_message(std::string_view payload) = 0;
    /// From now on messages are heard, for the first time or after the connection was lost.
    virtual void on_channel_up() = 0;
};

/// A channel that is listened to; destroying it ends that.
class RedisChannel : public Interface {};

/// Redis for one loop: one connection for commands, sent together and answered in their order, and
/// one for channels, made when it is first needed. Both make themselves again, also where the
/// server at the other end says that it is a replica by now: a name may lead to the new master. A
/// command fails as soon as it is known that Redis is away, and at its deadline; it is never sent
/// twice. On its loop only; it outlives what uses it.
///
/// Metrics: studio_redis_command_seconds, studio_redis_failures_total, studio_redis_connected.
class RedisClient {
public:
    RedisClient(runtime::AsioLoop& loop, RedisOptions options);
    RedisClient(const RedisClient&) = delete;
    RedisClient& operator=(const RedisClient&) = delete;
    /// Checks that nobody waits for a command.
    ~RedisClient();

    /// Sends one command and waits for its answer, which is no error.
    [[nodiscard]] Task<Result<RedisValue, RedisError>> run(std::vector<std::string> command);
    /// Runs a script: `key_count` keys first, then its arguments. By its digest, with the text
    /// where Redis does not know it.
    [[nodiscard]] Task<Result<RedisValue, RedisError>> run_script(
        std::shared_ptr<const RedisScript> script, std::size_t key_count,
        std::vector<std::string> arguments);
    /// Sends a command whose answer does not matter; nothing where Redis is away.
    void send(std::vector<std::string> command);
    /// `listener` outlives the result.
    [[nodiscard]] std::unique_ptr<RedisChannel> listen(std::string channel,
                                                       RedisChannelListener& listener);

    /// For readiness: whether a write is answered well, within the command's deadline. A replica, a
    /// server without room and one that does not know us answer, too, but take nothing.
    [[nodiscard]] Task<bool> ping();
    [[nodiscard]] Task<Result<RedisStatus, RedisError>> status();
    /// Since when the present connection stands; nothing where there is none.
    [[nodiscard]] Deadline connected_since() const;
    [[nodiscard]] runtime::AsioLoop& loop() const;

private:
    struct Commands;
    class Wait;

    std::shared_ptr<Commands> commands_;
    std::shared_ptr<class RedisSubscriber> subscriber_;
};

}  // namespace studio::adapters
