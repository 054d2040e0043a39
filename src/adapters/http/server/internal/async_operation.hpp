#pragma once

#include <boost/system/error_code.hpp>
#include <coroutine>
#include <cstddef>
#include <utility>

namespace studio::adapters::http {

struct IoResult {
    boost::system::error_code error;
    std::size_t size = 0;
};

/// Lets a coroutine await one Asio operation: `start` begins it with the handler that it is given.
/// The operation ends on the loop; a coroutine that waits here is only ended by cancelling the
/// socket.
template <class Start>
class AsyncOperation {
public:
    explicit AsyncOperation(Start start) : start_(std::move(start)) {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        start_([this, waiting](boost::system::error_code error, std::size_t size = 0) {
            result_ = {error, size};
            waiting.resume();
        });
    }
    [[nodiscard]] IoResult await_resume() const noexcept { return result_; }

private:
    Start start_;
    IoResult result_;
};

}  // namespace studio::adapters::http
