#include "adapters/curl/internal/curl_driver.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <utility>

#include "base/check.hpp"

namespace studio::adapters {

/// A socket that libcurl owns and the loop watches. It is released, never closed, by us.
struct CurlDriver::Socket {
    Socket(boost::asio::io_context& context, curl_socket_t fd)
        : descriptor(context, fd), handle(fd) {}
    ~Socket() { release(); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    void release() {
        if (descriptor.is_open()) {
            descriptor.release();
        }
        wanted = 0;
    }

    boost::asio::posix::stream_descriptor descriptor;
    curl_socket_t handle;
    /// CURL_POLL_IN and CURL_POLL_OUT bits.
    int wanted = 0;
    bool waits_for_read = false;
    bool waits_for_write = false;
};

CurlDriver::CurlDriver(runtime::AsioLoop& loop, CurlOptions options)
    : loop_(loop), options_(std::move(options)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    STUDIO_CHECK(initialised == CURLE_OK, "libcurl initialises once for the process");
    multi_ = curl_multi_init();
    STUDIO_CHECK(multi_ != nullptr, "libcurl has memory for a multi handle");
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlDriver::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlDriver::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, options_.idle_connections_max);
}

CurlDriver::~CurlDriver() {
    shut_down();
}

void CurlDriver::shut_down() {
    if (multi_ == nullptr) {
        return;
    }
    for (const auto& entry : std::exchange(transfers_, {})) {
        entry.second->forget_listener();
        entry.second->timer.reset();
        curl_multi_remove_handle(multi_, entry.second->easy());
    }
    ready_.clear();
    curl_multi_cleanup(std::exchange(multi_, nullptr));
    for (const auto& entry : std::exchange(sockets_, {})) {
        entry.second->release();
    }
    timer_.reset();
}

std::shared_ptr<CurlTransfer> CurlDriver::start(HttpStreamRequest request,
                                                HttpStreamListener& listener) {
    auto transfer = std::make_shared<CurlTransfer>(
        std::move(request), listener, [this](CurlTransfer& ready) { mark_ready(ready); });
    transfer->started_at = loop_.now();
    transfers_.emplace(transfer.get(), transfer);
    if (!transfer->prepare(options_)) {
        transfer->complete(HttpClientError::bad_url);
    } else if (curl_multi_add_handle(multi_, transfer->easy()) != CURLM_OK) {
        transfer->complete(HttpClientError::unavailable);
    }
    if (transfer->is_complete()) {
        mark_ready(*transfer);
        deliver_soon();
    } else {
        start_pause_timer(*transfer);
    }
    return transfer;
}

void CurlDriver::cancel(CurlTransfer& transfer) {
    transfer.forget_listener();
    remove(transfer);
}

void CurlDriver::limit_pause(CurlTransfer& transfer, milliseconds pause_max) {
    transfer.limit_pause(pause_max);
    if (!transfer.is_complete() && transfers_.contains(&transfer)) {
        transfer.timer.reset();
        start_pause_timer(transfer);
    }
}

void CurlDriver::remove(CurlTransfer& transfer) {
    transfer.timer.reset();
    const auto found = transfers_.find(&transfer);
    if (found == transfers_.end()) {
        return;
    }
    const std::shared_ptr<CurlTransfer> keeps_alive = std::move(found->second);
    transfers_.erase(found);
    curl_multi_remove_handle(multi_, keeps_alive->easy());
}

int CurlDriver::on_socket(CURL* /*easy*/, curl_socket_t handle, int what, void* self,
                          void* /*unused*/) {
    auto& driver = *static_cast<CurlDriver*>(self);
    if (what == CURL_POLL_REMOVE) {
        driver.unwatch(handle);
    } else {
        driver.watch(handle, what);
    }
    return 0;
}

int CurlDriver::on_timer(CURLM* /*multi*/, long timeout_ms, void* self) {
    auto& driver = *static_cast<CurlDriver*>(self);
    driver.timer_.reset();
    if (timeout_ms >= 0 && driver.multi_ != nullptr) {
        driver.timer_ = driver.loop_.start_timer(driver.loop_.now() + milliseconds(timeout_ms),
                                                 [weak = driver.weak_from_this()] {
                                                     if (const auto self_driver = weak.lock()) {
                                                         self_driver->act(CURL_SOCKET_TIMEOUT, 0);
                                                     }
                                                 });
    }
    return 0;
}

void CurlDriver::watch(curl_socket_t handle, int what) {
    std::shared_ptr<Socket>& socket = sockets_[handle];
    if (socket == nullptr) {
        socket = std::make_shared<Socket>(loop_.context(), handle);
    }
    socket->wanted = what;
    wait(socket, false);
    wait(socket, true);
}

void CurlDriver::unwatch(curl_socket_t handle) {
    const auto found = sockets_.find(handle);
    if (found != sockets_.end()) {
        found->second->release();
        sockets_.erase(found);
    }
}

void CurlDriver::wait(const std::shared_ptr<Socket>& socket, bool for_write) {
    using Descriptor = boost::asio::posix::stream_descriptor;
    const int wish = for_write ? CURL_POLL_OUT : CURL_POLL_IN;
    bool& waits = for_write ? socket->waits_for_write : socket->waits_for_read;
    if ((socket->wanted & wish) == 0 || waits) {
        return;
    }
    waits = true;
    socket->descriptor.async_wait(
        for_write ? Descriptor::wait_write : Descriptor::wait_read,
        [weak = weak_from_this(), socket, for_write, wish](boost::system::error_code error) {
            (for_write ? socket->waits_for_write : socket->waits_for_read) = false;
            const auto driver = weak.lock();
            // A wish that was taken back in the meantime is not acted upon.
            if (driver == nullptr || (socket->wanted & wish) == 0) {
                return;
            }
            const int event = for_write ? CURL_CSELECT_OUT : CURL_CSELECT_IN;
            driver->act(socket->handle, error ? CURL_CSELECT_ERR : event);
            driver->wait(socket, for_write);
        });
}

void CurlDriver::act(curl_socket_t handle, int events) {
    if (multi_ == nullptr) {
        return;
    }
    const auto keeps_alive = shared_from_this();
    int running = 0;
    curl_multi_socket_action(multi_, handle, events, &running);
    collect_completed();
    deliver();
}

void CurlDriver::collect_completed() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        CurlTransfer* transfer = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        transfer->complete(message->data.result);
        mark_ready(*transfer);
        // The connection goes back to the pool before anybody is told and asks for another.
        curl_multi_remove_handle(multi_, transfer->easy());
    }
}

void CurlDriver::mark_ready(CurlTransfer& transfer) {
    const auto found = transfers_.find(&transfer);
    if (found != transfers_.end() && !std::exchange(transfer.is_ready, true)) {
        ready_.push_back(found->second);
    }
}

void CurlDriver::deliver_soon() {
    loop_.post([weak = weak_from_this()] {
        if (const auto driver = weak.lock()) {
            driver->deliver();
        }
    });
}

void CurlDriver::deliver() {
    const auto keeps_alive = shared_from_this();
    for (const std::shared_ptr<CurlTransfer>& transfer : std::exchange(ready_, {})) {
        transfer->is_ready = false;
        if (transfer->has_pending_body()) {
            transfer->note_body(loop_.now());
            if (transfer->timer == nullptr) {
                start_pause_timer(*transfer);
            }
        }
        transfer->deliver();
        if (transfer->is_complete()) {
            remove(*transfer);
        }
    }
}

void CurlDriver::start_pause_timer(CurlTransfer& transfer) {
    const Deadline deadline = transfer.pause_deadline(transfer.started_at);
    if (!deadline) {
        return;
    }
    transfer.timer = loop_.start_timer(*deadline, [this, &transfer] { check_pause(transfer); });
}

void CurlDriver::check_pause(CurlTransfer& transfer) {
    const auto keeps_alive = shared_from_this();
    const auto found = transfers_.find(&transfer);
    STUDIO_CHECK(found != transfers_.end(), "a transfer that is gone has no timer");
    const std::shared_ptr<CurlTransfer> held = found->second;
    const Deadline deadline = transfer.pause_deadline(transfer.started_at);
    if (deadline && *deadline > loop_.now()) {
        start_pause_timer(transfer);
        return;
    }
    if (!deadline) {
        transfer.timer.reset();
        return;
    }
    transfer.complete(HttpClientError::timed_out);
    curl_multi_remove_handle(multi_, transfer.easy());
    transfer.deliver();
    remove(transfer);
}

}  // namespace studio::adapters
