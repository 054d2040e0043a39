#include "base/rfc3339.hpp"

#include <algorithm>

namespace studio {

namespace {

constexpr bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

/// Takes what it reads from the front; nothing is right any more once something was wrong.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int number(std::size_t digits, int least, int most) {
        int value = 0;
        if (rest_.size() < digits ||
            !std::all_of(rest_.begin(), rest_.begin() + digits, is_digit)) {
            is_right_ = false;
            return least;
        }
        for (std::size_t index = 0; index < digits; ++index) {
            value = value * 10 + (rest_[index] - '0');
        }
        rest_.remove_prefix(digits);
        is_right_ = is_right_ && value >= least && value <= most;
        return value;
    }
    bool take(char letter) {
        if (rest_.empty() || rest_.front() != letter) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }
    bool take_any(char letter, char other) { return take(letter) || take(other); }
    void expect(bool is_there) { is_right_ = is_right_ && is_there; }
    /// Of a second, behind its point.
    milliseconds fraction() {
        std::int64_t value = 0;
        std::int64_t worth = 100;
        expect(!rest_.empty() && is_digit(rest_.front()));
        for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1)) {
            value += (rest_.front() - '0') * worth;
            worth /= 10;
        }
        return milliseconds{value};
    }
    [[nodiscard]] bool is_done() const { return is_right_ && rest_.empty(); }
    [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
    bool is_right_ = true;
};

std::chrono::minutes read_offset(Scanner& scanner) {
    if (scanner.take_any('Z', 'z')) {
        return std::chrono::minutes{0};
    }
    const bool is_west = scanner.take('-');
    scanner.expect(is_west || scanner.take('+'));
    const int hours = scanner.number(2, 0, 23);
    scanner.expect(scanner.take(':'));
    const std::chrono::minutes offset{hours * 60 + scanner.number(2, 0, 59)};
    return is_west ? -offset : offset;
}

milliseconds read_clock(Scanner& scanner) {
    const std::chrono::hours hours{scanner.number(2, 0, 23)};
    scanner.expect(scanner.take(':'));
    const std::chrono::minutes minutes{scanner.number(2, 0, 59)};
    scanner.expect(scanner.take(':'));
    const seconds whole{scanner.number(2, 0, 60)};
    const milliseconds part = scanner.take('.') ? scanner.fraction() : milliseconds{0};
    return hours + minutes + whole + part - read_offset(scanner);
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    Scanner scanner(text);
    const std::chrono::year year{scanner.number(4, 1970, 9999)};
    scanner.expect(scanner.take('-'));
    const std::chrono::month month{static_cast<unsigned>(scanner.number(2, 1, 12))};
    scanner.expect(scanner.take('-'));
    const std::chrono::day day{static_cast<unsigned>(scanner.number(2, 1, 31))};
    const std::chrono::year_month_day date{year, month, day};
    milliseconds clock{0};
    if (!scanner.is_at_end()) {
        scanner.expect(scanner.take_any('T', 't'));
        clock = read_clock(scanner);
    }
    if (!scanner.is_done() || !date.ok()) {
        return std::nullopt;
    }
    const WallTime time = WallTime(std::chrono::sys_days(date)) + clock;
    const WallTime end{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}};
    // An offset may lead beyond the years.
    return time >= WallTime{} && time < end ? std::optional(time) : std::nullopt;
}

}  // namespace studio
