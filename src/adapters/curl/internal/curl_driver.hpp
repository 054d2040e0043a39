#pragma once

#include <curl/curl.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "adapters/curl/internal/curl_transfer.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::adapters {

/// Joins one libcurl multi handle to one loop: libcurl says which sockets and which moment it waits
/// for, the loop says when they are due. Held by shared_ptr because the loop's handlers may outlive
/// the client; after shut_down() they find nothing to do.
///
///     open ──▶ curl_multi ──socket, timer wishes──▶ loop ──ready──▶ socket_action
///                  └── callbacks fill transfers ──▶ deliver() tells the listeners, afterwards
class CurlDriver : public std::enable_shared_from_this<CurlDriver> {
public:
    CurlDriver(runtime::AsioLoop& loop, CurlOptions options);
    CurlDriver(const CurlDriver&) = delete;
    CurlDriver& operator=(const CurlDriver&) = delete;
    ~CurlDriver();

    [[nodiscard]] std::shared_ptr<CurlTransfer> start(HttpStreamRequest request,
                                                      HttpStreamListener& listener);
    void cancel(CurlTransfer& transfer);
    /// From now on the longest pause between two pieces of its body.
    void limit_pause(CurlTransfer& transfer, milliseconds pause_max);
    /// Cancels everything. Nothing is called afterwards.
    void shut_down();

private:
    struct Socket;

    static int on_socket(CURL* easy, curl_socket_t handle, int what, void* self, void* unused);
    static int on_timer(CURLM* multi, long timeout_ms, void* self);

    void watch(curl_socket_t handle, int what);
    void unwatch(curl_socket_t handle);
    void wait(const std::shared_ptr<Socket>& socket, bool for_write);
    void act(curl_socket_t handle, int events);
    void collect_completed();
    void deliver();
    void deliver_soon();
    void mark_ready(CurlTransfer& transfer);
    void start_pause_timer(CurlTransfer& transfer);
    void check_pause(CurlTransfer& transfer);
    void remove(CurlTransfer& transfer);

    runtime::AsioLoop& loop_;
    CurlOptions options_;
    CURLM* multi_;
    std::unique_ptr<runtime::Timer> timer_;
    std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
    /// Those inside the multi handle or with something left to tell.
    std::unordered_map<CurlTransfer*, std::shared_ptr<CurlTransfer>> transfers_;
    std::vector<std::shared_ptr<CurlTransfer>> ready_;
};

}  // namespace studio::adapters
