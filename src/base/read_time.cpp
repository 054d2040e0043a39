#include "base/read_time.hpp"

namespace studio {

namespace {

/// Takes exactly `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) {
        return std::nullopt;
    }
    int number = 0;
    for (const char letter : text.substr(0, digits)) {
        if (letter < '0' || letter > '9') {
            return std::nullopt;
        }
        number = number * 10 + (letter - '0');
    }
    text.remove_prefix(digits);
    return number;
}

bool take_letter(std::string_view& text, char upper, char lower) {
    if (text.empty() || (text.front() != upper && text.front() != lower)) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

/// `2026-11-23`; nothing where there is no such day.
std::optional<std::chrono::sys_days> take_day(std::string_view& text) {
    const auto year = take_number(text, 4);
    const bool has_month = take_letter(text, '-', '-');
    const auto month = take_number(text, 2);
    const bool has_day = take_letter(text, '-', '-');
    const auto day = take_number(text, 2);
    if (!year || !has_month || !month || !has_day || !day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    return date.ok() ? std::optional(std::chrono::sys_days{date}) : std::nullopt;
}

/// `20:22:25.5`.
std::optional<milliseconds> take_clock(std::string_view& text) {
    const auto hour = take_number(text, 2);
    const bool has_minute = take_letter(text, ':', ':');
    const auto minute = take_number(text, 2);
    const bool has_second = take_letter(text, ':', ':');
    const auto second = take_number(text, 2);
    if (!hour || !has_minute || !minute || !has_second || !second || *hour > 23 || *minute > 59 ||
        *second > 60) {
        return std::nullopt;
    }
    milliseconds clock =
        std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
    if (!take_letter(text, '.', '.')) {
        return clock;
    }
    auto digit = take_number(text, 1);
    if (!digit) {
        return std::nullopt;
    }
    for (int weight = 100; digit; digit = take_number(text, 1), weight /= 10) {
        clock += milliseconds{*digit * weight};
    }
    return clock;
}

/// `Z` or `+01:00`, and nothing behind it.
std::optional<std::chrono::minutes> take_offset(std::string_view text) {
    if (take_letter(text, 'Z', 'z')) {
        return text.empty() ? std::optional(std::chrono::minutes{0}) : std::nullopt;
    }
    const bool is_behind = !text.empty() && text.front() == '-';
    if (!take_letter(text, '+', '-')) {
        return std::nullopt;
    }
    const auto hour = take_number(text, 2);
    const bool has_minute = take_letter(text, ':', ':');
    const auto minute = take_number(text, 2);
    if (!hour || !has_minute || !minute || *hour > 23 || *minute > 59 || !text.empty()) {
        return std::nullopt;
    }
    const std::chrono::minutes offset = std::chrono::hours{*hour} + std::chrono::minutes{*minute};
    return is_behind ? -offset : offset;
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    const auto day = take_day(text);
    // RFC 3339, section 5.6: a blank may stand in the place of the T.
    const bool has_clock = take_letter(text, 'T', 't') || take_letter(text, ' ', ' ');
    const auto clock = take_clock(text);
    const auto offset = take_offset(text);
    if (!day || !has_clock || !clock || !offset) {
        return std::nullopt;
    }
    const WallTime time = *day + *clock - *offset;
    const WallTime last = std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1};
    return time >= WallTime{} && time < last ? std::optional(time) : std::nullopt;
}

}  // namespace studio
