#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/check.hpp"

namespace studio {

template <class Value = void>
class Task;

namespace task_detail {

/// At its end a task resumes whoever awaited it, by symmetric transfer: no stack growth.
struct FinalAwaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> finished) noexcept {
        return finished.promise().continuation;
    }
    void await_resume() const noexcept {}
};

struct PromiseBase {
    std::coroutine_handle<> continuation = std::noop_coroutine();

    std::suspend_always initial_suspend() noexcept { return {}; }
    FinalAwaiter final_suspend() noexcept { return {}; }
    // Expected trouble travels in Result; what is thrown here is a bug or bad_alloc, and goes to
    // whoever awaits: up to one of the places that base/check.hpp names, else the process ends.
    void unhandled_exception() noexcept { exception = std::current_exception(); }
    void rethrow() const {
        if (exception) [[unlikely]] {
            std::rethrow_exception(exception);
        }
    }

    std::exception_ptr exception;
};

template <class Value>
struct Promise : PromiseBase {
    std::optional<Value> value;

    Task<Value> get_return_object();
    template <class Returned>
    void return_value(Returned&& returned) {
        value.emplace(std::forward<Returned>(returned));
    }
    Value take() {
        rethrow();
        return std::move(*value);
    }
};

template <>
struct Promise<void> : PromiseBase {
    Task<void> get_return_object();
    void return_void() noexcept {}
    void take() const { rethrow(); }
};

}  // namespace task_detail

/// A lazy coroutine: it starts when awaited and resumes its awaiter when it is done. It owns its
/// frame; destroying an unfinished Task destroys the frame, so whoever would resume it must be
/// cancelled first (TaskScope does). One owner, one loop. An exception that leaves it is thrown
/// again where it is awaited.
///
/// Rules that C++20 does not check: parameters by value, no capturing lambda as a coroutine, no
/// reference to a local of the caller across a co_await unless the caller awaits this very task.
template <class Value>
class [[nodiscard]] Task {
public:
    using promise_type = task_detail::Promise<Value>;
    using Handle = std::coroutine_handle<promise_type>;

    explicit Task(Handle handle) : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() {
        if (handle_) {
            handle_.destroy();
        }
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) noexcept {
        STUDIO_CHECK(handle_ && !handle_.done(), "a task is awaited once");
        handle_.promise().continuation = awaiter;
        return handle_;
    }
    Value await_resume() { return handle_.promise().take(); }

private:
    Handle handle_;
};

template <class Value>
Task<Value> task_detail::Promise<Value>::get_return_object() {
    return Task<Value>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Task<void> task_detail::Promise<void>::get_return_object() {
    return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

}  // namespace studio
