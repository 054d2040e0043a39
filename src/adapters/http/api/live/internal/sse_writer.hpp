#pragma once

#include <string>
#include <utility>

#include "adapters/http/api/live/internal/live_reader.hpp"
#include "adapters/http/server/stream.hpp"

namespace studio::adapters {

/// Writes events of a live stream as Server-Sent Events.
class SseWriter {
public:
    explicit SseWriter(ReplyStream& out) : out_(out) {}

    /// False where nobody reads any more.
    [[nodiscard]] Task<bool> send(const char* event, const JsonObject& data) {
        return out_.write(server_sent_event(event, serialize_json(Json(data))));
    }
    [[nodiscard]] Task<bool> send(const char* event, const JsonObject& data,
                                  const std::string& id) {
        return out_.write(server_sent_event(event, serialize_json(Json(data)), id));
    }
    [[nodiscard]] Task<bool> send(const std::string& event, const std::string& data,
                                  const std::string& id) {
        return out_.write(server_sent_event(event, data, id));
    }
    [[nodiscard]] Task<bool> heartbeat(std::string now) {
        return send("heartbeat", JsonObject{{"timestamp", std::move(now)}});
    }
    /// An error as an event; the stream ends behind it.
    [[nodiscard]] Task<bool> error(const std::string& code, const std::string& message,
                                   const std::string& now) {
        return send("error", JsonObject{{"code", code}, {"message", message}, {"timestamp", now}});
    }
    /// The last event of a stream that ends early.
    [[nodiscard]] Task<bool> end(const std::string& code, const std::string& now) {
        return error(code, live_end_message(code), now);
    }

private:
    ReplyStream& out_;
};

}  // namespace studio::adapters
