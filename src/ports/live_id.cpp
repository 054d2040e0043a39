#include "ports/live_id.hpp"

#include <charconv>

namespace studio {
namespace {

bool read(std::string_view text, std::uint64_t& number) {
    const char* const end = text.data() + text.size();
    const auto outcome = std::from_chars(text.data(), end, number);
    return !text.empty() && outcome.ec == std::errc{} && outcome.ptr == end;
}

}  // namespace

std::string LiveId::text() const {
    return std::to_string(time_ms) + '-' + std::to_string(number);
}

std::optional<LiveId> parse_live_id(std::string_view text) {
    const std::size_t dash = text.find('-');
    LiveId id;
    if (dash == std::string_view::npos || !read(text.substr(0, dash), id.time_ms) ||
        !read(text.substr(dash + 1), id.number)) {
        return std::nullopt;
    }
    return id;
}

}  // namespace studio
