#include "adapters/redis/internal/redis_link.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/redis/internal/redis_sentinel.hpp"
#include "adapters/redis/internal/redis_stream.hpp"
#include "base/check.hpp"
#include "base/log.hpp"

namespace studio::adapters {
namespace {

using ErrorCode = boost::system::error_code;

struct ReaderDeleter {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
};
struct ReplyDeleter {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

RedisValue to_value(const redisReply& reply) {
    RedisValue value;
    switch (reply.type) {
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
            value.kind = RedisValue::Kind::text;
            break;
        case REDIS_REPLY_ERROR:
            value.kind = RedisValue::Kind::error;
            break;
        case REDIS_REPLY_INTEGER:
            value.kind = RedisValue::Kind::integer;
            value.integer = reply.integer;
            return value;
        case REDIS_REPLY_ARRAY:
            value.kind = RedisValue::Kind::array;
            for (std::size_t index = 0; index < reply.elements; ++index) {
                value.elements.push_back(to_value(*reply.element[index]));
            }
            return value;
        default:
            return value;
    }
    value.text.assign(reply.str, reply.len);
    return value;
}

}  // namespace

std::string_view rejection_of(const RedisValue& value) {
    if (value.kind != RedisValue::Kind::error) {
        return {};
    }
    constexpr std::array<std::string_view, 7> codes{
        "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "NOAUTH", "WRONGPASS"};
    const std::string_view text = value.text;
    const std::string_view first = text.substr(0, text.find(' '));
    // What a script met stands inside of its error before Redis 7: "… @user_script: 8: -READONLY
    // …".
    const bool is_of_script = first == "ERR" && text.find("script") != std::string_view::npos;
    for (const std::string_view code : codes) {
        if (first == code ||
            (is_of_script && text.find('-' + std::string(code) + ' ') != std::string_view::npos)) {
            return code;
        }
    }
    return {};
}

std::vector<std::string> probe_command() {
    return {"SET", "call-probe", "1", "EX", "10"};
}

/// One attempt and what became of it. Handlers hold it, and look whether it is still the link's.
struct RedisLink::Session {
    Session(boost::asio::io_context& context, std::shared_ptr<boost::asio::ssl::context> tls)
        : stream(context, std::move(tls)) {}

    RedisStream stream;
    std::unique_ptr<redisReader, ReaderDeleter> reader{redisReaderCreate()};
    std::array<char, 16'384> received{};
    /// Bytes of an answer that is not complete.
    std::size_t unread = 0;
    std::string waiting;
    std::string sending;
    bool is_flushing = false;
};

RedisLink::RedisLink(runtime::AsioLoop& loop, RedisOptions options, RedisLinkListener& listener)
    : loop_(loop), options_(std::move(options)), listener_(&listener) {
    std::string wrong;
    tls_ = make_tls_context(options_, wrong);
    if (!wrong.empty()) {
        // Who starts the program was told by validate(); the file went since.
        STUDIO_LOG(error, "redis_tls", {"why", wrong});
    }
}

RedisLink::~RedisLink() {
    close();
}

void RedisLink::open() {
    if (state_ == State::idle) {
        attempt();
    }
}

void RedisLink::close() {
    listener_ = nullptr;
    state_ = State::idle;
    timer_.reset();
    if (session_ != nullptr) {
        cut();
    }
}

bool RedisLink::send(const std::vector<std::string>& command) {
    STUDIO_CHECK(state_ == State::up, "commands go to a link that is up");
    if (session_->waiting.size() > options_.buffer_bytes_max) {
        return false;
    }
    append(command);
    return true;
}

void RedisLink::cut() {
    std::exchange(session_, nullptr)->stream.close();
}

void RedisLink::tell_down() {
    if (listener_ != nullptr) {
        listener_->on_link_down();
    }
}

void RedisLink::drop(const char* reason) {
    if (listener_ == nullptr || session_ == nullptr) {
        return;
    }
    const auto keeps_alive = shared_from_this();
    cut();
    if (state_ == State::up) {
        STUDIO_LOG(warning, "redis_connection_lost", {"reason", reason});
        attempt();
    } else {
        retry_later();
        STUDIO_LOG(warning, "redis_not_reached", {"reason", reason},
                   {"by", is_asking_ ? "sentinel" : "redis"}, {"retry_ms", delay_.count()});
    }
    tell_down();
}

void RedisLink::reject(std::string_view code) {
    if (listener_ == nullptr || session_ == nullptr) {
        return;
    }
    const auto keeps_alive = shared_from_this();
    cut();
    retry_later();
    STUDIO_LOG(warning, "redis_refused", {"code", code}, {"by", is_asking_ ? "sentinel" : "redis"},
               {"retry_ms", delay_.count()});
    tell_down();
}

void RedisLink::retry_later() {
    state_ = State::down;
    ++sentinel_;
    delay_ = std::clamp(delay_ * 2, options_.reconnect_delay_min, options_.reconnect_delay_max);
    timer_ = loop_.start_timer(loop_.now() + delay_, [this] { attempt(); });
}

void RedisLink::attempt() {
    state_ = State::connecting;
    timer_ = loop_.start_timer(loop_.now() + options_.connect_timeout, [this] {
        if (state_ != State::up) {
            drop("timeout");
        }
    });
    is_asking_ = !options_.sentinels.empty();
    connect_to(is_asking_ ? options_.sentinels[sentinel_ % options_.sentinels.size()]
                          : RedisAddress{options_.host, options_.port});
}

void RedisLink::connect_to(const RedisAddress& address) {
    const auto session = std::make_shared<Session>(loop_.context(), tls_);
    session_ = session;
    if (options_.is_encrypted && tls_ == nullptr) {
        // Never without the encryption that was asked for.
        loop_.post([self = weak_from_this(), session] {
            if (const auto link = self.lock(); link != nullptr && link->session_ == session) {
                link->drop("tls");
            }
        });
        return;
    }
    session->stream.open(address, [self = weak_from_this(), session](const char* trouble) {
        const auto link = self.lock();
        if (link == nullptr || link->session_ != session) {
            return;
        }
        if (trouble != nullptr) {
            link->drop(trouble);
            return;
        }
        link->greet();
        link->read(session);
    });
}

void RedisLink::say(const std::vector<std::string>& command) {
    append(command);
    ++greetings_left_;
}

void RedisLink::greet() {
    greetings_left_ = 0;
    if (is_asking_) {
        if (const std::string& password = options_.sentinel_password.reveal(); !password.empty()) {
            say({"AUTH", password});
        }
        say(master_question(options_.master));
        return;
    }
    if (!options_.password.reveal().empty()) {
        std::vector<std::string> auth{"AUTH"};
        if (!options_.username.empty()) {
            auth.push_back(options_.username);
        }
        auth.push_back(options_.password.reveal());
        say(auth);
    }
    if (options_.database != 0) {
        say({"SELECT", std::to_string(options_.database)});
    }
    say(probe_command());
}

void RedisLink::read(const std::shared_ptr<Session>& session) {
    session->stream.read_some(
        boost::asio::buffer(session->received),
        [self = weak_from_this(), session](const ErrorCode& error, std::size_t size) {
            const auto link = self.lock();
            if (link == nullptr || link->session_ != session) {
                return;
            }
            if (error) {
                link->drop("closed");
                return;
            }
            link->receive(session, size);
            if (link->session_ == session) {
                link->read(session);
            }
        });
}

void RedisLink::receive(const std::shared_ptr<Session>& session, std::size_t size) {
    session->unread += size;
    bool is_broken =
        redisReaderFeed(session->reader.get(), session->received.data(), size) != REDIS_OK;
    while (!is_broken) {
        void* raw = nullptr;
        is_broken = redisReaderGetReply(session->reader.get(), &raw) != REDIS_OK;
        const std::unique_ptr<redisReply, ReplyDeleter> reply(static_cast<redisReply*>(raw));
        if (is_broken || reply == nullptr) {
            break;
        }
        session->unread = 0;
        take_value(to_value(*reply));
        if (session_ != session) {
            return;
        }
    }
    if (is_broken || session->unread > options_.buffer_bytes_max) {
        drop("answer");
    }
}

void RedisLink::take_value(RedisValue value) {
    if (state_ == State::up) {
        listener_->on_value(std::move(value));
        return;
    }
    if (value.kind == RedisValue::Kind::error) {
        // The first word is the code: WRONGPASS, NOAUTH, READONLY …
        const std::string code = value.text.substr(0, value.text.find(' '));
        // Who may not write this key may write ours, and what is full can be read and erased.
        if (is_asking_ || greetings_left_ != 1 || (code != "NOPERM" && code != "OOM")) {
            reject(code);
            return;
        }
    }
    if (--greetings_left_ != 0) {
        return;
    }
    if (is_asking_) {
        take_master(value);
    } else {
        state_ = State::up;
        delay_ = milliseconds(0);
        timer_.reset();
        listener_->on_link_up();
    }
}

void RedisLink::take_master(const RedisValue& answer) {
    const auto address = read_master_address(answer);
    if (!address) {
        drop("master");
        return;
    }
    cut();
    is_asking_ = false;
    connect_to(*address);
}

void RedisLink::append(const std::vector<std::string>& command) {
    std::string& text = session_->waiting;
    text += '*' + std::to_string(command.size()) + "\r\n";
    for (const std::string& word : command) {
        text += '$' + std::to_string(word.size()) + "\r\n";
        text += word;
        text += "\r\n";
    }
    if (!std::exchange(session_->is_flushing, true)) {
        // Posted, so that the commands of one handler leave together.
        loop_.post([self = weak_from_this(), session = session_] {
            if (const auto link = self.lock(); link != nullptr && link->session_ == session) {
                link->flush(session);
            }
        });
    }
}

void RedisLink::flush(const std::shared_ptr<Session>& session) {
    session->sending = std::exchange(session->waiting, {});
    if (session->sending.empty()) {
        session->is_flushing = false;
        return;
    }
    session->stream.write(boost::asio::buffer(session->sending),
                          [self = weak_from_this(), session](const ErrorCode& error, std::size_t) {
                              const auto link = self.lock();
                              if (link == nullptr || link->session_ != session) {
                                  return;
                              }
                              if (error) {
                                  link->drop("closed");
                                  return;
                              }
                              link->flush(session);
                          });
}

}  // namespace studio::adapters
