#include <cstdio>

#include "apps/scale_advisor/advice.hpp"

namespace studio::apps {
namespace {

/// With so many digits behind the point.
std::string number(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

/// Less than 0.01 % is none that anybody feels.
std::string percent(double share) {
    return share > 0.0 && share < 0.0001 ? "less than 0.01 %" : number(share * 100.0, 2) + " %";
}

std::string padded(std::string text, std::size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string column(const std::string& text, std::size_t width) {
    return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

std::string wait_text(seconds wait) {
    return wait == seconds::max() ? "for ever" : std::to_string(wait.count()) + " s";
}

}  // namespace

std::string describe_hour(const HourAdvice& advice, const ScaleAdvisorConfig& config) {
    std::string text = "The next hour";
    text += config.day.empty() ? "\n" : ", from " + core::clock_of(advice.from_minute) + " on\n";
    text += "  calls expected     " + number(advice.calls, 0);
    if (advice.days > 0) {
        text += ", by the same hour of " + std::to_string(advice.days) +
                (advice.days == 1 ? " earlier day" : " earlier days") + " times " +
                number(advice.level, 2) + ", as today is";
    } else {
        text += ", if it goes on as now: there are no earlier days to learn from";
    }
    text += "\n  busiest quarter    " + number(advice.busiest_minute, 1) +
            " a minute; planned for " + number(advice.cautious_minute, 1) +
            ", since chance makes it more in 1 of 20 cases\n";
    text += "  length of a call   " + std::to_string(advice.holding.count()) + " s, so " +
            number(advice.load, 1) + " calls at once (Little's law)\n";
    text += "  places needed      " + std::to_string(advice.places) + ", for " +
            std::to_string(config.goal_percent) + " % to wait no longer than " +
            std::to_string(config.wait_limit.count()) + " s (Erlang C)\n";
    text += "  workers needed     " + std::to_string(advice.workers) + ", of " +
            std::to_string(config.calls_per_worker) + " calls each\n";
    text += "  then wait longer   " + percent(advice.beyond) + "; the mean wait is " +
            wait_text(advice.mean_wait) + "\n";
    text += "  with one less      " + percent(advice.beyond_with_less) + "\n";
    return text;
}

std::string describe_policies(const std::vector<PolicyAdvice>& policies) {
    std::string text =
        "The recorded day under each policy\n"
        "  policy         calls    lost     cut  mean wait   p95   p99   max  worker hours  most\n";
    for (const PolicyAdvice& policy : policies) {
        const core::ReplayResult& result = policy.result;
        const auto whole = [](auto value, std::size_t width) {
            return padded(std::to_string(value), width);
        };
        text += "  " + column(policy.name, 12) + whole(result.calls, 8) + whole(result.lost, 8) +
                whole(result.cut, 8) + padded(number(result.mean_wait_seconds, 2) + " s", 11) +
                padded(wait_text(result.wait_p95), 6) + padded(wait_text(result.wait_p99), 6) +
                padded(wait_text(result.wait_max), 6) + padded(number(result.worker_hours, 1), 14) +
                whole(result.most_workers, 6) + '\n';
    }
    return text +
           "  lost: hung up while they waited; cut: their worker had to go and no other had a "
           "place\n";
}

std::string describe_triggers(const std::vector<core::Trigger>& triggers) {
    std::string text = "Triggers of the move to Kubernetes (ADR-010)\n";
    for (const core::Trigger& trigger : triggers) {
        text += "  " + column(trigger.name, 25) + column(core::name_of(trigger.state), 9) +
                trigger.reason + '\n';
    }
    text += core::suggests_move(triggers) ? "  So consider it.\n"
                                          : "  So there is no need for it now.\n";
    return text;
}

std::string describe_live(const LiveFigures& live) {
    return "Now, measured for " + std::to_string(live.measured_for.count()) +
           " s\n  calls begin        " + number(live.arrivals_per_minute, 1) +
           " a minute\n  calls are held     " + number(live.active, 0) + "\n  calls wait         " +
           number(live.waiting, 0) + ", the oldest for " + number(live.oldest_seconds, 0) + " s\n";
}

}  // namespace studio::apps
