#include "runtime/loop_thread.hpp"

#include <future>
#include <utility>

#include "base/check.hpp"

namespace studio::runtime {

LoopThread::LoopThread(AsioLoopOptions options, bool runs_first)
    : loop_(std::move(options)), runs_first_(runs_first) {}

LoopThread::~LoopThread() {
    STUDIO_CHECK(!thread_.joinable(), "a loop thread is stopped before it is destroyed");
}

void LoopThread::start() {
    thread_ = std::thread([this] {
        if (runs_first_) {
            priority_ = raise_thread_priority();
        }
        loop_.run();
    });
}

void LoopThread::stop() {
    loop_.stop();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void LoopThread::run_and_wait(const std::function<void()>& function) {
    std::promise<void> done;
    loop_.post([&] {
        function();
        done.set_value();
    });
    done.get_future().wait();
}

}  // namespace studio::runtime
