#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace studio::sse {

/// Bounds on what a stream may make us hold.
struct SseLimits {
    /// One line without its end. A model's delta is a few hundred bytes; tool arguments come in
    /// pieces.
    std::size_t line_bytes_max = 64U * 1024U;
    /// All data of one event.
    std::size_t event_bytes_max = 256U * 1024U;
};

/// One event that carries data. The views hold until the next call to the parser.
struct SseEvent {
    /// The event's type; empty means `message`.
    std::string_view type;
    /// The data lines, joined by line feeds.
    std::string_view data;
};

/// Reads a stream of server-sent events (WHATWG HTML, section 9.2.6, "Interpreting an event
/// stream") from pieces of any size. Comments, ids and retry times are skipped: nobody here
/// reconnects. It does not check the encoding. One owner.
///
///     handle(bytes) ──▶ buffer ──line by line──▶ fields ──empty line──▶ poll()
///                          └── line or event too long ──▶ failed() for good
class SseParser {
public:
    explicit SseParser(SseLimits limits = {}) : limits_(limits) {}

    /// Appends the next bytes of the stream. Call poll() until it is empty before the next
    /// handle().
    void handle(std::string_view bytes);
    /// The next event that is complete, or nothing.
    [[nodiscard]] std::optional<SseEvent> poll();
    /// Whether a limit was broken. Nothing more is read then.
    [[nodiscard]] bool failed() const { return failed_; }

private:
    [[nodiscard]] std::optional<std::string_view> next_line();
    void read_field(std::string_view line);
    void fail();

    SseLimits limits_;
    std::string buffer_;
    std::size_t offset_ = 0;
    /// Up to here the buffer holds no end of the line that begins at offset_: each byte is looked
    /// at once, however small the pieces are.
    std::size_t scanned_ = 0;
    std::string type_;
    std::string data_;
    bool has_data_ = false;
    /// The fields in type_ and data_ were handed out and are forgotten at the next poll().
    bool handed_out_ = false;
    bool at_start_ = true;
    /// The last line ended in CR; a LF that follows belongs to it.
    bool skips_line_feed_ = false;
    bool failed_ = false;
};

}  // namespace studio::sse
