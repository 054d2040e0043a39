#include "services/replay/call_log.hpp"

#include <utility>

namespace studio::services {

Result<bool, std::string> CallLogReader::read_line() {
    line_.clear();
    ++line_number_;
    char byte = 0;
    while (input_.get(byte)) {
        if (byte == '\n') {
            return true;
        }
        if (line_.size() == line_bytes_max) {
            return fail("line " + std::to_string(line_number_) + " is too long");
        }
        line_ += byte;
    }
    if (!line_.empty()) {
        // Somebody stopped in the middle of a write.
        return fail("line " + std::to_string(line_number_) + " is cut off");
    }
    return false;
}

Result<std::optional<LogRecord>, std::string> CallLogReader::next() {
    const auto read = read_line();
    if (!read) {
        return fail(read.error());
    }
    if (!*read) {
        return line_number_ == 1 ? fail(std::string("the log is empty"))
                                 : Result<std::optional<LogRecord>, std::string>(std::nullopt);
    }
    const auto wrong = [this](const std::string& what) {
        return fail("line " + std::to_string(line_number_) + ' ' + what);
    };
    const auto json = parse_json(line_, json_as_stored);
    const JsonArray* fields = json ? json->if_array() : nullptr;
    if (fields == nullptr || fields->size() < 3 || fields->size() > 4 || !(*fields)[0].is_int64() ||
        !(*fields)[1].is_string()) {
        return wrong("is no record");
    }
    LogRecord record;
    record.at = nanoseconds((*fields)[0].get_int64());
    record.kind = (*fields)[1].get_string().c_str();
    record.data = (*fields)[2];
    if (record.at < last_at_) {
        return wrong("goes back in time");
    }
    if (fields->size() == 4) {
        if (!(*fields)[3].is_int64()) {
            return wrong("has a bad wall offset");
        }
        wall_offset_ = milliseconds((*fields)[3].get_int64());
    }
    if ((record.kind == "header") != (line_number_ == 1)) {
        return wrong("is a header out of place, or none where one is due");
    }
    if (line_number_ == 1) {
        const Json* version = find_member(record.data, "version");
        if (version == nullptr || *version != Json(call_log_version)) {
            return wrong("is of another version of the format");
        }
    }
    last_at_ = record.at;
    record.wall_offset = wall_offset_;
    return record;
}

}  // namespace studio::services
