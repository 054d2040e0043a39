#include "adapters/http/api/calls/call_query.hpp"

#include <charconv>

#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "core/call/call_labels.hpp"

namespace studio::adapters {

namespace {

constexpr std::string_view cursor_mark = "1:";

/// `key=value`; the value may have more of the sign in it.
void read_metadata(QueryReader& reader, CallFilter& filter) {
    if (!reader.has("metadata")) {
        return;
    }
    const std::string text =
        reader.read_text("metadata", core::label_name_max + core::label_value_max + 1);
    const std::size_t sign = text.find('=');
    if (sign == 0 || sign == std::string::npos) {
        reader.report("metadata", "must be a name, = and a value");
        return;
    }
    filter.metadata_name = text.substr(0, sign);
    filter.metadata_value = text.substr(sign + 1);
}

}  // namespace

CallFilter read_call_filter(QueryReader& reader) {
    CallFilter filter;
    filter.agent_name = reader.read_text("agent_name", 64);
    filter.workflow_slug = reader.read_text("workflow_slug", 64);
    filter.user_id = reader.read_text("user_id", 256);
    filter.phone_number = Pii<std::string>(reader.read_text("phone_number", 32));
    read_metadata(reader, filter);
    filter.started_after = reader.read_time("started_after");
    filter.started_before = reader.read_time("started_before");
    if (const std::string status = reader.read_text("status", 32); !status.empty()) {
        filter.status = core::parse_call_status(status);
        if (!filter.status) {
            reader.report(
                "status",
                "must be pending, connecting, dialing, ringing, active, completed, failed, "
                "disconnected or timeout");
        }
    }
    return filter;
}

std::string write_cursor(const core::CallRecord& last) {
    const std::string text = std::string(cursor_mark) +
                             std::to_string(last.created_at.time_since_epoch().count()) + ':' +
                             last.id.text();
    return encode_base64(bytes_of(text), Base64Kind::url_unpadded);
}

std::optional<CallPlace> read_cursor(std::string_view text) {
    const auto decoded = text.size() > cursor_length_max
                             ? std::nullopt
                             : decode_base64(text, Base64Kind::url_unpadded);
    if (!decoded || !is_plain_text(*decoded) || !decoded->starts_with(cursor_mark)) {
        return std::nullopt;
    }
    const std::string_view place = std::string_view(*decoded).substr(cursor_mark.size());
    std::int64_t created_at = 0;
    const char* const end = place.data() + place.size();
    const auto [stop, error] = std::from_chars(place.data(), end, created_at);
    if (error != std::errc{} || stop == end || *stop != ':') {
        return std::nullopt;
    }
    return CallPlace{WallTime{milliseconds{created_at}}, CallId(std::string(stop + 1, end))};
}

}  // namespace studio::adapters
