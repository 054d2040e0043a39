#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/curl/curl_options.hpp"
#include "ports/http_stream.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// One exchange: the easy handle, what came and was not told yet, and who is told. CurlDriver moves
/// it; libcurl's callbacks only write into it, because from inside them nothing may be cancelled.
class CurlTransfer {
public:
    /// Called from libcurl's callbacks when something came.
    using Ready = std::function<void(CurlTransfer&)>;

    CurlTransfer(HttpStreamRequest request, HttpStreamListener& listener, Ready ready);
    CurlTransfer(const CurlTransfer&) = delete;
    CurlTransfer& operator=(const CurlTransfer&) = delete;
    ~CurlTransfer();

    /// Sets the easy handle up. False where the request cannot be sent at all. `options` outlive
    /// the handle's time in libcurl.
    [[nodiscard]] bool prepare(const CurlOptions& options);
    /// Tells the listener what came since the last time. The listener may cancel in it.
    void deliver();
    /// The last event will be this one. The first call counts.
    void complete(std::optional<HttpClientError> error);
    /// As complete(), from libcurl's verdict.
    void complete(CURLcode code);
    /// From now on the longest pause; the driver sets the timer anew.
    void limit_pause(milliseconds pause_max) { request_.idle_timeout = pause_max; }
    void forget_listener() { listener_ = nullptr; }

    /// When the pause becomes too long; nothing without such a limit.
    [[nodiscard]] Deadline pause_deadline(Instant started_at) const;
    void note_body(Instant now) { last_body_at_ = now; }

    [[nodiscard]] CURL* easy() const { return easy_; }
    [[nodiscard]] bool is_complete() const { return is_complete_; }
    [[nodiscard]] bool has_pending_body() const { return !pending_.empty(); }

    /// Owned by the driver: set while it is in the list of transfers with something to tell.
    bool is_ready = false;
    Instant started_at{};
    std::unique_ptr<runtime::Timer> timer;

private:
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
    static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int on_before_request(void* self, char* remote_ip, char* local_ip, int remote_port,
                                 int local_port);
    [[nodiscard]] bool may_reach(const net::Address& address);
    [[nodiscard]] bool add_headers();
    void set_method();
    void guard_addresses(const CurlOptions& options);
    void tell_head();
    /// Whom we asked and how long it took, without anything of what was said.
    void log_end(CURLcode code) const;

    HttpStreamRequest request_;
    HttpStreamListener* listener_;
    Ready ready_;
    CURL* easy_;
    curl_slist* headers_ = nullptr;
    std::string pending_;
    std::size_t received_bytes_ = 0;
    bool is_too_large_ = false;
    /// Of the client, whose driver keeps it; nullptr where the URL may lead anywhere.
    const CurlOptions* guard_ = nullptr;
    std::string host_;
    bool has_refused_address_ = false;
    bool has_told_head_ = false;
    bool is_complete_ = false;
    std::optional<HttpClientError> error_;
    std::optional<Instant> last_body_at_;
};

}  // namespace studio::adapters
