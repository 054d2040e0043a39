#include "base/log.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "base/time.hpp"

namespace studio {
namespace {

std::atomic<LogLevel> least_level{LogLevel::info};

constexpr std::array<std::string_view, 5> level_names{"debug", "info", "warning", "error", "off"};

void append_quoted(std::string& line, std::string_view text) {
    line += '"';
    for (const char c : text) {
        switch (c) {
            case '"':
                line += "\\\"";
                break;
            case '\\':
                line += "\\\\";
                break;
            case '\n':
                line += "\\n";
                break;
            case '\t':
                line += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    std::array<char, 8> escape{};
                    std::snprintf(escape.data(), escape.size(), "\\u%04x",
                                  static_cast<unsigned>(static_cast<unsigned char>(c)));
                    line += escape.data();
                } else {
                    line += c;
                }
        }
    }
    line += '"';
}

void append_value(std::string& line, const LogField::Value& value) {
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        append_quoted(line, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
        line += std::to_string(*number);
    } else if (const auto* real = std::get_if<double>(&value)) {
        if (!std::isfinite(*real)) {
            line += "null";  // JSON has no NaN.
            return;
        }
        std::array<char, 32> text_form{};
        std::snprintf(text_form.data(), text_form.size(), "%.6g", *real);
        line += text_form.data();
    } else {
        line += std::get<bool>(value) ? "true" : "false";
    }
}

}  // namespace

std::string format_log(LogLevel level, std::string_view event,
                       std::initializer_list<LogField> fields) {
    std::string line = "{\"time\":";
    append_quoted(line,
                  to_rfc3339(std::chrono::floor<milliseconds>(std::chrono::system_clock::now())));
    line += ",\"level\":";
    append_quoted(line, level_names.at(static_cast<std::size_t>(level)));
    line += ",\"event\":";
    append_quoted(line, event);
    for (const LogField& field : fields) {
        line += ',';
        append_quoted(line, field.key());
        line += ':';
        append_value(line, field.value());
    }
    line += '}';
    return line;
}

void write_log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    std::string line = format_log(level, event, fields);
    line += '\n';
    // A log line that cannot be written is lost: there is nowhere to report it to.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

bool log_enabled(LogLevel level) {
    return level >= least_level.load(std::memory_order_relaxed);
}

void set_log_level(LogLevel level) {
    least_level.store(level, std::memory_order_relaxed);
}

std::optional<LogLevel> parse_log_level(std::string_view name) {
    for (std::size_t index = 0; index < level_names.size(); ++index) {
        if (level_names.at(index) == name) {
            return static_cast<LogLevel>(index);
        }
    }
    return std::nullopt;
}

}  // namespace studio
