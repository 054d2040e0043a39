#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/strong_id.hpp"

/// STUDIO_LOG(info, "call_started", {"call_id", id}, {"turns", 3}): one structured line. The event
/// is a fixed snake_case name; what varies goes into fields. Secret and Pii values do not compile.
#define STUDIO_LOG(level, event, ...)                                             \
    do {                                                                          \
        if (::studio::log_enabled(::studio::LogLevel::level)) {                   \
            ::studio::write_log(::studio::LogLevel::level, event, {__VA_ARGS__}); \
        }                                                                         \
    } while (false)

namespace studio {

/// How much a line matters; `off` is above every line.
enum class LogLevel : std::uint8_t { debug, info, warning, error, off };

/// One key and its value. Text is borrowed for the length of the log call only.
class LogField {
public:
    using Value = std::variant<std::string_view, std::int64_t, double, bool>;

    LogField(std::string_view key, std::string_view text) : key_(key), value_(text) {}
    LogField(std::string_view key, const char* text) : key_(key), value_(std::string_view(text)) {}
    LogField(std::string_view key, const std::string& text)
        : key_(key), value_(std::string_view(text)) {}
    template <std::same_as<bool> Bool>
    LogField(std::string_view key, Bool truth) : key_(key), value_(truth) {}
    template <std::integral Number>
        requires(!std::same_as<Number, bool>)
    LogField(std::string_view key, Number number)
        : key_(key), value_(static_cast<std::int64_t>(number)) {}
    template <std::floating_point Number>
    LogField(std::string_view key, Number real) : key_(key), value_(static_cast<double>(real)) {}
    template <class Tag>
    LogField(std::string_view key, const StrongId<Tag>& id)
        : key_(key), value_(std::string_view(id.text())) {}

    [[nodiscard]] std::string_view key() const { return key_; }
    [[nodiscard]] const Value& value() const { return value_; }

private:
    std::string_view key_;
    Value value_;
};

/// Writes one JSON object per line to standard error; a line is one write(2), so that threads and
/// processes do not tear each other's lines. Any thread. Use STUDIO_LOG.
void write_log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

[[nodiscard]] bool log_enabled(LogLevel level);

/// The least level that is written; `info` unless set. Any thread.
void set_log_level(LogLevel level);

/// Reads a level's name (`debug`, `info`, `warning`, `error`, `off`); nothing where it is none.
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view name);

/// The line that write_log would write, without its end; for tests and other sinks.
[[nodiscard]] std::string format_log(LogLevel level, std::string_view event,
                                     std::initializer_list<LogField> fields);

}  // namespace studio
