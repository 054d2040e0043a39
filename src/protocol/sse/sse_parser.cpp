#include "protocol/sse/sse_parser.hpp"

#include <algorithm>

namespace studio::sse {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

void SseParser::handle(std::string_view bytes) {
    if (failed_) {
        return;
    }
    buffer_.erase(0, offset_);
    scanned_ -= std::min(scanned_, offset_);
    offset_ = 0;
    buffer_.append(bytes);
}

std::optional<SseEvent> SseParser::poll() {
    if (handed_out_) {
        type_.clear();
        data_.clear();
        has_data_ = false;
        handed_out_ = false;
    }
    while (const std::optional<std::string_view> line = next_line()) {
        if (!line->empty()) {
            read_field(*line);
            continue;
        }
        if (has_data_) {
            handed_out_ = true;
            return SseEvent{type_, data_};
        }
        // An event without data is not dispatched (same section, step 2).
        type_.clear();
    }
    return std::nullopt;
}

std::optional<std::string_view> SseParser::next_line() {
    if (failed_) {
        return std::nullopt;
    }
    if (skips_line_feed_ && offset_ < buffer_.size()) {
        offset_ += buffer_[offset_] == '\n' ? 1U : 0U;
        skips_line_feed_ = false;
    }
    const std::string_view rest = std::string_view(buffer_).substr(offset_);
    const std::size_t end = rest.find_first_of("\r\n", scanned_ > offset_ ? scanned_ - offset_ : 0);
    scanned_ = buffer_.size();
    if ((end == std::string_view::npos ? rest.size() : end) > limits_.line_bytes_max) {
        fail();
        return std::nullopt;
    }
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    offset_ += end + 1;
    scanned_ = offset_;
    skips_line_feed_ = rest[end] == '\r';
    std::string_view line = rest.substr(0, end);
    if (at_start_ && line.substr(0, byte_order_mark.size()) == byte_order_mark) {
        line.remove_prefix(byte_order_mark.size());
    }
    at_start_ = false;
    return line;
}

void SseParser::read_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    std::string_view value;
    if (colon != std::string_view::npos) {
        value = line.substr(colon + 1);
        if (!value.empty() && value.front() == ' ') {
            value.remove_prefix(1);
        }
    }
    if (name == "event") {
        type_.assign(value);
    } else if (name == "data") {
        if (data_.size() + value.size() + 1 > limits_.event_bytes_max) {
            fail();
            return;
        }
        if (has_data_) {
            data_ += '\n';
        }
        data_.append(value);
        has_data_ = true;
    }
}

void SseParser::fail() {
    failed_ = true;
    buffer_ = {};
    offset_ = 0;
}

}  // namespace studio::sse
