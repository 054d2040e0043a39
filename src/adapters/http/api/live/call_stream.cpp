#include <optional>
#include <string>
#include <utility>

#include "adapters/http/api/live/internal/live_reader.hpp"
#include "adapters/http/api/live/internal/sse_writer.hpp"
#include "services/live/call_teller.hpp"

// `/api/v1/sse/calls/{id}/stream`: what happens in one call, until its end.

namespace studio::adapters {
namespace {

/// As the stream names an event: how a call begins is a status like others.
std::string event_name(const std::string& type) {
    if (type == "created" || type == "started") {
        return "status";
    }
    return type == "failed" ? "ended" : type;
}

class CallWriter {
public:
    CallWriter(LiveReader& reader, CallId id, ReplyStream& out)
        : reader_(reader), id_(std::move(id)), sse_(out) {}

    [[nodiscard]] Task<bool> begin() {
        const auto& start = reader_.stream().start();
        const JsonObject connected{{"message", start.is_resumed ? "connected again" : "connected"},
                                   {"call_id", id_.text()},
                                   {"resumed", start.is_resumed}};
        const std::string at = start.is_resumed ? std::string() : start.at.text();
        bool is_read = co_await sse_.send("connected", connected, at);
        if (is_read && !start.is_resumed) {
            is_read = co_await show_present();
        }
        co_return is_read;
    }

    /// False where the stream is over: its call, or nobody reads.
    [[nodiscard]] Task<bool> turn(LiveTurn turn) {
        bool is_read = true;
        if (turn.heartbeat) {
            is_read = co_await sse_.heartbeat(reader_.now());
        }
        for (std::size_t index = 0; is_read && index < turn.events.size(); ++index) {
            is_read = co_await tell(turn.events[index]);
        }
        co_return is_read && !is_over_;
    }

    [[nodiscard]] SseWriter& sse() { return sse_; }

private:
    /// How the call stands, and what was said so far. The stream hears everything by now: what
    /// comes meanwhile is told behind it.
    [[nodiscard]] Task<bool> show_present() {
        const auto record = co_await reader_.calls().load(reader_.tenant(), id_);
        const auto entries = co_await reader_.calls().transcript(reader_.tenant(), id_);
        if (!record || !entries) {
            const std::string why = "the call cannot be read now; connect again";
            const std::string now = reader_.now();
            const std::string code = "unavailable";
            [[maybe_unused]] const bool told = co_await sse_.error(code, why, now);
            co_return false;
        }
        const JsonObject status = services::live_call_view(*record, reader_.loop().wall_now());
        bool is_read = co_await sse_.send("status", status);
        for (std::size_t index = 0; is_read && index < entries->size(); ++index) {
            const core::TranscriptEntry& entry = (*entries)[index];
            told_sequence_ = entry.sequence;
            if (entry.role != core::TranscriptRole::tool) {
                const JsonObject line = services::live_line_view(id_, entry);
                is_read = co_await sse_.send("transcript", line);
            }
        }
        // Said just before the stream began, and not stored yet.
        const std::vector<LiveEventPtr>& recent = reader_.stream().start().recent;
        for (std::size_t index = 0; is_read && index < recent.size(); ++index) {
            if (recent[index]->type == "transcript") {
                is_read = co_await tell(recent[index]);
            }
        }
        if (is_read && core::is_final(record->status)) {
            is_read = co_await sse_.send("ended", status);
            co_return false;
        }
        co_return is_read;
    }

    [[nodiscard]] Task<bool> tell(LiveEventPtr event) {
        if (event->type == "transcript" && is_told(*event)) {
            co_return true;
        }
        is_over_ = is_over_ || event->type == "ended" || event->type == "failed";
        const std::string id = event->id == LiveId{} ? std::string() : event->id.text();
        const std::string name = event_name(event->type);
        co_return co_await sse_.send(name, event->data, id);
    }

    /// Lines have numbers that grow: what was shown from the store is not told again.
    [[nodiscard]] bool is_told(const LiveEvent& event) {
        const auto line = parse_json(event.data, json_as_stored);
        const Json* const sequence = line ? find_member(*line, "sequence") : nullptr;
        if (sequence == nullptr || !sequence->is_number()) {
            return false;
        }
        const auto number = static_cast<std::int64_t>(sequence->to_number<double>());
        if (told_sequence_ && number <= *told_sequence_) {
            return true;
        }
        told_sequence_ = number;
        return false;
    }

    LiveReader& reader_;
    CallId id_;
    SseWriter sse_;
    bool is_over_ = false;
    std::optional<std::int64_t> told_sequence_;
};

}  // namespace

Task<void> write_call(std::shared_ptr<LiveReader> reader, CallId id, ReplyStream& out) {
    CallWriter writer(*reader, std::move(id), out);
    bool goes_on = co_await writer.begin();
    while (goes_on) {
        LiveTurn turn = co_await reader->next(out.token());
        if (!turn.end.empty()) {
            const std::string now = reader->now();
            [[maybe_unused]] const bool told = co_await writer.sse().end(turn.end, now);
            co_return;
        }
        goes_on = co_await writer.turn(std::move(turn));
    }
}

}  // namespace studio::adapters
