#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/redis_options.hpp"
#include "adapters/redis/redis_value.hpp"
#include "base/interface.hpp"
#include "runtime/asio_loop.hpp"

namespace boost::asio::ssl {
class context;
}

namespace studio::adapters {

/// The code by which a server says with an error that it cannot be worked with at present, whatever
/// is asked of it: it is a replica (READONLY), loads its data (LOADING), lost its master, its
/// cluster or its replicas (MASTERDOWN, CLUSTERDOWN, NOREPLICAS: as a rule because there is another
/// master by now), or does not know us (NOAUTH, WRONGPASS). Empty for any other
/// answer. https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
[[nodiscard]] std::string_view rejection_of(const RedisValue& value);
/// The answer to a write of nothing that matters, which checks that the server can be worked with.
[[nodiscard]] std::vector<std::string> probe_command();

/// Hears what a link receives; on its loop.
class RedisLinkListener : public Interface {
public:
    virtual void on_link_up() = 0;
    /// It was cut, or an attempt to connect failed.
    virtual void on_link_down() = 0;
    virtual void on_value(RedisValue value) = 0;
};

/// One connection to Redis that makes itself again: the Sentinel's answer where Sentinels are,
/// name, TCP, TLS, AUTH, SELECT, and a write that is answered, since a server that loads its data,
/// stands still or has become a replica accepts connections, too. Held by shared_ptr because the
/// loop's handlers may outlive its owner; after close() they do nothing.
///
///   idle --open--> connecting --greeted--> up --cut--> connecting (at once)
///                     |  ^                  |
///             failed  v  |  delay, doubling |
///                     down <---refused------'
///
/// An attempt asks one Sentinel; after one that failed the next Sentinel has its turn, since what
/// one believes may be old: it may not have heard of the failover, or be cut off from the others.
class RedisLink : public std::enable_shared_from_this<RedisLink> {
public:
    enum class State : std::uint8_t { idle, connecting, up, down };

    RedisLink(runtime::AsioLoop& loop, RedisOptions options, RedisLinkListener& listener);
    RedisLink(const RedisLink&) = delete;
    RedisLink& operator=(const RedisLink&) = delete;
    ~RedisLink();

    /// Begins to connect; again is harmless.
    void open();
    /// For good. The listener is not called any more.
    void close();
    /// Precondition: up. False where too much waits to be sent.
    [[nodiscard]] bool send(const std::vector<std::string>& command);
    /// Cuts the connection, which is made again: at once where it was up.
    void drop(const char* reason);
    /// The same where the server answered that it is not the one to work with, after a delay: the
    /// next connection may lead to another, or to the same once more. `code` is the first word of
    /// its answer.
    void reject(std::string_view code);

    [[nodiscard]] State state() const { return state_; }

private:
    struct Session;

    void attempt();
    void connect_to(const RedisAddress& address);
    void greet();
    void say(const std::vector<std::string>& command);
    void read(const std::shared_ptr<Session>& session);
    void receive(const std::shared_ptr<Session>& session, std::size_t size);
    void take_value(RedisValue value);
    void take_master(const RedisValue& answer);
    void append(const std::vector<std::string>& command);
    void flush(const std::shared_ptr<Session>& session);
    void retry_later();
    void cut();
    void tell_down();

    runtime::AsioLoop& loop_;
    RedisOptions options_;
    RedisLinkListener* listener_;
    /// Null where connections are plain.
    std::shared_ptr<boost::asio::ssl::context> tls_;
    State state_ = State::idle;
    std::shared_ptr<Session> session_;
    std::unique_ptr<runtime::Timer> timer_;
    milliseconds delay_{0};
    /// Answers of the greeting that are outstanding.
    std::size_t greetings_left_ = 0;
    /// Whose turn it is among the Sentinels, without end.
    std::size_t sentinel_ = 0;
    /// Whether the connection that comes about is one to a Sentinel.
    bool is_asking_ = false;
};

}  // namespace studio::adapters
