#include "adapters/redis/internal/live_event_text.hpp"

namespace studio::adapters {
namespace {

/// Takes a line off the front; false where there is none.
bool take_line(std::string_view& text, std::string& line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
        return false;
    }
    line = std::string(text.substr(0, end));
    text.remove_prefix(end + 1);
    return true;
}

}  // namespace

std::string live_event_text(const LiveEvent& event) {
    std::string text;
    text.reserve(event.data.size() + 96);
    text.append(event.call_id.text()).append("\n").append(event.type).append("\n");
    text.append(event.timestamp).append("\n").append(event.data);
    return text;
}

std::optional<LiveEvent> parse_live_event(LiveId id, std::string_view text) {
    LiveEvent event;
    event.id = id;
    std::string call_id;
    const bool is_whole =
        take_line(text, call_id) && take_line(text, event.type) && take_line(text, event.timestamp);
    // Whoever is shown the event gets the data as it is: in one line, and an object.
    if (!is_whole || call_id.empty() || !text.starts_with('{') ||
        text.find_first_of("\r\n") != std::string_view::npos) {
        return std::nullopt;
    }
    event.call_id = CallId(std::move(call_id));
    event.data = std::string(text);
    return event;
}

std::optional<LiveEvent> parse_live_message(std::string_view text) {
    std::string line;
    if (!take_line(text, line)) {
        return std::nullopt;
    }
    const auto id = parse_live_id(line);
    return id ? parse_live_event(*id, text) : std::nullopt;
}

}  // namespace studio::adapters
