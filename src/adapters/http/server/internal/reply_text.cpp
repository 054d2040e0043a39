#include "adapters/http/server/internal/reply_text.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <cstdio>

namespace studio::adapters::http {

namespace {

// A reply of the API is data: nothing in it may be run, framed or kept.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> default_fields{{
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Cache-Control", "no-store"},
}};

bool has_field(const ApiReply& reply, std::string_view name) {
    return std::any_of(reply.headers.begin(), reply.headers.end(),
                       [name](const auto& field) { return field.first == name; });
}

bool has_no_body(int status) {
    return status == 204 || status == 304 || status < 200;
}

}  // namespace

std::string format_http_date(WallTime time) {
    constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<seconds>(time - day)};
    std::array<char, 64> text{};
    std::snprintf(
        text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
        days.at(std::chrono::weekday{day}.c_encoding()), static_cast<unsigned>(date.day()),
        months.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    return text.data();
}

std::string_view body_of(const ApiReply& reply) {
    if (has_no_body(reply.status)) {
        return {};
    }
    return reply.static_body.empty() ? std::string_view(reply.body) : reply.static_body;
}

std::string format_head(const ApiReply& reply, const ReplyFrame& frame) {
    const auto status = static_cast<boost::beast::http::status>(reply.status);
    const auto reason = boost::beast::http::obsolete_reason(status);
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + ' ';
    head.append(reason.data(), reason.size());
    const auto add = [&head](std::string_view name, std::string_view value) {
        head.append("\r\n").append(name).append(": ").append(value);
    };
    add("Date", format_http_date(frame.now));
    add("Server", "agent-studio");
    add("X-Request-Id", frame.request_id);
    if (!has_no_body(reply.status)) {
        add("Content-Type", reply.content_type);
    }
    if (frame.chunked) {
        add("Transfer-Encoding", "chunked");
    } else if (!has_no_body(reply.status) && !reply.stream) {
        add("Content-Length", std::to_string(body_of(reply).size()));
    }
    for (const auto& [name, value] : reply.headers) {
        add(name, value);
    }
    for (const auto& [name, value] : default_fields) {
        if (!has_field(reply, name)) {
            add(name, value);
        }
    }
    add("Connection", frame.keep_alive ? "keep-alive" : "close");
    head.append("\r\n\r\n");
    return head;
}

}  // namespace studio::adapters::http
