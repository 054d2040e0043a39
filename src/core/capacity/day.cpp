#include "core/capacity/day.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace studio::core {
namespace {

constexpr std::size_t lines_max = 2 * recorded_minutes_max;
constexpr unsigned holding_max = 86'400;

std::string_view trim(std::string_view text) {
    const auto is_blank = [](char each) { return each == ' ' || each == '\t' || each == '\r'; };
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// What stands before the next `separator`, which goes too.
std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view piece = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return piece;
}

std::optional<unsigned> number_of(std::string_view text, unsigned max) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = !text.empty() && end == text.data() + text.size();
    return error == std::errc() && is_whole && number <= max ? std::optional(number) : std::nullopt;
}

std::optional<std::size_t> minute_of(std::string_view text) {
    if (text.find(':') == std::string_view::npos) {
        return number_of(text, static_cast<unsigned>(recorded_minutes_max - 1));
    }
    const auto hour = number_of(take_until(text, ':'), 23);
    const auto minute = number_of(text, 59);
    return hour && minute ? std::optional<std::size_t>(*hour * 60U + *minute) : std::nullopt;
}

std::string wrong(std::size_t line, const char* what) {
    return "line " + std::to_string(line) + ": " + what;
}

struct Row {
    std::size_t minute = 0;
    unsigned arrivals = 0;
    seconds holding{0};
};

Result<Row, const char*> parse_row(std::string_view line) {
    const auto minute = minute_of(take_until(line, ','));
    if (!minute) {
        return fail("the minute must be HH:MM or a whole number from 0 to 50399");
    }
    const auto arrivals = number_of(take_until(line, ','), arrivals_max);
    if (!arrivals) {
        return fail("arrivals must be a whole number from 0 to 100000");
    }
    Row row{*minute, *arrivals, seconds(0)};
    if (!line.empty()) {
        const auto holding = number_of(take_until(line, ','), holding_max);
        if (!holding || !line.empty()) {
            return fail("holding_seconds must be a whole number from 0 to 86400, and the last");
        }
        row.holding = seconds(*holding);
    }
    return row;
}

void add(RecordedDays& days, const Row& row) {
    days.arrivals.resize(row.minute + 1);
    days.holding.resize(row.minute + 1);
    days.arrivals.back() = row.arrivals;
    days.holding.back() = row.holding;
}

}  // namespace

Result<RecordedDays, std::string> parse_days(std::string_view text) {
    RecordedDays days;
    for (std::size_t number = 1; !text.empty(); ++number) {
        if (number > lines_max) {
            return fail(wrong(number, "there are too many lines"));
        }
        const std::string_view line = take_until(text, '\n');
        if (line.empty() || line.front() == '#' || (days.arrivals.empty() && line.front() == 'm')) {
            continue;
        }
        const auto row = parse_row(line);
        if (!row) {
            return fail(wrong(number, row.error()));
        }
        if (row->minute < days.arrivals.size()) {
            return fail(wrong(number, "the minutes must ascend"));
        }
        add(days, *row);
    }
    if (days.arrivals.empty()) {
        return fail(std::string("there is no line with a minute"));
    }
    return days;
}

seconds RecordedDays::mean_holding(seconds otherwise) const {
    std::int64_t calls = 0;
    std::int64_t total = 0;
    for (std::size_t minute = 0; minute < arrivals.size(); ++minute) {
        if (holding[minute] > seconds(0)) {
            calls += arrivals[minute];
            total += arrivals[minute] * holding[minute].count();
        }
    }
    return calls == 0 ? otherwise : seconds(std::max<std::int64_t>(1, total / calls));
}

double RecordedDays::busiest_hour_load(seconds holding_otherwise) const {
    constexpr std::size_t hour = 60;
    std::uint64_t within = 0;
    std::uint64_t most = 0;
    for (std::size_t minute = 0; minute < arrivals.size(); ++minute) {
        within += arrivals[minute];
        within -= minute >= hour ? arrivals[minute - hour] : 0;
        most = std::max(most, within);
    }
    const auto length = static_cast<double>(mean_holding(holding_otherwise).count());
    return static_cast<double>(most) / 3'600.0 * length;
}

std::string clock_of(std::size_t minute) {
    const auto two = [](std::size_t number) {
        return std::string(number < 10 ? "0" : "") + std::to_string(number);
    };
    const std::size_t of_day = minute % minutes_of_a_day;
    return two(of_day / 60) + ':' + two(of_day % 60);
}

}  // namespace studio::core
