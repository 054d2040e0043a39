#include <deque>
#include <set>
#include <utility>

#include "adapters/http/api/live/internal/live_reader.hpp"
#include "runtime/task_scope.hpp"

// The WebSocket `/ws/calls`: every event of the tenant's calls, or of those that the client names.

namespace studio::adapters {
namespace {

/// Answers that wait for a client who asks and does not read.
constexpr std::size_t answers_max = 64;
// RFC 6455, section 7.4.1, and 1013 of IANA's registry: try again later.
constexpr std::uint16_t code_going_away = 1'001;
constexpr std::uint16_t code_policy = 1'008;
constexpr std::uint16_t code_try_again = 1'013;

std::uint16_t code_of(const std::string& end) {
    if (end == "key_revoked" || end == "too_many_questions") {
        return code_policy;
    }
    return end == "shutting_down" ? code_going_away : code_try_again;
}

/// `data` is an object as text.
std::string envelope(const std::string& type, const std::string& call_id, const std::string& time,
                     const std::string& data, const std::string& id) {
    const std::string call = call_id.empty() ? "null" : serialize_json(Json(call_id));
    std::string text;
    text.reserve(data.size() + 160);
    text.append(R"({"type":")").append(type).append(R"(","call_id":)").append(call);
    text.append(R"(,"timestamp":")").append(time).append(R"(",)");
    if (!id.empty()) {
        text.append(R"("id":")").append(id).append(R"(",)");
    }
    return text.append(R"("data":)").append(data).append("}");
}

class LiveSocket {
public:
    LiveSocket(LiveReader& reader, UpgradedSocket& socket)
        : reader_(reader), socket_(socket), scope_(reader.loop()) {}

    [[nodiscard]] Task<void> run() {
        scope_.spawn(read());
        const auto& start = reader_.stream().start();
        const Json data = JsonObject{{"message", "connected"},
                                     {"tenant_id", reader_.tenant().text()},
                                     {"resumed", start.is_resumed}};
        const std::string at = start.is_resumed ? std::string() : start.at.text();
        std::string hello = envelope("connected", {}, reader_.now(), serialize_json(data), at);
        bool is_read = co_await socket_.write(std::move(hello));
        std::string end;
        while (is_read && end.empty()) {
            LiveTurn turn = co_await reader_.next(socket_.token());
            end = turn.end.empty() ? end_ : turn.end;
            if (end.empty()) {
                is_read = co_await tell(std::move(turn));
            }
        }
        if (is_read) {
            const Json why = JsonObject{{"code", end}, {"message", live_end_message(end)}};
            std::string last = envelope("error", {}, reader_.now(), serialize_json(why), {});
            [[maybe_unused]] const bool told = co_await socket_.write(std::move(last));
        }
        socket_.end(code_of(end), end);
        co_await scope_.close();
    }

private:
    [[nodiscard]] Task<bool> tell(LiveTurn turn) {
        bool is_read = true;
        while (is_read && !answers_.empty()) {
            std::string answer = std::move(answers_.front());
            answers_.pop_front();
            is_read = co_await socket_.write(std::move(answer));
        }
        if (is_read && turn.heartbeat) {
            std::string ping = envelope("ping", {}, reader_.now(), "{}", {});
            is_read = co_await socket_.write(std::move(ping));
        }
        for (std::size_t index = 0; is_read && index < turn.events.size(); ++index) {
            const LiveEvent& event = *turn.events[index];
            std::string text = envelope("call." + event.type, event.call_id.text(), event.timestamp,
                                        event.data, event.id.text());
            is_read = co_await socket_.write(std::move(text));
        }
        co_return is_read;
    }

    [[nodiscard]] Task<void> read() {
        while (true) {
            const auto message = co_await socket_.read();
            if (!message) {
                break;
            }
            heed(*message);
        }
        reader_.stream().nudge();
    }

    void heed(const std::string& text) {
        const auto message = parse_json(text);
        if (!message || !message->is_object()) {
            refuse("not_json", "a message is a JSON object with a type");
            return;
        }
        // Beside the type, or in `data`, where others have it.
        const Json* call = find_member(*message, "call_id");
        if (const Json* const data = find_member(*message, "data");
            call == nullptr && data != nullptr) {
            call = find_member(*data, "call_id");
        }
        const bool is_named = call != nullptr && call->is_string();
        if (call != nullptr && !is_named && !call->is_null()) {
            refuse("invalid_call_id", "call_id is a text");
            return;
        }
        std::string call_id = is_named ? std::string(call->get_string()) : std::string();
        const std::string type = member_text(*message, "type");
        if (type == "ping") {
            answer("pong", {});
        } else if (type == "subscribe") {
            subscribe(std::move(call_id));
        } else if (type == "unsubscribe") {
            unsubscribe(std::move(call_id));
        } else if (type != "pong") {
            refuse("unknown_type", "a client sends subscribe, unsubscribe, ping or pong");
        }
    }

    /// Without a call: to all. The first call that is named leaves out all others.
    void subscribe(std::string call_id) {
        auto& calls = reader_.stream().wish().calls;
        if (call_id.empty()) {
            calls.reset();
        } else {
            if (!calls) {
                calls.emplace();
            }
            if (calls->size() >= reader_.options().named_calls_max) {
                refuse("too_many_calls", "as many calls are subscribed to as may be at once");
                return;
            }
            calls->insert(CallId(call_id.substr(0, 64)));
        }
        answer("subscribed", std::move(call_id));
    }

    /// Without a call: from all.
    void unsubscribe(std::string call_id) {
        auto& calls = reader_.stream().wish().calls;
        if (call_id.empty()) {
            calls.emplace();
        } else if (!calls || calls->erase(CallId(call_id)) == 0) {
            refuse("not_subscribed", "that call was not subscribed to");
            return;
        }
        answer("unsubscribed", std::move(call_id));
    }

    void answer(const char* type, std::string call_id) {
        put(envelope(type, call_id, reader_.now(), "{}", {}));
    }

    void refuse(const char* code, const char* why) {
        const Json error = JsonObject{{"code", code}, {"message", why}};
        put(envelope("error", {}, reader_.now(), serialize_json(error), {}));
    }

    void put(std::string text) {
        if (answers_.size() >= answers_max) {
            end_ = "too_many_questions";
        } else {
            answers_.push_back(std::move(text));
        }
        reader_.stream().nudge();
    }

    LiveReader& reader_;
    UpgradedSocket& socket_;
    std::deque<std::string> answers_;
    /// Why we end it.
    std::string end_;
    runtime::TaskScope scope_;
};

}  // namespace

Task<void> talk_live(std::shared_ptr<LiveReader> reader, UpgradedSocket& socket) {
    LiveSocket talk(*reader, socket);
    co_await talk.run();
}

}  // namespace studio::adapters
