#include "adapters/http/server/stream.hpp"

namespace studio::adapters {

std::string server_sent_event(std::string_view event, std::string_view data, std::string_view id) {
    std::string text;
    if (!id.empty()) {
        text.append("id: ").append(id).append("\n");
    }
    if (!event.empty()) {
        text.append("event: ").append(event).append("\n");
    }
    bool is_last = false;
    while (!is_last) {
        // CR, LF and CR LF each end a line there.
        const std::size_t end = data.find_first_of("\r\n");
        is_last = end == std::string_view::npos;
        text.append("data: ").append(data.substr(0, end)).append("\n");
        if (!is_last) {
            const bool is_pair = data.substr(end, 2) == "\r\n";
            data.remove_prefix(end + (is_pair ? 2 : 1));
        }
    }
    return text + "\n";
}

}  // namespace studio::adapters
