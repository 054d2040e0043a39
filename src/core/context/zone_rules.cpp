#include "core/context/zone_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace studio::core {

namespace {

constexpr std::size_t transitions_max = 2'000;
/// RFC 8536, section 3.2 wants less than 25 hours, or 26.
constexpr std::int64_t offset_max = 26 * 3'600;
/// A zone without summer time for years to come; anything later is refused instead of computed.
constexpr std::size_t footer_bytes_max = 128;

}  // namespace

/// The parts of a TZif file, one after the other. Reading beyond the end fails for good.
class ZoneRules::Reader {
public:
    struct Counts {
        std::size_t utc_marks = 0;
        std::size_t standard_marks = 0;
        std::size_t leaps = 0;
        std::size_t times = 0;
        std::size_t types = 0;
        std::size_t name_bytes = 0;
    };

    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::string_view take(std::size_t count) {
        if (count > bytes_.size()) {
            failed_ = true;
            return {};
        }
        const std::string_view taken = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return taken;
    }

    /// Big-endian, two's complement.
    std::int64_t number(std::size_t width) {
        const std::string_view digits = take(width);
        std::uint64_t value = !digits.empty() && (digits[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
        for (const char digit : digits) {
            value = value << 8U | static_cast<unsigned char>(digit);
        }
        return static_cast<std::int64_t>(value);
    }

    /// The header; false where it is none of version 2 or later.
    bool header(Counts& counts) {
        const std::string_view magic = take(5);
        if (!magic.starts_with("TZif") || magic[4] < '2') {
            return false;
        }
        take(15);
        for (std::size_t* count : {&counts.utc_marks, &counts.standard_marks, &counts.leaps,
                                   &counts.times, &counts.types, &counts.name_bytes}) {
            *count = static_cast<std::size_t>(number(4) & 0xFFFFFFFF);
        }
        return !failed_;
    }

    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::string_view rest() const { return bytes_; }

private:
    std::string_view bytes_;
    bool failed_ = false;
};

/// `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX.1-2017, chapter 8.3, with the wider hours of RFC 8536).
class ZoneRules::FooterReader {
public:
    explicit FooterReader(std::string_view text) : text_(text) {}

    std::optional<Footer> read() {
        Footer footer;
        name();
        footer.standard = -time();
        footer.summer = footer.standard;
        if (text_.empty()) {
            return is_good() ? std::optional(footer) : std::nullopt;
        }
        name();
        footer.summer = text_.starts_with(',') || text_.empty()
                            ? footer.standard + std::chrono::hours(1)
                            : -time();
        std::array<Change, 2> changes;
        for (Change& change : changes) {
            expect(',');
            change = day();
            if (accept('/')) {
                change.at = time();
            }
        }
        footer.changes = changes;
        return is_good() && text_.empty() ? std::optional(footer) : std::nullopt;
    }

private:
    [[nodiscard]] bool is_good() const { return good_; }

    bool accept(char wanted) {
        if (!text_.starts_with(wanted)) {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }
    void expect(char wanted) { good_ = accept(wanted) && good_; }

    static bool is_letter(char byte) {
        return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    }

    void name() {
        std::size_t size = 0;
        if (text_.starts_with('<')) {
            size = text_.find('>') == text_.npos ? 0 : text_.find('>') + 1;
        } else {
            while (size < text_.size() && is_letter(text_[size])) {
                ++size;
            }
        }
        good_ = good_ && size >= 3;
        text_.remove_prefix(size);
    }

    int number(int max) {
        int value = 0;
        std::size_t size = 0;
        while (size < text_.size() && size < 3 && text_[size] >= '0' && text_[size] <= '9') {
            value = value * 10 + (text_[size++] - '0');
        }
        good_ = good_ && size > 0 && value <= max;
        text_.remove_prefix(size);
        return value;
    }

    seconds time() {
        const bool is_negative = accept('-');
        if (!is_negative) {
            accept('+');
        }
        constexpr int hours_max = 167;
        seconds value = std::chrono::hours(number(hours_max));
        if (accept(':')) {
            value += std::chrono::minutes(number(59));
            if (accept(':')) {
                value += seconds(number(59));
            }
        }
        return is_negative ? -value : value;
    }

    Change day() {
        Change change;
        if (accept('M')) {
            change.month = number(12);
            expect('.');
            change.week = number(5);
            expect('.');
            change.day = number(6);
            good_ = good_ && change.month >= 1 && change.week >= 1;
        } else if (accept('J')) {
            change.kind = Change::Kind::julian_without_leap;
            change.day = number(365);
            good_ = good_ && change.day >= 1;
        } else {
            change.kind = Change::Kind::day_of_year;
            change.day = number(365);
        }
        return change;
    }

    std::string_view text_;
    bool good_ = true;
};

Result<ZoneRules, ZoneError> ZoneRules::parse(std::string_view tzif) {
    Reader reader(tzif);
    Reader::Counts counts;
    if (!reader.header(counts)) {
        return fail(ZoneError::not_tzif);
    }
    // The first part is for programs that know 32 bits only.
    reader.take(counts.times * 5 + counts.types * 6 + counts.name_bytes + counts.leaps * 8 +
                counts.standard_marks + counts.utc_marks);
    if (!reader.header(counts)) {
        return fail(reader.failed() ? ZoneError::truncated : ZoneError::not_tzif);
    }
    if (counts.times > transitions_max || counts.types == 0 || counts.types > 256) {
        return fail(ZoneError::truncated);
    }
    ZoneRules rules;
    rules.transitions_.resize(counts.times);
    for (Transition& transition : rules.transitions_) {
        transition.at = reader.number(8);
    }
    const std::string_view types = reader.take(counts.times);
    std::vector<seconds> offsets(counts.types);
    for (seconds& offset : offsets) {
        offset = seconds(reader.number(4));
        reader.take(2);
        if (offset.count() < -offset_max || offset.count() > offset_max) {
            return fail(ZoneError::malformed);
        }
    }
    reader.take(counts.name_bytes + counts.leaps * 12 + counts.standard_marks + counts.utc_marks);
    if (reader.failed()) {
        return fail(ZoneError::truncated);
    }
    for (std::size_t index = 0; index < counts.times; ++index) {
        const auto type = static_cast<unsigned char>(types[index]);
        const bool is_ordered =
            index == 0 || rules.transitions_[index - 1].at < rules.transitions_[index].at;
        if (type >= offsets.size() || !is_ordered) {
            return fail(ZoneError::malformed);
        }
        rules.transitions_[index].offset = offsets[type];
    }
    rules.first_ = offsets[0];
    const std::string_view rest = reader.rest();
    if (rest.size() > 2 && rest.size() <= footer_bytes_max && rest.front() == '\n' &&
        rest.back() == '\n') {
        rules.footer_ = FooterReader(rest.substr(1, rest.size() - 2)).read();
    }
    return rules;
}

/// When a change comes in that year, in seconds of its local time since 1970.
seconds ZoneRules::moment_of(const Change& change, int year) {
    using namespace std::chrono;
    const auto first = sys_days(std::chrono::year(year) / January / 1);
    if (change.kind == Change::Kind::day_of_year) {
        return (first + days(change.day)).time_since_epoch() + change.at;
    }
    if (change.kind == Change::Kind::julian_without_leap) {
        const bool is_after_leap_day = std::chrono::year(year).is_leap() && change.day >= 60;
        return (first + days(change.day - 1 + (is_after_leap_day ? 1 : 0))).time_since_epoch() +
               change.at;
    }
    const auto month =
        std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(change.month));
    const weekday wanted(static_cast<unsigned>(change.day));
    const auto date = change.week == 5
                          ? sys_days(month / wanted[last])
                          : sys_days(month / wanted[static_cast<unsigned>(change.week)]);
    return date.time_since_epoch() + change.at;
}

seconds ZoneRules::footer_offset(std::int64_t time) const {
    if (!footer_->changes) {
        return footer_->standard;
    }
    const std::chrono::sys_seconds local(seconds(time) + footer_->standard);
    const int year = static_cast<int>(
        std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(local)).year());
    const seconds begins = moment_of((*footer_->changes)[0], year) - footer_->standard;
    const seconds ends = moment_of((*footer_->changes)[1], year) - footer_->summer;
    const seconds now(time);
    // In the south summer goes over the turn of the year.
    const bool is_summer =
        begins < ends ? now >= begins && now < ends : now >= begins || now < ends;
    return is_summer ? footer_->summer : footer_->standard;
}

seconds ZoneRules::offset_at(WallTime time) const {
    const std::int64_t now = std::chrono::floor<seconds>(time).time_since_epoch().count();
    const bool is_after_all = transitions_.empty() || now >= transitions_.back().at;
    if (is_after_all && footer_) {
        return footer_offset(now);
    }
    const auto later =
        std::upper_bound(transitions_.begin(), transitions_.end(), now,
                         [](std::int64_t at, const Transition& it) { return at < it.at; });
    return later == transitions_.begin() ? first_ : std::prev(later)->offset;
}

}  // namespace studio::core
