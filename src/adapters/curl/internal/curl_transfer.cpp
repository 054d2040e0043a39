#include "adapters/curl/internal/curl_transfer.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"

namespace studio::adapters {
namespace {

bool has_line_break(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

HttpClientError error_of(CURLcode code) {
    switch (code) {
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return HttpClientError::bad_url;
        case CURLE_OPERATION_TIMEDOUT:
            return HttpClientError::timed_out;
        default:
            return HttpClientError::unavailable;
    }
}

/// Empty for any family but IPv4 and IPv6.
net::Address address_of(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in found{};
        std::memcpy(&found, &address, sizeof(found));
        return net::Address::from_v4(ntohl(found.sin_addr.s_addr), ntohs(found.sin_port));
    }
    if (address.sa_family == AF_INET6) {
        sockaddr_in6 found{};
        std::memcpy(&found, &address, sizeof(found));
        return net::Address::from_bytes(found.sin6_addr.s6_addr, ntohs(found.sin6_port));
    }
    return {};
}

/// The host of a URL as libcurl reads it, without brackets; empty where there is none.
std::string host_of(const std::string& url) {
    std::string host;
    CURLU* parts = curl_url();
    char* found = nullptr;
    if (parts != nullptr && curl_url_set(parts, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &found, 0) == CURLUE_OK) {
        host = found;
        curl_free(found);
    }
    curl_url_cleanup(parts);
    return host.size() > 2 && host.front() == '[' ? host.substr(1, host.size() - 2) : host;
}

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return text;
}

std::string lower_case_type(const char* content_type) {
    std::string type = lower_case(content_type == nullptr ? "" : content_type);
    type.resize(std::min(type.find_first_of("; \t"), type.size()));
    return type;
}

}  // namespace

CurlTransfer::CurlTransfer(HttpStreamRequest request, HttpStreamListener& listener, Ready ready)
    : request_(std::move(request)),
      listener_(&listener),
      ready_(std::move(ready)),
      easy_(curl_easy_init()) {
    STUDIO_CHECK(easy_ != nullptr, "libcurl has memory for a handle");
}

CurlTransfer::~CurlTransfer() {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(headers_);
}

bool CurlTransfer::prepare(const CurlOptions& options) {
    const HttpRequest& request = request_.request;
    if (has_line_break(request.url) || !add_headers()) {
        return false;
    }
    constexpr std::string_view token = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
    if (request.method.empty() || request.method.find_first_not_of(token) != std::string::npos) {
        return false;
    }
    curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options.ca_file.empty()) {
        curl_easy_setopt(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
    }
    // An empty text also switches the environment's proxies off.
    curl_easy_setopt(easy_, CURLOPT_PROXY, options.proxy.c_str());
    curl_easy_setopt(easy_, CURLOPT_USERAGENT, options.user_agent.c_str());
    // One request on a connection at a time: a slow answer never holds up another call's.
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(options.connect_timeout.count()));
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS,
                     std::max(1L, static_cast<long>(request.timeout.count())));
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
    if (!request.is_operator_url && !options.addresses.allows_everything()) {
        guard_addresses(options);
    }
    set_method();
    return true;
}

void CurlTransfer::guard_addresses(const CurlOptions& options) {
    guard_ = &options;
    host_ = host_of(request_.request.url);
    curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_open_socket);
    curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
    // A connection of the pool may have been opened for the operator's own URL.
    curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_before_request);
    curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
}

bool CurlTransfer::add_headers() {
    bool has_content_type = false;
    for (const auto& [name, value] : request_.request.headers) {
        if (name.empty() || has_line_break(name) || has_line_break(value)) {
            return false;
        }
        has_content_type = has_content_type || lower_case_type(name.c_str()) == "content-type";
        // libcurl sends a header without a value only where a semicolon ends it.
        const std::string line = value.empty() ? name + ";" : name + ": " + value;
        headers_ = curl_slist_append(headers_, line.c_str());
    }
    headers_ = curl_slist_append(headers_, "Expect:");
    if (!has_content_type) {
        headers_ = curl_slist_append(headers_, "Content-Type:");
    }
    return true;
}

void CurlTransfer::set_method() {
    const HttpRequest& request = request_.request;
    if (request.method == "HEAD") {
        curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
        return;
    }
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
        request.method == "PATCH") {
        curl_easy_setopt(easy_, CURLOPT_POST, 1L);
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
        // Not copied: request_ lives as long as the handle.
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body.data());
    }
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

std::size_t CurlTransfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const std::size_t total = size * count;
    if (transfer.received_bytes_ + total > transfer.request_.request.response_bytes_max) {
        transfer.is_too_large_ = true;
        return 0;
    }
    transfer.received_bytes_ += total;
    transfer.pending_.append(bytes, total);
    transfer.ready_(transfer);
    return total;
}

/// In place of libcurl's own, which does the same without looking at the address.
curl_socket_t CurlTransfer::on_open_socket(void* self, curlsocktype /*purpose*/,
                                           curl_sockaddr* address) {
    if (!static_cast<CurlTransfer*>(self)->may_reach(address_of(address->addr))) {
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int CurlTransfer::on_before_request(void* self, char* remote_ip, char* /*local_ip*/,
                                    int remote_port, int /*local_port*/) {
    const auto address = net::Address::parse(remote_ip, static_cast<std::uint16_t>(remote_port));
    return static_cast<CurlTransfer*>(self)->may_reach(address.value_or(net::Address()))
               ? CURL_PREREQFUNC_OK
               : CURL_PREREQFUNC_ABORT;
}

bool CurlTransfer::may_reach(const net::Address& address) {
    if (guard_->addresses.allows(address, host_)) {
        return true;
    }
    has_refused_address_ = true;
    return false;
}

void CurlTransfer::deliver() {
    if (listener_ != nullptr && (!pending_.empty() || (is_complete_ && !error_))) {
        tell_head();
    }
    if (listener_ != nullptr && !pending_.empty()) {
        const std::string bytes = std::exchange(pending_, {});
        listener_->on_http_body(bytes);
    }
    if (listener_ != nullptr && is_complete_) {
        std::exchange(listener_, nullptr)->on_http_end(error_);
    }
}

void CurlTransfer::tell_head() {
    if (std::exchange(has_told_head_, true)) {
        return;
    }
    long status = 0;
    const char* content_type = nullptr;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_TYPE, &content_type);
    HttpHead head{.status = static_cast<int>(status),
                  .content_type = lower_case_type(content_type),
                  .content_parameters = {},
                  .content_length = {},
                  .retry_after = {}};
    const std::string whole_type = lower_case(content_type == nullptr ? "" : content_type);
    if (const std::size_t semicolon = whole_type.find(';'); semicolon != std::string::npos) {
        head.content_parameters = whole_type.substr(semicolon + 1);
    }
    curl_off_t length = -1;
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length >= 0) {
        head.content_length = static_cast<std::uint64_t>(length);
    }
    // libcurl makes seconds of a date.
    curl_off_t wait_seconds = 0;
    curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &wait_seconds);
    if (wait_seconds > 0) {
        constexpr curl_off_t day = 86'400;
        head.retry_after = seconds(std::min(wait_seconds, day));
    }
    listener_->on_http_head(head);
}

void CurlTransfer::complete(std::optional<HttpClientError> error) {
    if (!std::exchange(is_complete_, true)) {
        error_ = error;
    }
}

void CurlTransfer::log_end(CURLcode code) const {
    long status = 0;
    curl_off_t first_us = 0;
    curl_off_t total_us = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_, CURLINFO_STARTTRANSFER_TIME_T, &first_us);
    curl_easy_getinfo(easy_, CURLINFO_TOTAL_TIME_T, &total_us);
    STUDIO_LOG(debug, "http_request_ended", {"method", request_.request.method}, {"host", host_},
               {"status", status}, {"curl", static_cast<int>(code)},
               {"first_byte_ms", first_us / 1'000}, {"total_ms", total_us / 1'000},
               {"sent_bytes", request_.request.body.size()}, {"received_bytes", received_bytes_});
}

void CurlTransfer::complete(CURLcode code) {
    log_end(code);
    if (is_too_large_) {
        complete(HttpClientError::too_large);
    } else if (code == CURLE_OK) {
        complete(std::nullopt);
    } else {
        if (has_refused_address_) {
            STUDIO_LOG(warning, "address_not_allowed", {"host", host_},
                       {"allowed_by", guard_->address_option});
        }
        complete(has_refused_address_ ? HttpClientError::address_not_allowed : error_of(code));
    }
}

Deadline CurlTransfer::pause_deadline(Instant begin) const {
    const milliseconds pause = last_body_at_ ? request_.idle_timeout : request_.first_byte_timeout;
    if (pause == milliseconds::zero()) {
        // Without a limit for the first byte the one for pauses begins with the body.
        return std::nullopt;
    }
    return last_body_at_.value_or(begin) + pause;
}

}  // namespace studio::adapters
