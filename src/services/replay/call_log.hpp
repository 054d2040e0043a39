#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace studio::services {

/// Of the format below; a log of another version is refused.
inline constexpr int call_log_version = 1;

/// One line of a call log: what the session was given or what it did, and when. A line is the JSON
/// array `[at, kind, data]` or, where the civil clock moved against the monotonic one,
/// `[at, kind, data, wall_offset]`. The first line is of the kind `header`. Kinds of outputs begin
/// with `>`; all others are inputs (docs/replay.md lists them).
struct LogRecord {
    /// Since the recording began.
    nanoseconds at{0};
    std::string kind;
    Json data;
    /// Civil time less (civil time at the start + whole milliseconds of `at`); carried on from the
    /// line before where the line does not say.
    milliseconds wall_offset{0};

    [[nodiscard]] bool is_output() const { return kind.starts_with('>'); }
};

/// Reads a call log line by line. Its bytes may come from anywhere: nothing is believed.
class CallLogReader {
public:
    /// Longer lines are refused: a voice's piece of audio is a few hundred KiB at most.
    static constexpr std::size_t line_bytes_max = 16U << 20U;

    /// `input` outlives the reader.
    explicit CallLogReader(std::istream& input) : input_(input) {}

    /// The next record, or nothing at the end. The error is for people and names the line; after
    /// one the reader is of no use. The first record is a header of our version.
    [[nodiscard]] Result<std::optional<LogRecord>, std::string> next();

private:
    [[nodiscard]] Result<bool, std::string> read_line();

    std::istream& input_;
    std::string line_;
    std::uint64_t line_number_ = 0;
    nanoseconds last_at_{0};
    milliseconds wall_offset_{0};
};

}  // namespace studio::services
