#include "apps/scale_advisor/live_figures.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "adapters/curl/curl_http_client.hpp"
#include "core/capacity/metric_text.hpp"
#include "ports/http_fetch.hpp"
#include "runtime/asio_loop.hpp"
#include "runtime/task_scope.hpp"

namespace studio::apps {
namespace {

/// A metrics page of ours has some 100 KiB.
constexpr std::size_t page_bytes_max = std::size_t{16} << 20U;
constexpr seconds patience{10};

/// One reading over all servers.
struct Reading {
    double created = 0.0;
    double active = 0.0;
    double waiting = 0.0;
    double oldest = 0.0;
    Instant at{};
};

using Page = Result<std::string, std::string>;

class Reader {
public:
    explicit Reader(const ScaleAdvisorConfig& config) : config_(config), http_(loop_) {}

    Result<LiveFigures, std::string> run() {
        {
            runtime::TaskScope scope(loop_);
            scope.spawn(measure());
            loop_.run();
        }
        if (!error_.empty()) {
            return fail(error_);
        }
        return figures_;
    }

private:
    Task<void> measure() {
        const auto first = co_await read_all();
        bool is_read = first.has_value();
        if (is_read) {
            is_read = co_await runtime::sleep_for(loop_, config_.measured_for);
        }
        if (is_read) {
            const auto second = co_await read_all();
            if (second) {
                compare(*first, *second);
            }
        }
        loop_.stop();
    }

    Task<std::optional<Reading>> read_all() {
        Reading sum;
        sum.at = loop_.now();
        for (std::string url : config_.urls) {
            url.resize(url.size() - (url.ends_with('/') ? 1 : 0));
            const Page page = co_await fetch(url + "/metrics");
            if (!page) {
                error_ = url + ": " + page.error();
                co_return std::nullopt;
            }
            const auto value = [&page](const char* name) {
                return core::sum_of_metric(*page, name).value_or(0.0);
            };
            if (!core::sum_of_metric(*page, "studio_queue_waiting")) {
                error_ = url + ": shows no studio_queue_waiting; it must be an `agent-studio api`";
                co_return std::nullopt;
            }
            // Each API counts its own requests; the queue is the same for all.
            sum.created += value("studio_calls_created_total");
            sum.active = std::max(sum.active, value("studio_queue_leased"));
            sum.waiting = std::max(sum.waiting, value("studio_queue_waiting"));
            sum.oldest = std::max(sum.oldest, value("studio_queue_oldest_age_seconds"));
        }
        co_return sum;
    }

    Task<Page> fetch(std::string url) {
        HttpRequest request;
        request.url = std::move(url);
        request.timeout = patience;
        request.response_bytes_max = page_bytes_max;
        request.is_operator_url = true;
        const std::string& token = config_.operators.metrics_token.reveal();
        if (!token.empty()) {
            request.headers.emplace_back("Authorization", "Bearer " + token);
        }
        HttpFetch fetch(http_, std::move(request));
        const auto answer = co_await fetch;
        co_return page_of(answer);
    }

    static Page page_of(Result<HttpResponse, HttpClientError> response) {
        if (!response) {
            return fail(std::string("does not answer"));
        }
        if (response->status != 200) {
            return fail("answers with " + std::to_string(response->status) +
                        (response->status == 401 || response->status == 403
                             ? ": set STUDIO_METRICS_TOKEN as the server has it"
                             : ""));
        }
        return std::move(response->body);
    }

    void compare(const Reading& first, const Reading& second) {
        const double minutes = std::chrono::duration<double>(second.at - first.at).count() / 60.0;
        // A server that began anew counts from zero.
        const double begun = std::max(0.0, second.created - first.created);
        figures_.measured_for = config_.measured_for;
        figures_.arrivals_per_minute = begun / std::max(minutes, 1.0 / 600.0);
        figures_.active = second.active;
        figures_.waiting = second.waiting;
        figures_.oldest_seconds = second.oldest;
        const double mean_active = (first.active + second.active) / 2.0;
        if (begun > 0.0 && mean_active > 0.0) {
            const double minutes_each = mean_active / figures_.arrivals_per_minute;
            figures_.holding = seconds(std::max(1LL, std::llround(minutes_each * 60.0)));
        }
    }

    const ScaleAdvisorConfig& config_;
    runtime::AsioLoop loop_;
    adapters::CurlHttpClient http_;
    LiveFigures figures_;
    std::string error_;
};

}  // namespace

Result<LiveFigures, std::string> read_live(const ScaleAdvisorConfig& config) {
    return Reader(config).run();
}

}  // namespace studio::apps
