#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "adapters/redis/internal/redis_link.hpp"
#include "adapters/redis/redis_client.hpp"

namespace studio::adapters {

/// The connection for channels. It asks again for all of them after it was lost, and notices by
/// PING when it stands still. One loop.
class RedisSubscriber final : public RedisLinkListener,
                              public std::enable_shared_from_this<RedisSubscriber> {
public:
    RedisSubscriber(runtime::AsioLoop& loop, RedisOptions options);

    [[nodiscard]] std::unique_ptr<RedisChannel> listen(std::string channel,
                                                       RedisChannelListener& listener);
    /// Makes its connection anew, which may lead to another server.
    void reconnect() { link_->drop("server changed"); }
    void close();

    void on_link_up() override;
    void on_link_down() override;
    void on_value(RedisValue value) override;

private:
    class Held;
    struct Channel {
        std::map<std::uint64_t, RedisChannelListener*> listeners{};
        bool is_up = false;
    };

    void forget(const std::string& name, std::uint64_t id);
    void send(const char* verb, const std::string& channel);
    /// Tells each that is still there when its turn comes.
    template <class Tell>
    void tell(const std::string& name, Tell tell_one);
    void keep_alive();

    runtime::AsioLoop& loop_;
    std::shared_ptr<RedisLink> link_;
    std::map<std::string, Channel> channels_;
    std::uint64_t last_id_ = 0;
    std::unique_ptr<runtime::Timer> timer_;
    Instant heard_at_{};
};

}  // namespace studio::adapters
