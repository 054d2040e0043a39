#include "adapters/redis/internal/redis_subscriber.hpp"

#include <vector>

namespace studio::adapters {
namespace {

/// How often it asks for a sign of life, and how long it goes without one.
constexpr milliseconds ping_interval{1'000};
constexpr milliseconds silence_max{3'000};

}  // namespace

class RedisSubscriber::Held final : public RedisChannel {
public:
    Held(std::weak_ptr<RedisSubscriber> subscriber, std::string name, std::uint64_t id)
        : subscriber_(std::move(subscriber)), name_(std::move(name)), id_(id) {}
    ~Held() override {
        if (const auto living = subscriber_.lock()) {
            living->forget(name_, id_);
        }
    }

private:
    std::weak_ptr<RedisSubscriber> subscriber_;
    std::string name_;
    std::uint64_t id_;
};

RedisSubscriber::RedisSubscriber(runtime::AsioLoop& loop, RedisOptions options)
    : loop_(loop), link_(std::make_shared<RedisLink>(loop, std::move(options), *this)) {}

void RedisSubscriber::close() {
    timer_.reset();
    channels_.clear();
    link_->close();
}

std::unique_ptr<RedisChannel> RedisSubscriber::listen(std::string name,
                                                      RedisChannelListener& listener) {
    const std::uint64_t id = ++last_id_;
    const bool is_new = !channels_.contains(name);
    Channel& entry = channels_[name];
    entry.listeners[id] = &listener;
    link_->open();
    if (is_new && link_->state() == RedisLink::State::up) {
        send("SUBSCRIBE", name);
    } else if (entry.is_up) {
        loop_.post([weak = weak_from_this(), name, id] {
            if (const auto living = weak.lock()) {
                const auto found = living->channels_.find(name);
                if (found != living->channels_.end() && found->second.listeners.contains(id)) {
                    found->second.listeners.at(id)->on_channel_up();
                }
            }
        });
    }
    return std::make_unique<Held>(weak_from_this(), std::move(name), id);
}

void RedisSubscriber::forget(const std::string& name, std::uint64_t id) {
    const auto found = channels_.find(name);
    if (found == channels_.end()) {
        return;
    }
    found->second.listeners.erase(id);
    if (found->second.listeners.empty()) {
        channels_.erase(found);
        if (link_->state() == RedisLink::State::up) {
            send("UNSUBSCRIBE", name);
        }
    }
}

void RedisSubscriber::send(const char* verb, const std::string& channel) {
    if (!link_->send({verb, channel})) {
        link_->drop("full");
    }
}

void RedisSubscriber::on_link_up() {
    heard_at_ = loop_.now();
    std::vector<std::string> names;
    for (const auto& entry : channels_) {
        names.push_back(entry.first);
    }
    for (const std::string& name : names) {
        send("SUBSCRIBE", name);
    }
    timer_ = loop_.start_timer(loop_.now() + ping_interval, [this] { keep_alive(); });
}

void RedisSubscriber::on_link_down() {
    timer_.reset();
    for (auto& entry : channels_) {
        entry.second.is_up = false;
    }
}

void RedisSubscriber::keep_alive() {
    if (loop_.now() - heard_at_ > silence_max) {
        // Destroys the timer whose function this is, which timers allow.
        link_->drop("silent");
        return;
    }
    timer_->restart(loop_.now() + ping_interval);
    if (!link_->send({"PING"})) {
        link_->drop("full");
    }
}

template <class Tell>
void RedisSubscriber::tell(const std::string& name, Tell tell_one) {
    const auto keeps_alive = shared_from_this();
    auto found = channels_.find(name);
    if (found == channels_.end()) {
        return;
    }
    std::vector<std::uint64_t> ids;
    for (const auto& listener : found->second.listeners) {
        ids.push_back(listener.first);
    }
    for (const std::uint64_t id : ids) {
        found = channels_.find(name);
        if (found != channels_.end() && found->second.listeners.contains(id)) {
            tell_one(*found->second.listeners.at(id));
        }
    }
}

void RedisSubscriber::on_value(RedisValue value) {
    heard_at_ = loop_.now();
    if (value.elements.size() < 3) {
        return;  // The answer to a PING.
    }
    const std::string& kind = value.elements[0].text;
    const std::string& name = value.elements[1].text;
    if (kind == "message") {
        const std::string& payload = value.elements.back().text;
        tell(name, [&payload](RedisChannelListener& one) { one.on_channel_message(payload); });
    } else if (kind == "subscribe") {
        if (const auto found = channels_.find(name); found != channels_.end()) {
            found->second.is_up = true;
        }
        tell(name, [](RedisChannelListener& one) { one.on_channel_up(); });
    }
}

}  // namespace studio::adapters
